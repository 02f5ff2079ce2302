//! One exchange: a stream of events while it runs, and what it came to.

mod draft;
mod effect;
mod event;
mod machine;
mod say;

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use alliance_safety::Screening;
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, lock::OwnedMutexGuard};

pub(crate) use draft::{
    NOTICE_KEPT, accepted_id, acknowledged_id, ended_id, interrupted_draft, marked_id, notice_id,
};
pub(crate) use effect::{Earlier, Effect, Input, Piece};
pub use event::{EscalationStatus, Reply, Summary, Trouble, TurnEvent};
pub(crate) use machine::{Machine, Setup};

use crate::{
    driver::{Cut, Driver, Mailbox},
    id::TurnId,
    session::Shared,
};

/// A running turn: a stream of events that ends with [`TurnEvent::Done`].
///
/// It does its work while it is polled and needs no runtime. Dropping it frees the session's slot; what was
/// shown until then stays with the session, and its next call, [`Session::settle`] or `run_due` writes it, marked as
/// interrupted. Where the last handle of the session goes before that was done, the words go with it, and the turn is only
/// marked: keep the session until `settle` is true.
///
/// [`Session::settle`]: crate::session::Session::settle
#[must_use = "a turn does its work while it is polled: stream it, or `finish` it"]
pub struct Turn {
    id: TurnId,
    shared: Arc<Shared>,
    machine: Arc<Mutex<Machine>>,
    mailbox: Arc<Mailbox>,
    cut: Arc<Cut>,
    work: Option<BoxFuture<'static, ()>>,
    slot: Option<OwnedMutexGuard<()>>,
}

/// A turn that ended without a [`TurnEvent::Done`]: it was polled again after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the turn was over before it was finished")]
#[non_exhaustive]
pub struct FinishError;

impl Turn {
    pub(crate) fn new(
        shared: Arc<Shared>,
        setup: Setup,
        screening: Screening,
        slot: Option<OwnedMutexGuard<()>>,
    ) -> Self {
        let id = setup.turn;
        let cut = Arc::new(Cut::default());
        // What runs beside the slot, as SOS does, is not what `interrupt` means.
        if slot.is_some() {
            shared.begin_turn(id, cut.clone());
        }
        let machine = Arc::new(Mutex::new(Machine::new(setup, screening)));
        let mailbox = Arc::new(Mailbox::default());
        let driver = Driver::new(shared.clone(), machine.clone(), mailbox.clone(), cut.clone());
        Self { id, shared, machine, mailbox, cut, work: Some(driver.run().boxed()), slot }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> TurnId {
        self.id
    }

    /// Cuts the turn off. What was shown stands and is stored as interrupted.
    pub fn interrupt(&self) {
        self.cut.ask();
    }

    /// Runs the turn to its end and collects what was shown.
    ///
    /// # Errors
    ///
    /// [`FinishError`] where the turn's end was already taken from the stream.
    pub async fn finish(mut self) -> Result<Reply, FinishError> {
        let mut parts = Vec::new();
        while let Some(event) = self.next().await {
            match event {
                TurnEvent::Words(words) => parts.push(words),
                TurnEvent::Done(summary) => return Ok(Reply { parts, summary }),
                _ => {}
            }
        }
        Err(FinishError)
    }

    fn taken(&mut self, event: TurnEvent) -> TurnEvent {
        match event {
            TurnEvent::Words(_) => {
                self.machine.lock().unwrap_or_else(PoisonError::into_inner).note_delivered();
            }
            // The slot is free from here on, also while somebody still holds the turn.
            TurnEvent::Done(_) => self.slot = None,
            _ => {}
        }
        event
    }
}

impl Stream for Turn {
    type Item = TurnEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<TurnEvent>> {
        if let Some(event) = self.mailbox.take() {
            return Poll::Ready(Some(self.taken(event)));
        }
        let Some(work) = &mut self.work else { return Poll::Ready(None) };
        let over = work.as_mut().poll(cx).is_ready();
        if over {
            self.work = None;
        }
        match self.mailbox.take() {
            Some(event) => Poll::Ready(Some(self.taken(event))),
            None if over => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // The work goes first, so that nothing of it runs beside what is settled here.
        if self.work.take().is_none() {
            return;
        }
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if machine.is_settled() {
            return;
        }
        let drafts = machine.abandon();
        self.shared.queue_of_turn(machine.setup(), drafts);
        self.shared.settle_turn(&mut machine);
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("id", &self.id).finish_non_exhaustive()
    }
}
