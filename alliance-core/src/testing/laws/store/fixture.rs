//! People, records and batches for the laws, and what can be seen of a store.

use std::{collections::BTreeSet, ops::Range};

use alliance_safety::Timestamp;
use uuid::Uuid;

use crate::{
    consent::{Batch, ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record, TimerRecord},
    store::{
        ErasureReceipt, Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Page, Revision,
        Selection, StoreError, StoreErrorKind,
    },
    testing::{
        block_on,
        laws::{broken, done, holds},
    },
};

pub(super) fn user(number: u64) -> UserId {
    UserId::new(Uuid::from_u128(0x1_0000_0000 + u128::from(number)))
}

pub(super) fn session(number: u64) -> SessionId {
    SessionId::new(Uuid::from_u128(0x2_0000_0000 + u128::from(number)))
}

pub(super) fn id(number: u64) -> RecordId {
    RecordId::new(Uuid::from_u128(0x3_0000_0000 + u128::from(number)))
}

/// Long after everything that is due in the laws.
pub(super) fn later() -> Timestamp {
    Timestamp::from_millis(1_000_000_000)
}

/// An episode of session 1, recorded at `number` milliseconds.
pub(super) fn record(number: u64) -> Record {
    at(number, i64::try_from(number).unwrap_or(i64::MAX))
}

/// An episode of session 1, recorded at `millis`.
pub(super) fn at(number: u64, millis: i64) -> Record {
    let body = Body::Episode(EpisodeRecord::new(format!("episode {number}")));
    Record::new(id(number), Timestamp::from_millis(millis), body).session(session(1))
}

/// The same id as [`record`] gives, with other bytes.
pub(super) fn other_bytes(number: u64) -> Record {
    let mut record = record(number);
    record.body = Body::Episode(EpisodeRecord::new("something else"));
    record
}

/// A timer of session 1: another kind than an episode.
pub(super) fn timer(number: u64) -> Record {
    let mut record = record(number);
    record.body = Body::Timer(TimerRecord::new("homework", later()));
    record
}

pub(super) fn handle(user: UserId, number: u64) -> Handle {
    let due = Timestamp::from_millis(i64::try_from(number).unwrap_or(i64::MAX));
    Handle::new(user, id(number), HandleKind::Timer, due)
}

pub(super) fn draft(records: impl IntoIterator<Item = Record>) -> Draft {
    records.into_iter().fold(Draft::new(), Draft::record)
}

pub(super) fn numbers(numbers: Range<u64>) -> Draft {
    draft(numbers.map(record))
}

/// A batch of a person who agreed to everything.
pub(super) fn batch(draft: Draft) -> Batch {
    let given: Vec<ConsentRecord> =
        Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", "")).into();
    done("laws", ConsentLedger::folded(&given).admit(draft), "a draft of a consenting person is admitted")
}

/// A store under a clause: its calls fail the test where they should not fail.
pub(super) struct Law<'a, S: ?Sized> {
    pub(super) clause: &'static str,
    pub(super) store: &'a S,
}

/// Everything that a reader can see of a person, and the handles of everybody.
#[derive(PartialEq)]
pub(super) struct Seen {
    page: Page,
    handles: Vec<Handle>,
}

impl<'a, S: MemoryStore + ?Sized> Law<'a, S> {
    pub(super) const fn new(clause: &'static str, store: &'a S) -> Self {
        Self { clause, store }
    }

    #[track_caller]
    pub(super) fn holds(&self, condition: bool, expected: &str) {
        holds(self.clause, condition, expected);
    }

    #[track_caller]
    pub(super) fn append(&self, user: UserId, draft: Draft) -> Revision {
        self.append_if(user, Expect::Any, draft)
    }

    #[track_caller]
    pub(super) fn append_if(&self, user: UserId, expect: Expect, draft: Draft) -> Revision {
        done(self.clause, self.try_append(user, expect, draft), "this append succeeds")
    }

    pub(super) fn try_append(
        &self,
        user: UserId,
        expect: Expect,
        draft: Draft,
    ) -> Result<Revision, StoreError> {
        block_on(self.store.append(user, expect, batch(draft)))
    }

    /// Tries an append that has to fail as `kind` and to change nothing that can be seen.
    #[track_caller]
    pub(super) fn refuses(
        &self,
        user: UserId,
        expect: Expect,
        draft: Draft,
        kind: StoreErrorKind,
        why: &str,
    ) {
        let before = self.seen(user);
        match self.try_append(user, expect, draft) {
            Ok(_) => broken(self.clause, format_args!("{why} is {kind:?}, and it succeeded")),
            Err(error) if error.kind != kind => {
                broken(self.clause, format_args!("{why} is {kind:?}, and it was {:?}", error.kind))
            }
            Err(_) => {}
        }
        self.holds(self.seen(user) == before, &format!("{why} changes neither records nor handles"));
    }

    #[track_caller]
    pub(super) fn read(&self, user: UserId, selection: &Selection) -> Page {
        done(self.clause, block_on(self.store.read(user, selection)), "this read succeeds")
    }

    #[track_caller]
    pub(super) fn all(&self, user: UserId) -> Page {
        self.read(user, &Selection::all())
    }

    /// The ids that a selection finds, in order.
    #[track_caller]
    pub(super) fn ids(&self, user: UserId, selection: &Selection) -> Vec<RecordId> {
        self.read(user, selection).records.iter().map(|stored| stored.record.id).collect()
    }

    #[track_caller]
    pub(super) fn forget(&self, user: UserId, what: &Forget) -> ErasureReceipt {
        done(self.clause, block_on(self.store.forget(user, what)), "this erasure succeeds")
    }

    /// Every handle of every person, claiming none.
    #[track_caller]
    pub(super) fn handles(&self) -> Vec<Handle> {
        let query = HandleQuery::due(later(), Selection::MAX);
        done(self.clause, block_on(self.store.handles(&query)), "listing handles succeeds").handles
    }

    /// Whose records have handles.
    #[track_caller]
    pub(super) fn handled(&self) -> BTreeSet<(UserId, RecordId)> {
        self.handles().iter().map(|handle| (handle.user, handle.record)).collect()
    }

    #[track_caller]
    pub(super) fn seen(&self, user: UserId) -> Seen {
        let mut handles = self.handles();
        handles.sort_by_key(|handle| (handle.user, handle.record));
        Seen { page: self.all(user), handles }
    }
}
