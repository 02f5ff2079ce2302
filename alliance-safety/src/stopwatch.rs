//! Elapsed time for the budget of detectors: the one place in this crate that looks at a clock.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// Tells elapsed time since a fixed moment of its own. Never goes back.
pub trait Stopwatch: fmt::Debug + Send + Sync {
    /// Time since that moment.
    fn elapsed(&self) -> Duration;
}

impl<S: Stopwatch + ?Sized> Stopwatch for Arc<S> {
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}

impl<S: Stopwatch + ?Sized> Stopwatch for Box<S> {
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct SystemStopwatch;

impl Stopwatch for SystemStopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}
