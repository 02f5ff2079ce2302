//! How long to wait between tries: exponential back-off with full jitter.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher as _, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::Tries;

/// Draws waits. Many callers that failed together must not come back together, and nothing else rests on the draw.
pub(super) struct BackOff(AtomicU64);

impl BackOff {
    /// Draws that nobody can foresee.
    pub(super) fn unforeseen() -> Self {
        Self::from_seed(RandomState::new().build_hasher().finish())
    }

    /// The same draws for the same seed.
    pub(super) const fn from_seed(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// A wait after this attempt, counted from 1: anything up to a bound that doubles.
    pub(super) fn wait(&self, tries: &Tries, attempt: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let bound = tries.first_wait.saturating_mul(doubled).min(tries.longest_wait);
        // The upper 53 bits as a fraction of 1.
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let fraction = (self.draw() >> 11) as f64 / (1_u64 << 53) as f64;
        bound.mul_f64(fraction)
    }

    /// `SplitMix64`.
    fn draw(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl fmt::Debug for BackOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackOff")
    }
}
