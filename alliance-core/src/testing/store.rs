//! A store that fails where a test wants it to.

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    consent::Batch,
    id::UserId,
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page,
        Revision, Selection, Snapshot, StoreError, StoreErrorKind,
    },
};

/// A method of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a test names a method of the contract, and each of them is here"
)]
pub enum StoreCall {
    /// [`MemoryStore::append`].
    Append,
    /// [`MemoryStore::read`].
    Read,
    /// [`MemoryStore::forget`].
    Forget,
    /// [`MemoryStore::handles`].
    Handles,
    /// [`MemoryStore::keep_snapshot`].
    KeepSnapshot,
    /// [`MemoryStore::snapshot`].
    Snapshot,
}

impl StoreCall {
    const ALL: [Self; 6] =
        [Self::Append, Self::Read, Self::Forget, Self::Handles, Self::KeepSnapshot, Self::Snapshot];
}

/// A store over another one, which fails or hangs at the calls that a test names. Clones are the same store.
///
/// Calls of each method are counted from 1. The latest fault named for a call wins.
///
/// ```
/// use alliance_core::store::{MemoryStore, StoreErrorKind};
/// use alliance_core::testing::{FaultyStore, StoreCall};
///
/// fn second_append_is_lost(store: impl MemoryStore) -> impl MemoryStore {
///     FaultyStore::new(store).fail(StoreCall::Append, 2, StoreErrorKind::Unavailable)
/// }
/// ```
pub struct FaultyStore<S>(Arc<Inner<S>>);

struct Inner<S> {
    store: S,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: Vec<Planned>,
    calls: [usize; StoreCall::ALL.len()],
}

struct Planned {
    call: StoreCall,
    when: RangeInclusive<usize>,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    Before(StoreErrorKind),
    After(StoreErrorKind),
    Hang,
}

impl<S> FaultyStore<S> {
    /// A store that works as `store` does, until a fault is named.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self(Arc::new(Inner { store, state: Mutex::default() }))
    }

    /// The `nth` call fails, and nothing happened.
    #[must_use]
    pub fn fail(self, call: StoreCall, nth: usize, kind: StoreErrorKind) -> Self {
        self.plan(call, nth..=nth, Fault::Before(kind))
    }

    /// The `nth` call takes effect, and fails all the same: the answer was lost.
    #[must_use]
    pub fn fail_after(self, call: StoreCall, nth: usize, kind: StoreErrorKind) -> Self {
        self.plan(call, nth..=nth, Fault::After(kind))
    }

    /// Every call from the `nth` on fails, and nothing happened.
    #[must_use]
    pub fn fail_from(self, call: StoreCall, nth: usize, kind: StoreErrorKind) -> Self {
        self.plan(call, nth..=usize::MAX, Fault::Before(kind))
    }

    /// The `nth` call never answers, and nothing happened.
    #[must_use]
    pub fn hang(self, call: StoreCall, nth: usize) -> Self {
        self.plan(call, nth..=nth, Fault::Hang)
    }

    /// Every call from the `nth` on never answers, and nothing happened.
    #[must_use]
    pub fn hang_from(self, call: StoreCall, nth: usize) -> Self {
        self.plan(call, nth..=usize::MAX, Fault::Hang)
    }

    /// Every call of every method from now on never answers.
    pub fn hang_now(&self) {
        for call in StoreCall::ALL {
            self.add(call, 0..=usize::MAX, Fault::Hang);
        }
    }

    /// The next call of this method fails, and nothing happened.
    pub fn fail_next(&self, call: StoreCall, kind: StoreErrorKind) {
        let next = self.calls(call) + 1;
        self.add(call, next..=next, Fault::Before(kind));
    }

    /// Takes all faults back. What hangs already goes on hanging.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// How often a method was called.
    #[must_use]
    pub fn calls(&self, call: StoreCall) -> usize {
        self.state().calls[call as usize]
    }

    /// The store below, without faults.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.0.store
    }

    fn plan(self, call: StoreCall, when: RangeInclusive<usize>, fault: Fault) -> Self {
        self.add(call, when, fault);
        self
    }

    fn add(&self, call: StoreCall, when: RangeInclusive<usize>, fault: Fault) {
        self.state().faults.push(Planned { call, when, fault });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call and says what goes wrong with it.
    fn count(&self, call: StoreCall) -> Option<Fault> {
        let mut state = self.state();
        state.calls[call as usize] += 1;
        let number = state.calls[call as usize];
        let planned = |fault: &&Planned| fault.call == call && fault.when.contains(&number);
        state.faults.iter().rev().find(planned).map(|planned| planned.fault)
    }

    async fn with_fault<T: Send>(
        &self,
        call: StoreCall,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.count(call) {
            None => work.await,
            Some(Fault::Before(kind)) => Err(StoreError::new(kind)),
            Some(Fault::After(kind)) => match work.await {
                Ok(_) => Err(StoreError::new(kind)),
                Err(error) => Err(error),
            },
            Some(Fault::Hang) => futures::future::pending().await,
        }
    }
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[async_trait]
impl<S: MemoryStore> MemoryStore for FaultyStore<S> {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.with_fault(StoreCall::Append, self.0.store.append(user, expect, batch)).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        self.with_fault(StoreCall::Read, self.0.store.read(user, selection)).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.with_fault(StoreCall::Forget, self.0.store.forget(user, what)).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        self.with_fault(StoreCall::Handles, self.0.store.handles(query)).await
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        self.with_fault(StoreCall::KeepSnapshot, self.0.store.keep_snapshot(user, snapshot)).await
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        self.with_fault(StoreCall::Snapshot, self.0.store.snapshot(user, name)).await
    }
}

impl<S: fmt::Debug> fmt::Debug for FaultyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("FaultyStore")
            .field("store", &self.0.store)
            .field("faults", &state.faults.len())
            .field("calls", &state.calls)
            .finish()
    }
}
