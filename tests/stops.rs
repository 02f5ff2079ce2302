//! Why a model stopped, and when it is asked again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{sync::Mutex, time::Duration};

use alliance::{
    backend::{BackendError, BackendErrorKind, ChunkStream, LlmBackend, StopReason},
    prompt::Prompt,
    record::TurnOutcome,
    testing::{ManualTimer, ScriptedBackend, Step, poll_once},
    turn::{Trouble, TurnEvent},
};
use common::{CALM, builder, ended, outcome, say, session, shown};

const SECOND: Duration = Duration::from_secs(1);

fn stopping(words: &str, stop: StopReason) -> ScriptedBackend {
    ScriptedBackend::new().steps([Step::Words(words.to_owned()), Step::End(stop)])
}

#[test]
fn a_reply_that_grew_too_long_ends_with_a_whole_sentence() {
    let said = "Soup can be a small comfort. What was in it today? Some people like to pu";
    let backend = stopping(said, StopReason::Length).always("never");
    let events = say(&session(&builder(backend.clone()).build().unwrap()), CALM);
    assert_eq!(shown(&events).trim(), "Soup can be a small comfort. What was in it today?");
    assert_eq!((outcome(&events).outcome, backend.calls()), (TurnOutcome::Whole, 1));
    // A sentence that is whole at the very end stays.
    let events =
        say(&session(&builder(stopping("That sounds nice.", StopReason::Length)).build().unwrap()), CALM);
    assert_eq!(shown(&events).trim(), "That sounds nice.");
}

#[test]
fn a_reply_without_one_whole_sentence_is_none() {
    let said = "Soup can be a small";
    let backend = stopping(said, StopReason::Length).always("That sounds nice.");
    let events = say(&session(&builder(backend).build().unwrap()), CALM);
    assert_eq!(shown(&events).trim(), "That sounds nice.");
}

#[test]
fn what_a_provider_filtered_is_no_reply() {
    let backend = stopping("I can not", StopReason::Filtered).always("never");
    let events = say(&session(&builder(backend.clone()).build().unwrap()), CALM);
    assert_eq!((outcome(&events).outcome, backend.calls()), (TurnOutcome::Fallback, 1));
    assert!(!shown(&events).contains("I can not") && !shown(&events).is_empty());
    assert!(events.contains(&TurnEvent::Trouble(Trouble::Backend(BackendErrorKind::Rejected))));
    // After words that were shown it is interrupted, and those words are stored.
    let store = alliance::memory::InMemoryStore::new();
    let agent = builder(stopping("That sounds nice. I can not", StopReason::Filtered)).store(store.clone());
    let events = say(&session(&agent.build().unwrap()), CALM);
    assert_eq!(
        (shown(&events).trim(), outcome(&events).outcome),
        ("That sounds nice.", TurnOutcome::Interrupted)
    );
    assert_eq!(&*ended(&store).pop().unwrap().shown, shown(&events));
}

/// Is refused once, with a wait.
#[derive(Debug)]
struct Limited(Mutex<Option<Duration>>);

#[async_trait::async_trait]
impl LlmBackend for Limited {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        let wait = self.0.lock().unwrap().take();
        match wait {
            Some(wait) => Err(BackendError::new(BackendErrorKind::RateLimited).retry_after(wait)),
            None => ScriptedBackend::replies(["That sounds nice."]).generate(prompt).await,
        }
    }
}

/// What is shown where a provider asks for this wait, and how long it took.
fn after(wait: Duration) -> (TurnOutcome, Duration) {
    use alliance::safety::Stopwatch as _;
    use futures::StreamExt as _;

    let timer = ManualTimer::new();
    let agent = builder(Limited(Mutex::new(Some(wait)))).timer(timer.clone()).build().unwrap();
    let session = session(&agent);
    let mut turn = Box::pin(alliance::testing::block_on(session.turn(CALM)).unwrap().collect::<Vec<_>>());
    loop {
        match poll_once(&mut turn) {
            Some(events) => return (outcome(&events).outcome, timer.elapsed()),
            None => assert!(timer.advance_to_next()),
        }
    }
}

#[test]
fn a_provider_that_asks_for_a_wait_is_not_asked_before() {
    assert_eq!(after(2 * SECOND), (TurnOutcome::Whole, 2 * SECOND));
    // For a wait that the person would not sit through there is a fixed text at once.
    assert_eq!(after(60 * SECOND), (TurnOutcome::Fallback, Duration::ZERO));
}
