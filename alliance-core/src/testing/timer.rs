//! A timer that a test moves on.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use alliance_safety::Stopwatch;
use futures::future::BoxFuture;

use crate::clock::Timer;

/// A timer whose sleeps end when a test moves it on, and never by themselves. Clones move together.
///
/// Keeps T1 (not early) and T2 (cancel by drop). Also a [`Stopwatch`] over the same time.
#[derive(Clone, Default)]
pub struct ManualTimer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    next_sleep: u64,
    /// By when it ends and in which order it began, so that sleeps are woken in that order.
    sleeps: BTreeMap<(Duration, u64), Option<Waker>>,
}

impl ManualTimer {
    /// A timer at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves on by `span` and wakes every sleep that ends by then, soonest first.
    pub fn advance(&self, span: Duration) {
        let mut state = self.state();
        state.now = state.now.saturating_add(span);
        let until = (state.now, u64::MAX);
        let still = state.sleeps.split_off(&until);
        let over = std::mem::replace(&mut state.sleeps, still);
        // Wakers may run code of their own, so the lock is given back first.
        drop(state);
        over.into_values().flatten().for_each(Waker::wake);
    }

    /// Moves on to the end of the next sleep. False where nobody sleeps.
    pub fn advance_to_next(&self) -> bool {
        let Some(span) = self.next_due() else { return false };
        self.advance(span);
        true
    }

    /// How long until the next sleep ends, if anybody sleeps.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let state = self.state();
        state.sleeps.keys().next().map(|(end, _)| end.saturating_sub(state.now))
    }

    /// How many sleeps are neither over nor dropped.
    #[must_use]
    pub fn sleeping(&self) -> usize {
        self.state().sleeps.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer for ManualTimer {
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        let key = (state.now.saturating_add(span), state.next_sleep);
        state.next_sleep += 1;
        if !span.is_zero() {
            state.sleeps.insert(key, None);
        }
        drop(state);
        Box::pin(Sleep { timer: self.clone(), key })
    }
}

impl Stopwatch for ManualTimer {
    fn elapsed(&self) -> Duration {
        self.state().now
    }
}

impl fmt::Debug for ManualTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        write!(f, "ManualTimer({:?}, {} sleeping)", state.now, state.sleeps.len())
    }
}

struct Sleep {
    timer: ManualTimer,
    key: (Duration, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.timer.state().sleeps.get_mut(&self.key) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.timer.state().sleeps.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::poll_once;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_sleep_is_never_early() {
        let timer = ManualTimer::new();
        let mut sleep = timer.sleep(SECOND);
        assert!(poll_once(&mut sleep).is_none());
        timer.advance(SECOND - Duration::from_nanos(1));
        assert!(poll_once(&mut sleep).is_none());
        timer.advance(Duration::from_nanos(1));
        assert!(poll_once(&mut sleep).is_some());
    }

    #[test]
    fn time_counts_from_the_call_and_not_from_the_first_poll() {
        let timer = ManualTimer::new();
        let mut sleep = timer.sleep(SECOND);
        timer.advance(SECOND);
        assert!(poll_once(&mut sleep).is_some());
    }

    #[test]
    fn a_sleep_of_nothing_is_over_at_once() {
        assert!(poll_once(&mut ManualTimer::new().sleep(Duration::ZERO)).is_some());
    }

    #[test]
    fn a_dropped_sleep_is_forgotten() {
        let timer = ManualTimer::new();
        let sleeps = [timer.sleep(SECOND), timer.sleep(2 * SECOND)];
        assert_eq!((timer.sleeping(), timer.next_due()), (2, Some(SECOND)));
        drop(sleeps);
        assert_eq!((timer.sleeping(), timer.advance_to_next()), (0, false));
    }

    #[test]
    fn moving_on_wakes_whoever_waits() {
        let timer = ManualTimer::new();
        let sleep = timer.sleep(SECOND);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| crate::testing::block_on(sleep));
            timer.advance(SECOND);
            waiting.join().unwrap();
        });
        assert_eq!(timer.elapsed(), SECOND);
    }
}
