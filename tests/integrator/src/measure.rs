//! Time, ids and tokens.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alliance::{
    clock::{Clock, Timer, Timestamp},
    id::IdSource,
    token::TokenCounter,
};
use futures::{
    channel::oneshot,
    future::{BoxFuture, pending},
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

/// A timer that is moved on by hand.
#[derive(Clone, Debug)]
pub struct HandTimer {
    /// What has passed, and the sleeps that are not over, by their end.
    pub state: Arc<Mutex<(Duration, Vec<Sleep>)>>,
    /// Where calls are noted.
    pub calls: Calls,
}

/// When a sleep ends, and who waits for it.
pub type Sleep = (Duration, oneshot::Sender<()>);

impl HandTimer {
    /// Lets `span` pass.
    pub fn advance(&self, span: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += span;
        let now = state.0;
        let (over, still) = state.1.drain(..).partition(|(end, _)| *end <= now);
        state.1 = still;
        drop(state);
        for (_, sleeper) in Vec::<Sleep>::from_iter(over) {
            // Who gave up waiting needs no call.
            let _ = sleeper.send(());
        }
    }
}

impl Timer for HandTimer {
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        self.calls.note("timer");
        let (sleeper, over) = oneshot::channel();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let end = state.0 + span;
        state.1.push((end, sleeper));
        Box::pin(async move {
            if over.await.is_err() {
                // The timer is gone, and with it whoever could say that it is time.
                pending().await
            }
        })
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
