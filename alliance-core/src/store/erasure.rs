//! What to erase, and what was erased.

use std::collections::BTreeMap;

use alliance_safety::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Revision, Topic};
use crate::{
    id::{RecordId, SessionId},
    record::{Record, RecordKind},
};

/// What to erase.
///
/// Decisions about consent, the safety plan, the history of levels and notices to a human
/// ([`RecordKind::outlasts_words`]) are not meant by [`Session`](Self::Session), [`Between`](Self::Between) and
/// [`About`](Self::About), and do not go with what they came from. They go where they are asked for in words of
/// their own: by [`Safety`](Self::Safety), by their [`Kind`](Self::Kind), by their ids, and with
/// [`Everything`](Self::Everything).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// These records. One that is not held yet is refused when it comes.
    Records(Vec<RecordId>),
    /// What was kept of a session.
    Session(SessionId),
    /// What was recorded from the first moment up to, not including, the second.
    Between(Timestamp, Timestamp),
    /// Every record that is about something, decided record by record.
    About(Topic),
    /// Everything of a kind.
    Kind(RecordKind),
    /// The safety plan and the history of levels.
    Safety,
    /// Everything, and the key where there is one. The ids stay, without content, to be refused (M5).
    Everything,
}

impl Forget {
    /// Whether a record is meant directly, leaving aside what is derived from it. For stores to use.
    #[must_use]
    pub fn means(&self, record: &Record) -> bool {
        let kind = record.kind();
        match self {
            Self::Records(ids) => ids.contains(&record.id),
            Self::Session(session) => record.session == Some(*session) && !kind.outlasts_words(),
            Self::Between(from, to) => record.at >= *from && record.at < *to && !kind.outlasts_words(),
            Self::About(topic) => !kind.outlasts_words() && topic.is_in(record),
            Self::Kind(meant) => kind == *meant,
            Self::Safety => matches!(kind, RecordKind::Risk | RecordKind::SafetyPlan),
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

    /// Takes in what was erased after it.
    pub(crate) fn merge(&mut self, later: Self) {
        for (kind, count) in later.erased {
            *self.erased.entry(kind).or_default() += count;
        }
        self.revision = self.revision.max(later.revision);
    }
}
