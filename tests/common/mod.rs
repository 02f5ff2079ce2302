//! What the tests of the whole engine share.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests"
)]

use alliance::{
    agent::{Agent, AgentBuilder, SessionChoice},
    backend::LlmBackend,
    clock::Timestamp,
    consent::Purpose,
    escalation::Escalation,
    id::{TurnId, UserId},
    memory::InMemoryStore,
    record::{Body, ConsentChoice, Record, RecordKind, TurnEndedRecord},
    session::Session,
    store::{MemoryStore, Selection},
    testing::{CountingIds, ManualClock, ManualTimer, block_on, safety_layer},
    turn::{Turn, TurnEvent},
};
use futures::StreamExt;

pub const SIGN: &str = "I want to kill myself.";
pub const HIGH: &str = "I am going to end my life tonight.";
pub const CALM: &str = "I had soup for lunch.";

pub fn user() -> UserId {
    UserId::from_name("sam")
}

pub fn turn_id(number: u128) -> TurnId {
    TurnId::new(uuid::Uuid::from_u128(number))
}

/// A builder with time and ids that a test controls, and nobody to tell.
pub fn builder(backend: impl LlmBackend + 'static) -> AgentBuilder {
    with_escalation(backend, Escalation::none("a test"))
}

pub fn with_escalation(backend: impl LlmBackend + 'static, escalation: Escalation) -> AgentBuilder {
    Agent::builder(safety_layer(), backend, escalation)
        .clock(ManualClock::at(Timestamp::from_millis(1_800_000_000_000)))
        .timer(ManualTimer::new())
        .ids(CountingIds::new())
        .store(InMemoryStore::new())
}

/// A new session whose person agreed to keep the conversation.
pub fn session(agent: &Agent) -> Session {
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let decided = session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text");
    block_on(decided).unwrap();
    session
}

pub fn say(session: &Session, text: &str) -> Vec<TurnEvent> {
    events(block_on(session.turn(text)).unwrap())
}

pub fn events(turn: Turn) -> Vec<TurnEvent> {
    block_on(turn.collect())
}

/// Everything that was shown.
pub fn shown(events: &[TurnEvent]) -> String {
    let words = events.iter().filter_map(|event| match event {
        TurnEvent::Words(words) => Some(words.as_str()),
        _ => None,
    });
    words.collect()
}

pub fn outcome(events: &[TurnEvent]) -> alliance::turn::Summary {
    match events.last() {
        Some(TurnEvent::Done(summary)) => *summary,
        other => panic!("a turn ends with Done, not with {other:?}"),
    }
}

pub fn records(store: &dyn MemoryStore, kind: RecordKind) -> Vec<Record> {
    let page = block_on(store.read(user(), &Selection::all().kinds([kind]))).unwrap();
    page.records.iter().map(|stored| (*stored.record).clone()).collect()
}

pub fn ended(store: &dyn MemoryStore) -> Vec<TurnEndedRecord> {
    let bodies = records(store, RecordKind::TurnEnded).into_iter().map(|record| record.body);
    bodies.filter_map(|body| if let Body::TurnEnded(ended) = body { Some(ended) } else { None }).collect()
}
