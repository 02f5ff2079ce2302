//! A turn whose time is over before a model was asked.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use alliance::{
    agent::{Agent, Limits},
    memory::InMemoryStore,
    message::Message,
    record::TurnOutcome,
    safety::Stopwatch as _,
    session::Session,
    testing::{FaultyStore, ManualTimer, ScriptedBackend, block_on, poll_once},
    turn::TurnEvent,
};
use common::*;
use futures::StreamExt;

const LIMIT: Duration = Duration::from_secs(1);

/// An agent whose turns take less time than one call of its store may.
fn agent(store: &FaultyStore<InMemoryStore>, timer: &ManualTimer) -> Agent {
    let mut limits = Limits::default();
    limits.turn = LIMIT;
    builder(ScriptedBackend::new()).store(store.clone()).timer(timer.clone()).limits(limits).build().unwrap()
}

/// What comes of a turn while the store hangs, and after how long.
fn late(session: &Session, message: impl Into<Message>, timer: &ManualTimer) -> (Vec<TurnEvent>, Duration) {
    let before = timer.elapsed();
    let mut turn = Box::pin(block_on(session.turn(message)).unwrap().collect::<Vec<_>>());
    loop {
        match poll_once(&mut turn) {
            Some(events) => return (events, timer.elapsed() - before),
            None => assert!(timer.advance_to_next()),
        }
    }
}

fn fallback(events: &[TurnEvent]) -> String {
    assert_eq!(outcome(events).outcome, TurnOutcome::Fallback);
    shown(events)
}

#[test]
fn words_of_the_plan_are_said_though_no_model_was_asked_in_time() {
    let (store, timer) = (FaultyStore::new(InMemoryStore::new()), ManualTimer::new());
    let agent = agent(&store, &timer);
    let calm = session(&agent);
    store.hang_now();
    let nothing_stands = fallback(&late(&calm, CALM, &timer).0);
    drop(calm);
    store.heal();
    let unsettled = session(&agent);
    drop(say(&unsettled, SIGN));
    store.hang_now();
    let after_a_sign = fallback(&late(&unsettled, CALM, &timer).0);
    assert!(!after_a_sign.is_empty() && after_a_sign != nothing_stands, "{after_a_sign}");
}

#[test]
fn looking_whether_a_turn_was_taken_before_takes_no_longer_than_a_turn() {
    let (store, timer) = (FaultyStore::new(InMemoryStore::new()), ManualTimer::new());
    let agent = agent(&store, &timer);
    let session = session(&agent);
    store.hang_now();
    let (events, took) = late(&session, Message::new(CALM).turn(turn_id(1 << 70)), &timer);
    assert!(!fallback(&events).is_empty() && !outcome(&events).stored);
    assert_eq!(took, LIMIT);
}
