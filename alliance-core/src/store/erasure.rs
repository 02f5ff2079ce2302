//! What to erase, and what was erased.

use std::collections::BTreeMap;

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};

use super::Revision;
use crate::{
    id::{RecordId, SessionId},
    record::{Record, RecordKind},
};

/// What to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// These records. One that is not held yet is refused when it comes.
    Records(Vec<RecordId>),
    /// Everything of a session.
    Session(SessionId),
    /// Everything recorded from the first moment up to, not including, the second.
    Between(Timestamp, Timestamp),
    /// Everything of a kind.
    Kind(RecordKind),
    /// Everything, and the key where there is one. The ids stay, without content, to be refused (M5).
    Everything,
}

impl Forget {
    /// Whether a record is meant directly, leaving aside what is derived from it. For stores to use.
    #[must_use]
    pub fn means(&self, record: &Record) -> bool {
        match self {
            Self::Records(ids) => ids.contains(&record.id),
            Self::Session(session) => record.session == Some(*session),
            Self::Between(from, to) => record.at >= *from && record.at < *to,
            Self::Kind(kind) => record.kind() == *kind,
            Self::Everything => true,
        }
    }
}

/// What was erased, without content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasureReceipt {
    /// How many records of each kind, by the name of the kind.
    pub erased: BTreeMap<String, u64>,
    /// The head of the log after erasing.
    pub revision: Revision,
}

impl ErasureReceipt {
    /// A receipt for nothing yet.
    #[must_use]
    pub const fn new(revision: Revision) -> Self {
        Self { erased: BTreeMap::new(), revision }
    }

    /// Counts one erased record.
    pub fn count(&mut self, kind: &RecordKind) {
        *self.erased.entry(kind.as_str().to_owned()).or_default() += 1;
    }

    /// How many records were erased in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.erased.values().sum()
    }
}
