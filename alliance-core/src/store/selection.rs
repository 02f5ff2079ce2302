//! Positions in a log, what an append expects, and which records to read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    id::{RecordId, SessionId},
    record::{Record, RecordKind},
};

/// A position in a person's log: how many records were ever added or erased before and with it. 0 is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of an empty log.
    pub const ZERO: Self = Self(0);

    /// The position with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What must hold for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// Nothing. For background work, which disturbs nobody.
    Any,
    /// No record of this session is newer than the revision. For turns.
    Session(SessionId, Revision),
    /// The person's log is at exactly this revision. For forgetting and import.
    Head(Revision),
}

/// Which records to read. By default all, oldest first, at most [`Selection::MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Only these kinds; all where empty.
    pub kinds: Vec<RecordKind>,
    /// Only this session.
    pub session: Option<SessionId>,
    /// Only these records; all where empty.
    pub ids: Vec<RecordId>,
    /// Only records after this position.
    pub after: Revision,
    /// Only records before this position, if there is one.
    pub before: Option<Revision>,
    /// Which end to start at.
    pub order: Order,
    /// How many at most; cut to [`Selection::MAX`]. With 0 the page is empty and has no successor.
    pub limit: usize,
}

/// Which end of the log to start at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a log has two ends")]
pub enum Order {
    /// Oldest first.
    #[default]
    OldestFirst,
    /// Newest first.
    NewestFirst,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            kinds: Vec::new(),
            session: None,
            ids: Vec::new(),
            after: Revision::ZERO,
            before: None,
            order: Order::OldestFirst,
            limit: Self::MAX,
        }
    }
}

impl Selection {
    /// The most records in one page.
    pub const MAX: usize = 1000;

    /// Everything, oldest first.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only these kinds.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = RecordKind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// Only this session.
    #[must_use]
    pub const fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Only these records.
    #[must_use]
    pub fn ids(mut self, ids: impl IntoIterator<Item = RecordId>) -> Self {
        self.ids.extend(ids);
        self
    }

    /// Only records after `revision`. For the next page oldest first: [`Page::next`].
    #[must_use]
    pub const fn after(mut self, revision: Revision) -> Self {
        self.after = revision;
        self
    }

    /// Only records before `revision`. For the next page newest first: [`Page::next`].
    #[must_use]
    pub const fn before(mut self, revision: Revision) -> Self {
        self.before = Some(revision);
        self
    }

    /// Newest first.
    #[must_use]
    pub const fn newest_first(mut self) -> Self {
        self.order = Order::NewestFirst;
        self
    }

    /// At most this many.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether a record at `position` is meant, leaving order and limit aside. For stores to use.
    #[must_use]
    pub fn includes(&self, position: Revision, record: &Record) -> bool {
        position > self.after
            && self.before.is_none_or(|before| position < before)
            && (self.kinds.is_empty() || self.kinds.contains(&record.kind()))
            && (self.session.is_none() || self.session == record.session)
            && (self.ids.is_empty() || self.ids.contains(&record.id))
    }
}

/// A record and its position.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// Its position in the person's log.
    pub revision: Revision,
    /// The record.
    pub record: Arc<Record>,
}

impl Stored {
    /// A record at a position.
    #[must_use]
    pub const fn new(revision: Revision, record: Arc<Record>) -> Self {
        Self { revision, record }
    }
}

/// A page of a person's log.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The records, in the order asked for.
    pub records: Vec<Stored>,
    /// The head of the log at the time of reading.
    pub revision: Revision,
    /// Where the next page starts: pass it to [`Selection::after`], or newest first to
    /// [`Selection::before`]. `None` where there is no more, or nothing was asked for.
    pub next: Option<Revision>,
    /// How often anything of this person was erased. A reader that keeps an index starts over when it grew.
    pub erasures: u64,
}

impl Page {
    /// A page without a successor.
    #[must_use]
    pub const fn new(records: Vec<Stored>, revision: Revision, erasures: u64) -> Self {
        Self { records, revision, next: None, erasures }
    }

    /// Says where the next page starts.
    #[must_use]
    pub const fn next(mut self, next: Option<Revision>) -> Self {
        self.next = next;
        self
    }
}
