//! What the person saw is what the store holds, whole or marked interrupted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::SessionChoice,
    backend::BackendErrorKind,
    memory::InMemoryStore,
    record::{RecordKind, TurnOutcome},
    store::StoreErrorKind,
    testing::{FaultyStore, ScriptedBackend, StoreCall, block_on},
    turn::{Trouble, TurnEvent},
};
use common::*;
use futures::StreamExt;

const REPLY: &str = "That sounds tiring. What kept you awake?";

#[test]
fn shown_is_stored() {
    let faults: [(&str, ScriptedBackend, TurnOutcome); 6] = [
        ("whole", ScriptedBackend::replies([REPLY]), TurnOutcome::Whole),
        (
            "fails before",
            ScriptedBackend::new().always_fail(BackendErrorKind::Unavailable),
            TurnOutcome::Fallback,
        ),
        (
            "fails inside, then whole",
            ScriptedBackend::replies(["That"]).then_fail(BackendErrorKind::Malformed).reply(REPLY),
            TurnOutcome::Whole,
        ),
        (
            "fails after a sentence",
            ScriptedBackend::replies(["That sounds tiring. What "]).then_fail(BackendErrorKind::TimedOut),
            TurnOutcome::Interrupted,
        ),
        (
            "cut after a sentence",
            ScriptedBackend::replies(["That sounds tiring. What "]).then_cut(),
            TurnOutcome::Interrupted,
        ),
        ("empty", ScriptedBackend::replies(["", "  "]), TurnOutcome::Fallback),
    ];
    for (name, backend, expected) in faults {
        let store = InMemoryStore::new();
        let agent = builder(backend).store(store.clone()).build().unwrap();
        let session = session(&agent);
        let events = say(&session, CALM);
        let stored = ended(&store);
        assert_eq!(outcome(&events).outcome, expected, "{name}: {events:?}");
        assert_eq!(stored.len(), 1, "{name}");
        assert_eq!((&*stored[0].shown, stored[0].outcome), (&*shown(&events), expected), "{name}");
        assert!(outcome(&events).stored, "{name}");
    }
}

#[test]
fn a_crisis_reply_is_stored_as_it_was_shown() {
    let store = InMemoryStore::new();
    let agent = builder(ScriptedBackend::new()).store(store.clone()).build().unwrap();
    let session = session(&agent);
    for text in [SIGN, HIGH, "No, I don't.", "hello"] {
        let events = say(&session, text);
        let last = ended(&store).pop().unwrap();
        assert_eq!((&*last.shown, last.outcome), (&*shown(&events), TurnOutcome::Crisis));
    }
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 4);
}

#[test]
fn a_turn_dropped_half_way_keeps_what_was_taken() {
    for taken in 0..12 {
        let store = InMemoryStore::new();
        let backend = ScriptedBackend::replies(["One thing. Two things. Three things."]).always("Go on.");
        let agent = builder(backend).store(store.clone()).build().unwrap();
        let session = session(&agent);
        let mut turn = block_on(session.turn(CALM)).unwrap();
        let mut seen = Vec::new();
        for _ in 0..taken {
            seen.extend(block_on(turn.next()));
        }
        let over = matches!(seen.last(), Some(TurnEvent::Done(_)));
        drop(turn);
        assert!(block_on(session.settle()));
        let stored = ended(&store);
        assert_eq!(stored.len(), 1, "after {taken} events");
        assert_eq!(*stored[0].shown, *shown(&seen), "after {taken} events");
        let interrupted = stored[0].outcome == TurnOutcome::Interrupted;
        // Once the last append is under way the whole reply was taken, so it is whole with or without `Done`.
        assert!(interrupted || shown(&seen).ends_with("Three things."), "after {taken} events");
        assert!(!over || !interrupted);
        assert_eq!(outcome(&say(&session, CALM)).outcome, TurnOutcome::Whole, "the slot is free again");
    }
}

#[test]
fn an_interrupted_turn_keeps_what_was_shown() {
    let store = InMemoryStore::new();
    let backend = ScriptedBackend::replies(["One thing. Two "]).then_hang();
    let agent = builder(backend).store(store.clone()).build().unwrap();
    let session = session(&agent);
    let mut turn = block_on(session.turn(CALM)).unwrap();
    let mut seen = Vec::new();
    while shown(&seen).is_empty() {
        seen.extend(block_on(turn.next()));
    }
    session.interrupt();
    seen.extend(block_on(turn.collect::<Vec<_>>()));
    assert!(seen.contains(&TurnEvent::Interrupted));
    assert_eq!(outcome(&seen).outcome, TurnOutcome::Interrupted);
    assert_eq!(*ended(&store)[0].shown, *"One thing. ");
}

#[test]
fn a_store_that_fails_on_either_append_loses_nothing() {
    for nth in [2, 3] {
        for after in [false, true] {
            let inner = InMemoryStore::new();
            let store = FaultyStore::new(inner.clone());
            let kind = StoreErrorKind::Unavailable;
            let store = if after {
                store.fail_after(StoreCall::Append, nth, kind)
            } else {
                store.fail(StoreCall::Append, nth, kind)
            };
            let agent = builder(ScriptedBackend::new().always(REPLY)).store(store).build().unwrap();
            let session = session(&agent);
            let events = say(&session, CALM);
            assert_eq!(shown(&events), REPLY, "a failed store does not cost the answer");
            assert!(events.contains(&TurnEvent::Trouble(Trouble::Store(kind))));
            assert!(block_on(session.settle()));
            assert_eq!(records(&inner, RecordKind::TurnAccepted).len(), 1);
            let stored = ended(&inner);
            assert_eq!((stored.len(), &*stored[0].shown), (1, REPLY));
        }
    }
}

#[test]
fn the_same_turn_id_gives_the_stored_answer_and_no_second_effect() {
    let store = InMemoryStore::new();
    let backend = ScriptedBackend::replies([REPLY]).always("Something else.");
    let agent = builder(backend.clone()).store(store.clone()).build().unwrap();
    let first = session(&agent);
    let message = || alliance::message::Message::new(CALM).turn(turn_id(9));
    let told = block_on(block_on(first.turn(message())).unwrap().finish()).unwrap();
    let again = block_on(block_on(first.turn(message())).unwrap().finish()).unwrap();
    let reopened = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    let later = block_on(block_on(reopened.turn(message())).unwrap().finish()).unwrap();
    for repeated in [again, later] {
        assert_eq!(repeated.text(), told.text());
        assert!(repeated.summary.repeated);
    }
    assert_eq!((backend.calls(), ended(&store).len()), (1, 1));
}

#[test]
fn an_open_turn_is_marked_and_offered_when_the_session_opens_again() {
    let store = FaultyStore::new(InMemoryStore::new());
    let agent = builder(ScriptedBackend::new().always(REPLY)).store(store.clone()).build().unwrap();
    let before = session(&agent);
    let mut turn = block_on(before.turn(CALM)).unwrap();
    while !matches!(block_on(turn.next()), Some(TurnEvent::Words(_))) {}
    // The process ends here: nothing of this session's memory survives, and another one begins.
    std::mem::forget(turn);
    let agent = builder(ScriptedBackend::new().always(REPLY)).store(store.clone()).build().unwrap();
    let after = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!(after.id(), before.id());
    assert_eq!(after.interrupted().len(), 1);
    assert!(after.opening().len() > agent_opening_without_offer());
    assert!(block_on(after.settle()));
    assert_eq!(ended(store.inner())[0].outcome, TurnOutcome::Interrupted);
}

/// Disclosure, and that nobody is told.
const fn agent_opening_without_offer() -> usize {
    2
}

#[test]
fn what_a_dropped_turn_showed_lives_as_long_as_its_session() {
    for kept in [true, false] {
        let store = InMemoryStore::new();
        let agent = builder(ScriptedBackend::replies([REPLY])).store(store.clone()).build().unwrap();
        let session = session(&agent);
        let mut turn = block_on(session.turn(CALM)).unwrap();
        let mut seen = Vec::new();
        while shown(&seen).is_empty() {
            seen.extend(block_on(turn.next()));
        }
        drop(turn);
        if kept {
            assert!(block_on(session.settle()));
        }
        drop(session);
        let again = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
        assert!(block_on(again.settle()));
        let [ended] = &ended(&store)[..] else { panic!("one end") };
        let expected = if kept { shown(&seen) } else { String::new() };
        assert_eq!((&*ended.shown, ended.outcome), (&*expected, TurnOutcome::Interrupted));
    }
}
