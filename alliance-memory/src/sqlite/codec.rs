//! How a record stands in its row, and how a row is known to be what was written.

use alliance_core::{id::UserId, record::Record, store::StoreError};
use sha2::{Digest, Sha256};

use super::error::{SqliteError, unsound};

/// Bytes of a checksum.
pub(super) const SUM: usize = 16;

/// The bytes of a record: what serde writes, also of kinds that this version does not know.
pub(super) fn encode(record: &Record) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|_| unsound("a record that cannot be written"))
}

/// Covers the person and the position too, so that no row can stand in for another.
pub(super) fn sum(user: UserId, revision: u64, body: &[u8]) -> [u8; SUM] {
    let mut hash = Sha256::new();
    hash.update(b"alliance.record.1");
    hash.update(user.uuid().as_bytes());
    hash.update(revision.to_le_bytes());
    hash.update(body);
    let whole: [u8; 32] = hash.finalize().into();
    let mut sum = [0; SUM];
    sum.copy_from_slice(whole.split_at(SUM).0);
    sum
}

/// The record in a row, if the row is what was written.
pub(super) fn decode(user: UserId, revision: u64, body: &[u8], found: &[u8]) -> Result<Record, StoreError> {
    let damaged = || SqliteError::Record(revision).damaged();
    if found != sum(user, revision, body) {
        return Err(damaged());
    }
    // serde's error can quote what it read, and is left out.
    serde_json::from_slice(body).map_err(|_| damaged())
}
