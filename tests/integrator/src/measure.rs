//! Time, ids and tokens.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alliance::{
    clock::{Clock, Timer, Timestamp},
    id::IdSource,
    token::TokenCounter,
};
use uuid::Uuid;

use crate::Calls;

/// A clock that moves one second each time somebody looks.
#[derive(Clone, Debug)]
pub struct TickingClock {
    /// Seconds since the start.
    pub ticks: Arc<AtomicU64>,
    /// Where calls are noted.
    pub calls: Calls,
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        self.calls.note("clock");
        let seconds = self.ticks.fetch_add(1, Ordering::SeqCst);
        Timestamp::from_millis(1_800_000_000_000).after(Duration::from_secs(seconds))
    }
}

/// A timer on which nothing is ever due: no part of these tests is late.
#[derive(Clone, Debug)]
pub struct NeverTimer(pub Calls);

impl Timer for NeverTimer {
    fn sleep(&self, _span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.note("timer");
        Box::pin(futures::future::pending())
    }
}

/// Ids that count.
#[derive(Clone, Debug)]
pub struct NumberedIds {
    /// How many were given out.
    pub given: Arc<AtomicU64>,
    /// Where calls are noted.
    pub calls: Calls,
}

impl IdSource for NumberedIds {
    fn next_id(&self) -> Uuid {
        self.calls.note("ids");
        Uuid::from_u128(u128::from(self.given.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// Counts words as tokens.
#[derive(Clone, Debug)]
pub struct WordCount(pub Calls);

impl TokenCounter for WordCount {
    fn count(&self, text: &str) -> usize {
        self.0.note("tokens");
        text.split_whitespace().count()
    }
}
