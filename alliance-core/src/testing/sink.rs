//! A way to a human that keeps a list.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use alliance_safety::{Category, RiskLevel, Timestamp};
use async_trait::async_trait;
use futures::future::poll_fn;

use super::CountingIds;
use crate::{
    escalation::{EscalationError, EscalationSink, Notice},
    id::{RecordId, SessionId, TurnId, UserId},
};

/// A sink that keeps every notice, and acknowledges it unless it was told otherwise. Clones share the list.
#[derive(Clone, Default)]
pub struct RecordingSink(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    notices: Vec<Notice>,
    acknowledged: Vec<Notice>,
    failures_left: usize,
    hangs: bool,
    waiting: Vec<Waker>,
}

impl RecordingSink {
    /// A sink that acknowledges everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next `times` deliveries fail.
    #[must_use]
    pub fn failing(self, times: usize) -> Self {
        self.state().failures_left = times;
        self
    }

    /// Lets every delivery wait until [`acknowledge`](Self::acknowledge): for ever, if that never comes.
    #[must_use]
    pub fn hanging(self) -> Self {
        self.state().hangs = true;
        self
    }

    /// Acknowledges what waits and whatever comes from now on.
    pub fn acknowledge(&self) {
        let mut state = self.state();
        state.hangs = false;
        state.failures_left = 0;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Every delivery that was tried, in order, repeats included.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.state().notices.clone()
    }

    /// The deliveries that were acknowledged, in order.
    #[must_use]
    pub fn acknowledged(&self) -> Vec<Notice> {
        self.state().acknowledged.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fails_now(&self) -> bool {
        let mut state = self.state();
        let fails = state.failures_left > 0;
        state.failures_left = state.failures_left.saturating_sub(1);
        fails
    }
}

/// A notice of this level, with ids that belong to nobody: for whoever tests a sink of their own.
#[must_use]
pub fn notice(level: RiskLevel) -> Notice {
    let id = CountingIds::id;
    Notice {
        id: RecordId::new(id(1)),
        user: UserId::new(id(2)),
        session: SessionId::new(id(3)),
        turn: TurnId::new(id(4)),
        level,
        category: Category::Sos,
        at: Timestamp::UNIX_EPOCH,
    }
}

#[async_trait]
impl EscalationSink for RecordingSink {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        self.state().notices.push(notice.clone());
        if self.fails_now() {
            return Err(EscalationError::new("the test asked for a failure"));
        }
        poll_fn(|context| {
            let mut state = self.state();
            if state.hangs {
                state.waiting.push(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        self.state().acknowledged.push(notice.clone());
        Ok(())
    }
}

impl fmt::Debug for RecordingSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("RecordingSink")
            .field("notices", &state.notices.len())
            .field("acknowledged", &state.acknowledged.len())
            .field("failures_left", &state.failures_left)
            .field("hangs", &state.hangs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, poll_once};

    #[test]
    fn fails_as_often_as_asked_and_then_acknowledges() {
        let sink = RecordingSink::new().failing(2);
        let outcomes: Vec<bool> =
            (0..3).map(|_| block_on(sink.deliver(&notice(RiskLevel::High))).is_ok()).collect();
        assert_eq!(outcomes, [false, false, true]);
        assert_eq!((sink.notices().len(), sink.acknowledged().len()), (3, 1));
    }

    #[test]
    fn hangs_until_acknowledged() {
        let (sink, notice) = (RecordingSink::new().hanging(), notice(RiskLevel::High));
        let mut delivery = sink.deliver(&notice);
        assert!(poll_once(&mut delivery).is_none());
        assert!(sink.acknowledged().is_empty());
        sink.acknowledge();
        assert!(block_on(delivery).is_ok());
        assert_eq!(sink.acknowledged(), std::slice::from_ref(&notice));
    }
}
