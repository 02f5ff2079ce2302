//! Spans for turns and their stages, with the attribute names of OpenTelemetry's conventions for generative AI.
//!
//! | span | around | attributes |
//! |---|---|---|
//! | `invoke_agent` | a turn | `gen_ai.operation.name`, `gen_ai.conversation.id`, `alliance.turn`, then `alliance.risk`, `.standing`, `.outcome`, `.stored`, `.repeated` |
//! | `screen` | screening, and waiting for the session's slot | |
//! | `recall` | looking for memories | `alliance.memories`, `error.type` |
//! | `protocol` | one step of a protocol | |
//! | `review` | the review of one reply of a model | |
//! | `store` | one call of the store | `alliance.call`, `error.type` |
//! | `chat` | one call of the model, until its stream ends or is dropped | `gen_ai.operation.name`, `.provider.name`, `.request.model`, `.request.max_tokens`, `.usage.input_tokens`, `.usage.output_tokens`, `.response.finish_reasons`, `error.type` |
//!
//! `protocol` and `review` run between two polls, without waiting for anything. A review is entered once for each piece of
//! a reply.
//!
//! No span holds words of a conversation. Only [`ObservedBackend::record_words_of_conversations`] changes that, and then
//! only `gen_ai.system_instructions`, `gen_ai.input.messages` and `gen_ai.output.messages` of `chat` hold them.
//!
//! ```
//! # futures::executor::block_on(async {
//! use alliance::{observe::{self, ObservedBackend, ObservedRecaller, ObservedStages, ObservedStore}, memory::Recall, prelude::*};
//! use futures::StreamExt as _;
//!
//! let backend = ObservedBackend::new(Reflective::new(), "alliance", "reflective");
//! let agent = Agent::builder(SafetyLayer::new(CrisisPlan::built_in())?, backend, Escalation::none("a first try"))
//!     .store(ObservedStore::new(InMemoryStore::new()))
//!     .recaller(ObservedRecaller::new(Recall::new()))
//!     .stages(ObservedStages::new())
//!     .build()?;
//! let session = agent.open(UserId::from_name("sam"), SessionChoice::Resume).await?;
//! let mut turn = observe::turn(&session, "I could not sleep again.").await?;
//! while let Some(event) = turn.next().await {
//!     if let TurnEvent::Words(words) = event {
//!         println!("{}", words.as_str());
//!     }
//! }
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

mod backend;
mod stages;
mod store;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use alliance_core::{
    message::Message,
    session::{Session, TurnError},
    turn::{Turn, TurnEvent},
};
use futures::{Stream, StreamExt as _};
use tracing::{Instrument as _, Span, field::Empty, info_span};

pub use backend::ObservedBackend;
pub use stages::ObservedStages;
pub use store::{ObservedRecaller, ObservedStore};

/// Begins a turn inside a span of its own. Everything that the turn does while it is polled is inside it.
///
/// # Errors
///
/// As [`Session::turn`].
pub async fn turn(session: &Session, message: impl Into<Message>) -> Result<ObservedTurn, TurnError> {
    let span = info_span!(
        "invoke_agent",
        otel.name = "invoke_agent alliance",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.agent.name = "alliance",
        gen_ai.conversation.id = %session.id(),
        alliance.turn = Empty,
        alliance.risk = Empty,
        alliance.standing = Empty,
        alliance.outcome = Empty,
        alliance.stored = Empty,
        alliance.repeated = Empty,
    );
    let screen = info_span!(parent: &span, "screen");
    let turn = session.turn(message).instrument(screen).await?;
    span.record("alliance.turn", tracing::field::display(turn.id()));
    Ok(ObservedTurn { turn, span })
}

/// A running turn inside its span: the same stream of events.
#[derive(Debug)]
#[must_use = "a turn does its work while it is polled"]
pub struct ObservedTurn {
    turn: Turn,
    span: Span,
}

impl ObservedTurn {
    /// The turn without its span.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }
}

impl Stream for ObservedTurn {
    type Item = TurnEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<TurnEvent>> {
        let this = &mut *self;
        let _inside = this.span.enter();
        let event = ready!(this.turn.poll_next_unpin(cx));
        match &event {
            Some(TurnEvent::Risk { level, standing, .. }) => {
                this.span.record("alliance.risk", tracing::field::display(level));
                this.span.record("alliance.standing", tracing::field::display(standing));
            }
            Some(TurnEvent::Done(summary)) => {
                this.span.record("alliance.standing", tracing::field::display(summary.standing));
                this.span.record("alliance.outcome", tracing::field::debug(summary.outcome));
                this.span.record("alliance.stored", summary.stored);
                this.span.record("alliance.repeated", summary.repeated);
            }
            _ => {}
        }
        Poll::Ready(event)
    }
}
