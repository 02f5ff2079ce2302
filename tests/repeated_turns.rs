//! The same turn id again: never a second answer and never a second notice, also where the store is in trouble.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use alliance::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    escalation::Escalation,
    memory::InMemoryStore,
    message::Message,
    record::{RecordKind, TurnOutcome},
    safety::RiskLevel,
    session::Session,
    store::{MemoryStore, Selection, StoreErrorKind},
    testing::{
        CountingIds, FaultyStore, ManualClock, ManualTimer, RecordingSink, ScriptedBackend, StoreCall,
        block_on, poll_once,
    },
    turn::{Trouble, TurnEvent},
};
use common::*;
use futures::StreamExt;

const REPLY: &str = "Tell me more, if you like.";
const ID: u128 = 1 << 70;

/// Another process, a minute later each.
fn process(
    number: u64,
    store: impl MemoryStore + 'static,
    backend: ScriptedBackend,
    sink: &RecordingSink,
) -> Agent {
    let minute = i64::try_from(number).unwrap() * 60_000;
    with_escalation(backend, Escalation::to(sink.clone()))
        .clock(ManualClock::at(Timestamp::from_millis(1_800_000_000_000 + minute)))
        .ids(CountingIds::starting_at(number << 32))
        .store(store)
        .build()
        .unwrap()
}

fn resumed(agent: &Agent) -> Session {
    block_on(agent.open(user(), SessionChoice::Resume)).unwrap()
}

fn say_as(session: &Session, text: &str) -> Vec<TurnEvent> {
    events(block_on(session.turn(Message::new(text).turn(turn_id(ID)))).unwrap())
}

fn count(store: &dyn MemoryStore) -> usize {
    block_on(store.read(user(), &Selection::all())).unwrap().records.len()
}

#[test]
fn a_look_up_that_fails_is_tried_again_and_then_ends_without_a_second_answer() {
    let (store, sink) = (FaultyStore::new(InMemoryStore::new()), RecordingSink::new());
    let first =
        say_as(&session(&process(1, store.clone(), ScriptedBackend::new().always(REPLY), &sink)), CALM);
    let before = count(store.inner());
    let backend = ScriptedBackend::new().always("Something else.");
    let agent = process(2, store.clone(), backend.clone(), &sink);
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let failing = store.clone().fail_from(StoreCall::Read, 1, StoreErrorKind::Unavailable);
    let unknown = say_as(&session, CALM);
    assert!(unknown.contains(&TurnEvent::Trouble(Trouble::Store(StoreErrorKind::Unavailable))));
    assert!(!shown(&unknown).is_empty() && !outcome(&unknown).stored);
    assert_eq!((outcome(&unknown).outcome, backend.calls()), (TurnOutcome::Fallback, 0));
    failing.heal();
    assert!(block_on(session.settle()));
    assert_eq!(count(store.inner()), before, "nothing was written");
    // Once the store can say, the stored answer comes; one failure is made up for at once.
    store.fail_next(StoreCall::Read, StoreErrorKind::Unavailable);
    let again = say_as(&session, CALM);
    assert_eq!((shown(&again), outcome(&again).repeated), (shown(&first), true));
    assert_eq!((backend.calls(), count(store.inner())), (0, before));
}

#[test]
fn without_consent_a_failed_look_up_costs_nobody_their_answer() {
    let (store, sink) = (FaultyStore::new(InMemoryStore::new()), RecordingSink::new());
    let agent = process(1, store.clone(), ScriptedBackend::new().always(REPLY), &sink);
    let session = resumed(&agent);
    let _failing = store.clone().fail_from(StoreCall::Read, 1, StoreErrorKind::Unavailable);
    assert_eq!(shown(&say_as(&session, CALM)), REPLY);
}

#[test]
fn a_crisis_turn_that_is_repeated_shows_its_words_and_tells_nobody_twice() {
    for choice in [SessionChoice::Resume, SessionChoice::New] {
        let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
        say_as(&session(&process(1, store.clone(), ScriptedBackend::new(), &sink)), HIGH);
        let before = count(&store);
        let agent = process(2, store.clone(), ScriptedBackend::new(), &sink);
        let session = block_on(agent.open(user(), choice)).unwrap();
        let again = say_as(&session, HIGH);
        assert_eq!((outcome(&again).outcome, outcome(&again).repeated), (TurnOutcome::Crisis, true));
        assert!(!shown(&again).is_empty());
        assert!(block_on(session.settle()));
        assert_eq!((sink.notices().len(), count(&store)), (1, before), "{choice:?}");
        assert_eq!(session.standing(), RiskLevel::High);
    }
}

#[test]
fn an_id_that_was_used_for_other_words_keeps_nobody_from_being_told() {
    for choice in [SessionChoice::Resume, SessionChoice::New] {
        let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
        let first = process(1, store.clone(), ScriptedBackend::new().always(REPLY), &sink);
        say_as(&session(&first), CALM);
        let agent = process(2, store.clone(), ScriptedBackend::new(), &sink);
        let session = block_on(agent.open(user(), choice)).unwrap();
        assert_eq!(outcome(&say_as(&session, HIGH)).outcome, TurnOutcome::Crisis, "{choice:?}");
        assert!(block_on(session.settle()));
        assert_eq!(sink.acknowledged().len(), 1, "{choice:?}");
        assert_eq!(records(&store, RecordKind::Outbox).len(), 2, "the notice and its acknowledgement");
    }
}

#[test]
fn a_store_that_hangs_delays_neither_the_words_of_a_crisis_nor_the_notice() {
    let (store, sink) = (FaultyStore::new(InMemoryStore::new()), RecordingSink::new());
    let timer = ManualTimer::new();
    let agent = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()))
        .timer(timer.clone())
        .store(store.clone())
        .build()
        .unwrap();
    let session = session(&agent);
    store.hang_now();
    let mut turn = block_on(session.turn(Message::new(HIGH).turn(turn_id(ID)))).unwrap();
    let mut seen = Vec::new();
    while let Some(Some(event)) = poll_once(&mut turn.next()) {
        seen.push(event);
    }
    assert!(!shown(&seen).is_empty(), "the words wait for nothing");
    timer.advance(Duration::from_millis(1));
    seen.extend(block_on(turn.collect::<Vec<_>>()));
    assert_eq!(outcome(&seen).outcome, TurnOutcome::Crisis);
    store.heal();
    assert!(block_on(session.settle()));
    assert_eq!(sink.acknowledged().len(), 1);
    assert!(block_on(session.settle()));
    assert_eq!((records(&store, RecordKind::Outbox).len(), ended(&store).len()), (2, 1));
}

/// Without a key store, no seal holds in another process.
#[test]
fn a_reply_that_comes_back_otherwise_is_not_what_is_stored_and_the_plan_speaks_anew() {
    let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
    let grave = "I am going to kill myself tonight";
    let before = resumed(&process(1, store.clone(), ScriptedBackend::new().always(REPLY), &sink));
    block_on(before.decide(
        alliance::consent::Purpose::Conversation,
        alliance::record::ConsentChoice::Given,
        "1",
        "the text",
    ))
    .unwrap();
    drop(events(block_on(before.turn(grave)).unwrap()));
    // While it is grave, the plan speaks whatever is said.
    let first = say_as(&before, CALM);
    assert_eq!(outcome(&first).outcome, TurnOutcome::Crisis);
    assert!(block_on(before.settle()));
    drop(before);
    let after = resumed(&process(2, store.clone(), ScriptedBackend::new().always(REPLY), &sink));
    let held = count(&store);
    let again = say_as(&after, CALM);
    let (whole, summary) = (shown(&again), outcome(&again));
    assert!(summary.repeated && !whole.is_empty());
    assert_eq!(summary.stored, whole == shown(&first), "shown is stored, or is said not to be");
    assert!(block_on(after.settle()));
    assert_eq!(count(&store), held);
}
