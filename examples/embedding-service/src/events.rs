//! A running turn as server-sent events.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use alliance::{
    record::TurnOutcome,
    safety::RiskLevel,
    session::Session,
    turn::{Summary, Turn, TurnEvent},
};
use axum::response::sse::Event;
use futures::{Stream, StreamExt};
use serde_json::json;
use tokio::runtime::Handle;

/// A turn on its way to one connection.
///
/// It works while the connection takes it. A connection that breaks drops it, and with it the turn: what was handed to
/// the connection until then is stored as what was shown, marked as interrupted.
pub(crate) struct Running {
    turn: Option<Turn>,
    session: Arc<Session>,
    next: VecDeque<Event>,
    crisis: bool,
}

impl Running {
    pub(crate) const fn new(turn: Turn, session: Arc<Session>) -> Self {
        Self { turn: Some(turn), session, next: VecDeque::new(), crisis: false }
    }

    /// The events that the page knows. `words` are the only words; they are added to what was shown before.
    fn translate(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Words(words) => self.push("words", &json!({ "text": words.as_str() })),
            TurnEvent::Risk { standing, .. } if *standing >= RiskLevel::Moderate && !self.crisis => {
                self.crisis = true;
                self.push("crisis", &json!({}));
            }
            TurnEvent::StepEntered { protocol, step } => {
                self.push("step", &json!({ "exercise": protocol.name(), "step": step }));
            }
            TurnEvent::HumanHasFloor => self.push("human", &json!({})),
            TurnEvent::Interrupted => self.push("interrupted", &json!({})),
            TurnEvent::Done(summary) => {
                let offers = self.session.protocols().into_iter().filter(|offer| offer.available);
                let offers: Vec<_> = offers.map(|offer| json!({ "title": offer.title })).collect();
                self.push("offers", &json!({ "exercises": offers }));
                self.push("done", &done(summary));
            }
            // Others are for whoever is on duty, or were added later.
            _ => {}
        }
    }

    fn push(&mut self, kind: &str, data: &serde_json::Value) {
        self.next.push_back(Event::default().event(kind).data(data.to_string()));
    }
}

fn done(summary: &Summary) -> serde_json::Value {
    json!({
        "turn": summary.turn,
        "whole": summary.outcome != TurnOutcome::Interrupted,
        "stored": summary.stored,
        "repeated": summary.repeated,
    })
}

impl Stream for Running {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(turn) = &mut self.turn else { return Poll::Ready(None) };
            match ready!(turn.poll_next_unpin(cx)) {
                Some(event) => self.translate(&event),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.turn = None;
        // What the turn left to be written or delivered goes on beside. `run_due` tries again where this fails.
        let session = self.session.clone();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { session.settle().await });
        }
    }
}
