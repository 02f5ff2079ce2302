//! What outlives a turn: an append-only log of records per person.

mod erasure;
mod handle;
mod selection;
mod snapshot;
mod topic;

use std::{error::Error, fmt, sync::Arc};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{consent::Batch, id::UserId};

pub use erasure::{ErasureReceipt, Forget};
pub use handle::{Handle, HandleKind, HandlePage, HandleQuery, Lease};
pub use selection::{Expect, Order, Page, Revision, Selection, Stored};
pub use snapshot::{AdmittedSnapshot, Snapshot};
pub use topic::{Terms, Topic};

/// Keeps what outlives a turn: an append-only log of records per person.
///
/// Clauses, each a test of [`memory_store_laws!`](crate::memory_store_laws):
///
/// - **M1 all or nothing** – an append is one atomic commit, durable before it returns; so is its effect on
///   handles.
/// - **M2 once** – a batch whose every record is held already, byte for byte, is `Ok` with the revision that
///   it got then, and changes nothing. A held id with other bytes is [`StoreErrorKind::IdReused`]. Checked
///   before what M5 refuses, and that before M7. A batch without records is never held already: it closes
///   its handles each time, and is `Ok` with the head, which it does not move.
/// - **M3 ordered** – records come back in the order in which they were appended; revisions only grow.
/// - **M4 keeps people apart** – no call sees or changes another person's records; only
///   [`handles`](Self::handles) looks across people, and it shows no content.
/// - **M5 forgets completely** – after `forget`, nothing that was meant ([`Forget::means`]), nothing derived from
///   it and none of its handles comes back, here or after reopening. What was not meant stays: decisions about
///   consent, the safety plan and the history of levels do not go with a session, a time or a topic. The head moves on, and [`Page::erasures`] grows.
///   Of every id that was erased, and of every id that [`Forget::Records`] named, a tombstone stays: the id
///   and nothing else. An append that holds such an id, or a record derived from one, is
///   [`StoreErrorKind::Erased`] and changes nothing, so neither an append tried again nor a late
///   consolidation undoes an erasure. This holds after [`Forget::Everything`] too, where the set of ids is
///   all that may be kept beside the head and [`Page::erasures`].
/// - **M6 bounded** – a page holds at most what was asked for, and never more than [`Selection::MAX`]. With
///   a limit of 0 it is empty, and [`Page::next`] is `None`.
/// - **M7 expectations hold** – an append whose [`Expect`] does not hold is [`StoreErrorKind::Conflict`] and
///   changes nothing.
/// - **M8 a handle exists no later than its record** – at no moment is there a record without the handle
///   that its batch opened.
/// - **M9 a snapshot does not outlast what it was computed from** – keeping snapshots is optional. What is kept comes back as
///   it came or not at all, is nobody else's, and is in no page. An erasure that erases anything, and an append that
///   holds a decision about consent, take all of the person's snapshots away in the same commit. One whose
///   [`Snapshot::erasures`] are not those of the log, or that was computed before the last decision, is
///   [`StoreErrorKind::Conflict`] or not kept. So nothing that was erased comes back with a late one.
/// - **M10 a claim is one holder's** – listing with a [`Lease`] claims what is listed, at one moment: of all who ask meanwhile one
///   gets a handle. From everybody but its holder it is hidden as long as [`Lease::hides_from`] says, and listing without a
///   lease claims nothing. Closing a handle takes it away from everybody.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a memory store",
    note = "implement `MemoryStore`'s four methods; see examples/05_your_store.rs"
)]
#[async_trait]
pub trait MemoryStore: fmt::Debug + Send + Sync {
    /// Adds a batch to a person's log.
    ///
    /// # Errors
    ///
    /// A conflict, a reused or erased id, or a store that cannot take it; nothing was written then.
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError>;

    /// Reads a page of a person's log. A person of whom nothing is held has an empty page at revision 0.
    ///
    /// # Errors
    ///
    /// A store that cannot be read, or in which something is damaged; never an empty page instead.
    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError>;

    /// Erases.
    ///
    /// # Errors
    ///
    /// A store that cannot erase; what was meant may then be there, or gone.
    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError>;

    /// Lists what is due, across people, without content. What somebody else claimed is left out where
    /// [`Lease::hides_from`] says so.
    ///
    /// # Errors
    ///
    /// A store that cannot be read.
    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError>;

    /// Keeps a snapshot in place of the one of its name. A store that keeps none is `Ok`: whoever computed it
    /// computes it again. Never called while an answer is waited for.
    ///
    /// # Errors
    ///
    /// A snapshot that was computed too early, or a store that cannot take it; what was kept before may be there or
    /// gone.
    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        let _not_kept = (user, snapshot);
        Ok(())
    }

    /// The snapshot of this name, where one is kept. One that is damaged is `None`.
    ///
    /// # Errors
    ///
    /// A store that cannot be read. The log says the same as any snapshot, so whoever asks reads that instead.
    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        let _none = (user, name);
        Ok(None)
    }
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: MemoryStore + ?Sized> MemoryStore for $pointer<S> {
            async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
                (**self).append(user, expect, batch).await
            }

            async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
                (**self).read(user, selection).await
            }

            async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
                (**self).forget(user, what).await
            }

            async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
                (**self).handles(query).await
            }

            async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
                (**self).keep_snapshot(user, snapshot).await
            }

            async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
                (**self).snapshot(user, name).await
            }
        }
    )*};
}
forward!(Arc, Box);

/// What kind of failure it was: what to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be reached. Worth another try.
    Unavailable,
    /// No answer in time. It may have happened; the same batch again is safe.
    TimedOut,
    /// Somebody else wrote first. Read, and try again.
    Conflict,
    /// An id is held with other bytes.
    IdReused,
    /// What it holds or rests on was erased. Not worth another try.
    Erased,
    /// There is no room.
    Full,
    /// What is held was damaged. Never read as "nothing there".
    Damaged,
    /// The key is wrong or missing.
    Key,
    /// The format is newer than this version.
    Newer,
    /// Another process has the store.
    InUse,
    /// It can be read, and not be written to.
    ReadOnly,
}

impl StoreErrorKind {
    const fn describe(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed out",
            Self::Conflict => "somebody else wrote first",
            Self::IdReused => "an id was used for two records",
            Self::Erased => "what it holds or rests on was erased",
            Self::Full => "no room left",
            Self::Damaged => "damaged",
            Self::Key => "wrong or missing key",
            Self::Newer => "written by a newer version",
            Self::InUse => "in use by another process",
            Self::ReadOnly => "cannot be written to",
        }
    }
}

/// A store could not do what was asked. Holds no words of a conversation.
#[derive(Debug, thiserror::Error)]
#[error("the memory store could not do it: {}", kind.describe())]
#[non_exhaustive]
pub struct StoreError {
    /// What to act on.
    pub kind: StoreErrorKind,
    /// What to read.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// A failure of this kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the error behind it. It must not hold words of a conversation.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
