//! Bad input: a clear error, and nothing lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::{BuildError, OpenError, SessionChoice, WhenBusy},
    escalation::Escalation,
    memory::InMemoryStore,
    message::{MAX_MESSAGE, MessageError},
    record::{RecordKind, TurnOutcome},
    session::TurnError,
    testing::{ScriptedBackend, block_on, poll_once, safety_layer},
};
use common::*;
use futures::{FutureExt, StreamExt};

const REPLY: &str = "Tell me more, if you like.";

#[test]
fn empty_and_overlong_messages_are_refused_and_change_nothing() {
    let (store, backend) = (InMemoryStore::new(), ScriptedBackend::new().always(REPLY));
    let agent = builder(backend.clone()).store(store.clone()).build().unwrap();
    let session = session(&agent);
    for text in ["", " \n\t ", "\u{2003}"] {
        assert_eq!(block_on(session.turn(text)).unwrap_err(), TurnError::Message(MessageError::Empty));
    }
    let megabyte = "a ".repeat(500_000);
    let error = block_on(session.turn(megabyte.as_str())).unwrap_err();
    assert_eq!(error, TurnError::Message(MessageError::TooLong { bytes: 1_000_000 }));
    let TurnError::Message(cause) = error else { panic!() };
    assert_eq!(cause.to_string(), format!("the message has 1000000 bytes, and {MAX_MESSAGE} are the most"));
    assert_eq!((backend.calls(), records(&store, RecordKind::TurnAccepted).len()), (0, 0));
    let longest = "a".repeat(MAX_MESSAGE);
    assert_eq!(outcome(&say(&session, &longest)).outcome, TurnOutcome::Whole);
}

#[test]
fn a_second_turn_waits_or_is_refused_with_the_id_of_the_first() {
    for when_busy in [WhenBusy::Wait, WhenBusy::Refuse] {
        let store = InMemoryStore::new();
        let builder = builder(ScriptedBackend::new().always(REPLY)).store(store.clone()).when_busy(when_busy);
        let session = session(&builder.build().unwrap());
        let mut first = block_on(session.turn(CALM)).unwrap();
        block_on(first.next());
        let other = session.clone();
        let mut second = other.turn("And another thing.").boxed();
        match when_busy {
            WhenBusy::Refuse => {
                let refused = poll_once(&mut second).unwrap().unwrap_err();
                assert_eq!(refused, TurnError::Busy { turn: Some(first.id()) });
            }
            WhenBusy::Wait => {
                assert!(poll_once(&mut second).is_none());
                assert_eq!(outcome(&events(first)).outcome, TurnOutcome::Whole);
                assert_eq!(outcome(&events(block_on(second).unwrap())).outcome, TurnOutcome::Whole);
                assert_eq!(ended(&store).len(), 2);
            }
        }
    }
}

#[test]
fn an_agent_that_cannot_be_built_says_what_to_call() {
    let builder =
        alliance::agent::Agent::builder(safety_layer(), ScriptedBackend::new(), Escalation::none("a test"));
    let error = builder.build().unwrap_err();
    assert!(matches!(error, BuildError::NoStore));
    assert!(error.to_string().contains(".store("));
}

#[test]
fn a_session_that_is_not_there_is_not_opened() {
    let agent = builder(ScriptedBackend::new()).build().unwrap();
    let id = alliance::id::SessionId::new(turn_id(7).uuid());
    let error = block_on(agent.open(user(), SessionChoice::Id(id))).unwrap_err();
    assert_eq!(error, OpenError::NoSuchSession(id));
}

#[test]
fn without_consent_nothing_of_what_was_said_is_kept() {
    let (store, sink) = (InMemoryStore::new(), alliance::testing::RecordingSink::new());
    let agent = with_escalation(ScriptedBackend::new().always(REPLY), Escalation::to(sink.clone()));
    let agent = agent.store(store.clone()).build().unwrap();
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    for text in [CALM, HIGH, "hello"] {
        assert!(outcome(&say(&session, text)).stored);
    }
    let page = block_on(alliance::store::MemoryStore::read(&store, user(), &Default::default())).unwrap();
    let kinds: Vec<_> = page.records.iter().map(|stored| stored.record.kind()).collect();
    assert_eq!(kinds, [RecordKind::Outbox, RecordKind::Outbox], "pending, then acknowledged");
    assert_eq!(sink.notices().len(), 1);
}
