//! Ids that count.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;

use crate::id::IdSource;

/// Ids 1, 2, 3 and so on, as UUIDs. Clones count together, so no id comes twice (I1).
#[derive(Clone)]
pub struct CountingIds(Arc<AtomicU64>);

impl CountingIds {
    /// Counts from 1.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(1)
    }

    /// Counts from `first`.
    #[must_use]
    pub fn starting_at(first: u64) -> Self {
        Self(Arc::new(AtomicU64::new(first)))
    }

    /// The id with this number, as this source gives it.
    #[must_use]
    pub fn id(number: u64) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }
}

impl Default for CountingIds {
    fn default() -> Self {
        Self::new()
    }
}

impl IdSource for CountingIds {
    fn next_id(&self) -> Uuid {
        Self::id(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for CountingIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountingIds(next {})", self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_together() {
        let ids = CountingIds::new();
        assert_eq!(ids.next_id(), CountingIds::id(1));
        assert_eq!(ids.clone().next_id(), CountingIds::id(2));
        assert_eq!(ids.next_id(), CountingIds::id(3));
    }
}
