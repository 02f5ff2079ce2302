//! Content-free items that point at records: the only view across people.

use std::time::Duration;

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{RecordId, UserId};

/// Why a handle is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HandleKind {
    /// A human must be told.
    Outbox,
    /// Something is due.
    Timer,
    /// A record is no longer to be kept.
    Expiry,
    /// A turn began; if it does not end, it was interrupted.
    OpenTurn,
    /// A session waits to be made into memories.
    Consolidation,
}

/// A content-free item that points at a record, visible across people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handle {
    /// The person.
    pub user: UserId,
    /// The record. There is at most one handle a record.
    pub record: RecordId,
    /// Why it is kept.
    pub kind: HandleKind,
    /// When it is due.
    pub due: Timestamp,
    /// The version of the definition that it belongs to, where there is one.
    pub version: u32,
}

impl Handle {
    /// A handle at version 0.
    #[must_use]
    pub const fn new(user: UserId, record: RecordId, kind: HandleKind, due: Timestamp) -> Self {
        Self { user, record, kind, due, version: 0 }
    }
}

/// Which handles to list, and for whom to hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandleQuery {
    /// Only these kinds; all where empty.
    pub kinds: Vec<HandleKind>,
    /// Only this person's, if there is one.
    pub user: Option<UserId>,
    /// The moment it is: handles due by then, and leases compared with it.
    pub now: Timestamp,
    /// How many at most.
    pub limit: usize,
    /// Who takes them and until when. Without a lease nothing is claimed.
    pub lease: Option<Lease>,
}

/// A claim on handles: nobody else gets them until it is over ([`hides_from`](Self::hides_from)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Who claims.
    pub holder: Uuid,
    /// Until when.
    pub until: Timestamp,
}

impl Lease {
    /// The longest claim there is: 15 minutes. One that lies further ahead was made by a clock that was wrong, and
    /// counts for nothing: otherwise whatever it claimed would be out of everybody's reach until then.
    pub const LONGEST: Duration = Duration::from_secs(15 * 60);

    /// A claim by `holder` until `until`.
    #[must_use]
    pub const fn new(holder: Uuid, until: Timestamp) -> Self {
        Self { holder, until }
    }

    /// Whether a store hides what is claimed from `asker` at `now`: from everybody but its holder, until it is over,
    /// and for no longer than [`LONGEST`](Self::LONGEST).
    #[must_use]
    pub fn hides_from(&self, asker: Option<Uuid>, now: Timestamp) -> bool {
        asker != Some(self.holder) && self.until > now && self.until <= now.after(Self::LONGEST)
    }
}

impl HandleQuery {
    /// What is due at `now`, at most `limit`, claimed by nobody.
    #[must_use]
    pub const fn due(now: Timestamp, limit: usize) -> Self {
        Self { kinds: Vec::new(), user: None, now, limit, lease: None }
    }

    /// Only these kinds.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = HandleKind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// Only this person's.
    #[must_use]
    pub const fn of(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Claims what is listed.
    #[must_use]
    pub const fn lease(mut self, lease: Lease) -> Self {
        self.lease = Some(lease);
        self
    }
}

/// Handles, soonest due first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandlePage {
    /// The handles.
    pub handles: Vec<Handle>,
    /// Whether more are due than the limit let through.
    pub more: bool,
}

impl HandlePage {
    /// A page of handles.
    #[must_use]
    pub const fn new(handles: Vec<Handle>) -> Self {
        Self { handles, more: false }
    }

    /// Says that more are due.
    #[must_use]
    pub const fn more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_ends_with_its_time_and_one_from_a_clock_that_was_wrong_counts_for_nothing() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (holder, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let minute = Duration::from_secs(60);
        let lease = Lease::new(holder, now.after(minute));
        assert!(lease.hides_from(Some(other), now) && lease.hides_from(None, now));
        assert!(!lease.hides_from(Some(holder), now));
        assert!(!lease.hides_from(None, now.after(minute)));
        let longest = Lease::new(holder, now.after(Lease::LONGEST));
        assert!(longest.hides_from(None, now));
        let ahead = Lease::new(holder, now.after(Lease::LONGEST + Duration::from_millis(1)));
        assert!(!ahead.hides_from(None, now));
    }
}
