//! What was computed from a person's log, kept because reading it is quicker than computing it again.

use std::fmt;

use super::Revision;
use crate::{
    consent::{ConsentError, ConsentLedger},
    record::RecordKind,
};

/// Something that was computed from a person's log. It can always be computed again, so nothing is lost with it. No
/// record: it has no position in the log, is not read with it, and is not exported. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// What it is for: one of each name is kept for a person.
    pub name: &'static str,
    /// The head of the log up to which it was computed.
    pub through: Revision,
    /// [`Page::erasures`](super::Page::erasures) when it was computed.
    pub erasures: u64,
    /// What was computed. Whoever wrote it checks it when it comes back.
    pub bytes: Vec<u8>,
}

impl Snapshot {
    /// What was computed from a log up to `through`, after so many erasures.
    #[must_use]
    pub const fn new(name: &'static str, through: Revision, erasures: u64, bytes: Vec<u8>) -> Self {
        Self { name, through, erasures, bytes }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({}, {} bytes, through {:?})", self.name, self.bytes.len(), self.through)
    }
}

/// A snapshot of what the person agreed to keep. Only [`ConsentLedger::admit_snapshot`] makes one, so a store need not
/// know what it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedSnapshot(Snapshot);

impl AdmittedSnapshot {
    /// The snapshot.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.0
    }

    /// Takes the snapshot out.
    #[must_use]
    pub fn into_inner(self) -> Snapshot {
        self.0
    }
}

impl ConsentLedger {
    /// Lets a snapshot be kept that was computed from records of `kinds`.
    ///
    /// # Errors
    ///
    /// [`ConsentError`] names the first of `kinds` whose purpose is not agreed to.
    pub fn admit_snapshot(
        &self,
        snapshot: Snapshot,
        kinds: impl IntoIterator<Item = RecordKind>,
    ) -> Result<AdmittedSnapshot, ConsentError> {
        for kind in kinds {
            if let Some(purpose) = kind.purpose().filter(|purpose| !self.allows(*purpose)) {
                return Err(ConsentError { purpose, kind });
            }
        }
        Ok(AdmittedSnapshot(snapshot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::Purpose,
        record::{ConsentChoice, ConsentRecord},
    };

    #[test]
    fn a_snapshot_needs_a_yes_to_all_that_it_was_computed_from() {
        let snapshot = || Snapshot::new("recall", Revision::new(3), 0, vec![1, 2, 3]);
        let yes = |purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", "");
        let ledger = ConsentLedger::folded(&[yes(Purpose::Conversation)]);
        let admitted = ledger.admit_snapshot(snapshot(), [RecordKind::TurnAccepted, RecordKind::TurnEnded]);
        assert_eq!(admitted.unwrap().into_inner(), snapshot());
        let refused = ledger.admit_snapshot(snapshot(), [RecordKind::TurnAccepted, RecordKind::Fact]);
        assert_eq!(refused.unwrap_err().purpose, Purpose::LongTerm);
        assert!(ConsentLedger::default().admit_snapshot(snapshot(), [RecordKind::TurnEnded]).is_err());
        assert!(!format!("{:?}", snapshot()).contains("1, 2"));
    }
}
