//! The reference store: everything in memory, every clause of [`MemoryStore`] to the letter.

mod board;
mod log;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alliance_core::{
    consent::Batch,
    id::UserId,
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page,
        Revision, Selection, Snapshot, StoreError,
    },
};
use async_trait::async_trait;

use self::{
    board::Board,
    log::{Admission, Log},
};

/// Keeps people's logs in memory, for tests, for trying things out, and as the measure for other stores.
///
/// Clones share one store. What it holds is gone when the last clone is dropped, so "durable" in M1 means
/// no more than that. Where the contract leaves room, it decides like this:
///
/// - Each record has a revision of its own; an append returns that of its last record, and
///   [`forget`](MemoryStore::forget) moves the head on by the number of records that it erased. Where there
///   was nothing to erase, neither the head nor [`Page::erasures`] moves.
/// - A batch of which only some records are held, and none was erased, is
///   [`IdReused`](alliance_core::store::StoreErrorKind::IdReused). A record that stands twice in one batch is
///   written once.
/// - A handle belongs to the person whose log the batch goes to, whatever person it names. Handles are closed
///   before new ones are opened; opening one again takes the place of the first, with its lease.
/// - A lease hides a handle from everybody but its holder until it is over, from a query without a lease too. One that
///   lies further ahead than [`Lease::LONGEST`](alliance_core::store::Lease::LONGEST) hides nothing.
/// - Of a person who was erased, the head, the number of erasures and the set of ids stay, and nothing else.
#[derive(Clone, Default)]
pub struct InMemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    people: HashMap<UserId, Log>,
    board: Board,
}

impl InMemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Every change is checked before it is made, so what a panicking thread left behind is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        let (records, opens, closes) = batch.into_parts();
        let admission = match self.people.get(&user) {
            Some(log) => log.admit(expect, &records),
            None => Log::default().admit(expect, &records),
        };
        if let Admission::Repeated(revision) = admission.map_err(StoreError::new)? {
            return Ok(revision);
        }
        for record in closes {
            self.board.close(user, record);
        }
        for handle in opens {
            self.board.open(user, handle);
        }
        if records.is_empty() {
            return Ok(self.people.get(&user).map_or(Revision::ZERO, Log::head));
        }
        Ok(self.people.entry(user).or_default().push(records))
    }

    fn forget(&mut self, user: UserId, what: &Forget) -> ErasureReceipt {
        if matches!(what, Forget::Everything) {
            self.board.close_all(user);
            return self.people.get_mut(&user).map_or_else(ErasureReceipt::default, Log::clear);
        }
        let log = self.people.entry(user).or_default();
        let doomed = log.meant(what);
        for record in &doomed {
            self.board.close(user, *record);
        }
        log.erase(doomed)
    }
}

#[async_trait]
impl MemoryStore for InMemoryStore {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.state().append(user, expect, batch)
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        Ok(self.state().people.get(&user).map_or_else(Page::default, |log| log.page(selection)))
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        Ok(self.state().forget(user, what))
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        Ok(self.state().board.take(query))
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        // Of whom nothing is held, nothing was computed.
        let mut state = self.state();
        let Some(log) = state.people.get_mut(&user) else { return Ok(()) };
        log.keep_snapshot(snapshot.into_inner()).map_err(StoreError::new)
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.state().people.get(&user).and_then(|log| log.snapshot(name)))
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "InMemoryStore({} people, {} handles)", state.people.len(), state.board.len())
    }
}
