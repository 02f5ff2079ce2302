//! The audit record: every decision in a hash chain, without words.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Decision, RiskLevel, RuleId, SealKey, Timestamp};

/// The end of a chain. A host that keeps it elsewhere can tell a cut chain from a whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditHead {
    /// How many entries there are.
    pub entries: u64,
    /// The hash of the last one; zeros where there is none.
    pub hash: [u8; 32],
}

/// One decision: which rule, which level, when and why; of the text only its length and a keyed hash.
///
/// The key is the person's. Erasing it makes the entry anonymous, and the chain stays whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Position in the chain, from 0.
    pub number: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// The rule that decided.
    pub rule: RuleId,
    /// The level that it decided for.
    pub level: RiskLevel,
    /// Why, in a word.
    pub reason: String,
    /// Length of the text in bytes.
    pub text_bytes: u64,
    /// Keyed hash of the text.
    pub text_hash: [u8; 32],
    /// Hash of the entry before; zeros for the first.
    pub previous: [u8; 32],
    /// Hash of this entry.
    pub hash: [u8; 32],
}

/// What is wrong with a chain of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// An entry was changed, or stands where it does not belong.
    #[error("audit entry {number} was changed, moved or put in")]
    Broken {
        /// Its position in the list.
        number: u64,
    },
    /// Entries at the end are missing, or the head is of another chain.
    #[error("the audit chain does not end at its head: {found} entries of {expected}")]
    Truncated {
        /// How many there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
}

impl AuditHead {
    /// Adds a decision about `text` to the chain and moves the head.
    pub fn append(&mut self, decision: &Decision, text: &str, key: &SealKey, at: Timestamp) -> AuditEntry {
        let mut entry = AuditEntry {
            number: self.entries,
            at,
            rule: decision.rule.clone(),
            level: decision.level,
            reason: decision.reason.to_owned(),
            text_bytes: text.len() as u64,
            text_hash: key.hash(&[b"alliance.audit", text.as_bytes()]),
            previous: self.hash,
            hash: [0; 32],
        };
        entry.hash = entry.expected_hash();
        *self = Self { entries: self.entries + 1, hash: entry.hash };
        entry
    }

    /// Checks that `entries` are the whole chain that ends here.
    ///
    /// # Errors
    ///
    /// [`AuditFault`] says where an entry was edited, deleted, reordered or put in, or that the end is missing.
    pub fn verify(&self, entries: &[AuditEntry]) -> Result<(), AuditFault> {
        let mut previous = [0; 32];
        for (number, entry) in (0..).zip(entries) {
            if entry.number != number || entry.previous != previous || entry.hash != entry.expected_hash() {
                return Err(AuditFault::Broken { number });
            }
            previous = entry.hash;
        }
        if entries.len() as u64 != self.entries || previous != self.hash {
            return Err(AuditFault::Truncated { expected: self.entries, found: entries.len() as u64 });
        }
        Ok(())
    }
}

impl AuditEntry {
    fn expected_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [
            &self.number.to_le_bytes()[..],
            &self.at.as_millis().to_le_bytes(),
            self.rule.as_str().as_bytes(),
            self.level.as_str().as_bytes(),
            self.reason.as_bytes(),
            &self.text_bytes.to_le_bytes(),
            &self.text_hash,
            &self.previous,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: u64) -> (AuditHead, Vec<AuditEntry>) {
        let mut head = AuditHead::default();
        let decision = Decision { rule: RuleId::new("rule"), level: RiskLevel::Low, reason: "found" };
        let key = SealKey::new([1; 32]);
        let entries =
            (0..n).map(|i| head.append(&decision, "words", &key, Timestamp::from_millis(i as i64))).collect();
        (head, entries)
    }

    #[test]
    fn a_whole_chain_verifies() {
        let (head, entries) = chain(5);
        assert_eq!(head.verify(&entries), Ok(()));
    }

    #[test]
    fn edits_deletions_reordering_and_truncation_are_found() {
        let (head, entries) = chain(5);
        let mut edited = entries.clone();
        edited[2].level = RiskLevel::None;
        assert_eq!(head.verify(&edited), Err(AuditFault::Broken { number: 2 }));
        let mut deleted = entries.clone();
        deleted.remove(1);
        assert_eq!(head.verify(&deleted), Err(AuditFault::Broken { number: 1 }));
        let mut swapped = entries.clone();
        swapped.swap(3, 4);
        assert_eq!(head.verify(&swapped), Err(AuditFault::Broken { number: 3 }));
        assert_eq!(head.verify(&entries[..4]), Err(AuditFault::Truncated { expected: 5, found: 4 }));
    }
}
