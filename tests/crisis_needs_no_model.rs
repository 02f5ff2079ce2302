//! The crisis reply comes with every other part hanging, and within 5 ms.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use alliance::{
    agent::{Limits, SessionChoice},
    clock::ThreadTimer,
    escalation::Escalation,
    id::UserId,
    memory::InMemoryStore,
    record::{RecordKind, TurnOutcome},
    safety::{Locale, RiskLevel, Stopwatch, SystemStopwatch},
    store::StoreErrorKind,
    testing::{
        FaultyStore, FixedClassifier, ManualTimer, RecordingSink, ScriptedBackend, StoreCall, block_on,
    },
    turn::{EscalationStatus, TurnEvent},
};
use common::*;
use futures::{StreamExt, executor::block_on as run};

const REGIONS: [&str; 6] = ["US", "GB", "DE", "AT", "CH", "KR"];

#[test]
fn crisis_needs_no_model() {
    let store = FaultyStore::new(InMemoryStore::new());
    store.hang_now();
    let mut limits = Limits::default();
    limits.opening = Duration::from_millis(20);
    let agent =
        with_escalation(ScriptedBackend::new().always_hang(), Escalation::to(RecordingSink::new().hanging()))
            .store(store)
            .with_classifier(FixedClassifier::hanging())
            .timer(ThreadTimer)
            .limits(limits)
            .build()
            .unwrap();
    for (locale, said) in [
        (Locale::En, SIGN),
        (Locale::En, HIGH),
        (Locale::De, "Ich will mich umbringen."),
        (Locale::De, "Ich werde mir heute Nacht das Leben nehmen."),
    ] {
        for region in REGIONS {
            // People apart: what stands in one session stands in the next one of the same person.
            let person = UserId::from_name(&format!("{region} {said}"));
            let session = run(agent.open(person, SessionChoice::New)).unwrap();
            assert!(session.is_degraded());
            let region = region.parse().unwrap();
            session.locate(locale, Some(region));
            let start = SystemStopwatch.elapsed();
            let reply = run(run(session.turn(said)).unwrap().finish()).unwrap();
            let took = SystemStopwatch.elapsed() - start;
            let resources = agent_resources(region);
            let text = reply.text();
            assert_eq!(reply.summary.outcome, TurnOutcome::Crisis);
            assert!(text.contains(resources.emergency().unwrap()), "{locale} {region}");
            for service in resources.services() {
                assert!(text.contains(service.name()), "{locale} {region}");
            }
            // The notice to a human is the one thing that may be kept without consent, and the store hangs.
            assert_eq!(reply.summary.stored, reply.summary.standing < RiskLevel::High);
            // Ten times the promise, so that a busy machine does not fail the test; the figure itself is
            // printed by the bench and stands in docs/figures.md.
            assert!(took.as_millis() < 50, "{locale} {region}: {took:?}");
        }
    }
}

fn agent_resources(region: alliance::safety::Region) -> alliance::safety::Resources {
    let now = alliance::clock::Timestamp::from_millis(1_800_000_000_000);
    alliance::testing::safety_layer().directory().resources(Some(region), now)
}

#[test]
fn words_come_before_the_store_is_even_asked() {
    let store = FaultyStore::new(InMemoryStore::new());
    let agent = builder(ScriptedBackend::new()).store(store.clone()).build().unwrap();
    let session = session(&agent);
    let before = store.calls(StoreCall::Append);
    let mut turn = block_on(session.turn(SIGN)).unwrap();
    while !matches!(block_on(turn.next()), Some(TurnEvent::Words(_))) {}
    assert_eq!(store.calls(StoreCall::Append), before);
}

#[test]
fn being_told_waits_for_the_append_and_told_for_the_acknowledgement() {
    let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
    let agent = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone())).store(store.clone());
    let session = session(&agent.build().unwrap());
    let events = say(&session, HIGH);
    let told = events.iter().filter_map(|event| match event {
        TurnEvent::Escalation(status) => Some(*status),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [EscalationStatus::BeingTold, EscalationStatus::Told]);
    assert_eq!(sink.notices().len(), 1);
    assert_eq!(records(&store, RecordKind::Outbox).len(), 2, "pending, then acknowledged");
}

#[test]
fn nobody_is_said_to_be_told_when_nothing_is_durable() {
    let store = FaultyStore::new(InMemoryStore::new());
    let sink = RecordingSink::new();
    let agent = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone())).store(store.clone());
    let session = session(&agent.build().unwrap());
    store.fail_next(StoreCall::Append, StoreErrorKind::Full);
    let events = say(&session, HIGH);
    assert!(!events.contains(&TurnEvent::Escalation(EscalationStatus::BeingTold)));
    assert_eq!(sink.notices().len(), 1, "told directly all the same");
}

#[test]
fn a_notice_that_nobody_took_is_delivered_by_run_due() {
    let (store, sink) = (InMemoryStore::new(), RecordingSink::new().failing(1));
    let agent = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone())).store(store.clone());
    let agent = agent.build().unwrap();
    let session = session(&agent);
    let events = say(&session, HIGH);
    assert!(events.contains(&TurnEvent::Escalation(EscalationStatus::NotYet)));
    let now = alliance::clock::Timestamp::from_millis(1_800_000_100_000);
    let report = block_on(agent.run_due(now, 10)).unwrap();
    assert_eq!((report.delivered, report.undelivered), (1, 0));
    assert_eq!(sink.notices()[0].id, sink.notices()[1].id, "the same key for every delivery");
    let again = block_on(agent.run_due(now, 10)).unwrap();
    assert_eq!(again, alliance::agent::DueReport::default());
}

#[test]
fn a_late_acknowledgement_is_told_in_the_next_turn() {
    let (sink, timer) = (RecordingSink::new().hanging(), ManualTimer::new());
    let agent = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone())).timer(timer.clone());
    let session = session(&agent.build().unwrap());
    let mut turn = block_on(session.turn(HIGH)).unwrap();
    let mut seen = Vec::new();
    loop {
        match alliance::testing::poll_once(&mut turn.next()) {
            Some(Some(event)) => seen.push(event),
            Some(None) => break,
            None => assert!(timer.advance_to_next(), "only the grace is waited for"),
        }
    }
    assert!(seen.contains(&TurnEvent::Escalation(EscalationStatus::BeingTold)));
    assert!(!seen.contains(&TurnEvent::Escalation(EscalationStatus::Told)));
    sink.acknowledge();
    assert!(block_on(session.settle()));
    let next = say(&session, "hello");
    let told = "confirmed that the message reached them";
    assert!(!shown(&seen).contains(told) && shown(&next).contains(told));
}

#[test]
fn sos_reaches_the_lines_in_one_turn_and_cuts_a_running_one_off() {
    let agent = builder(ScriptedBackend::replies(["One thing. Two "]).then_hang()).build().unwrap();
    let session = session(&agent);
    session.locate(Locale::En, Some("US".parse().unwrap()));
    let mut running = block_on(session.turn(CALM)).unwrap();
    while !matches!(block_on(running.next()), Some(TurnEvent::Words(_))) {}
    let sos = events(session.sos());
    assert!(shown(&sos).contains("988"));
    let rest = events(running);
    assert_eq!(outcome(&rest).outcome, TurnOutcome::Interrupted);
    assert_eq!(session.standing(), RiskLevel::Moderate, "the running turn does not lower it again");
}

#[test]
fn a_write_that_nobody_polls_keeps_nobody_else_from_working() {
    let (store, timer) = (FaultyStore::new(InMemoryStore::new()), ManualTimer::new());
    let agent = builder(ScriptedBackend::new().always("Go on.")).store(store.clone()).timer(timer.clone());
    let agent = agent.build().unwrap();
    let session = session(&agent);
    store.hang_now();
    // A turn stands in the middle of its first append, and nobody polls it.
    let mut stalled = block_on(session.turn(CALM)).unwrap();
    while alliance::testing::poll_once(&mut stalled.next()).is_some() {}
    let mut settled = std::pin::pin!(session.settle());
    assert_eq!(alliance::testing::poll_once(&mut settled), Some(false));
    // A crisis reply leaves its own writes queued, and the next look writes them once the store is back.
    let mut sos = session.sos();
    let mut seen = Vec::new();
    loop {
        match alliance::testing::poll_once(&mut sos.next()) {
            Some(Some(event)) => seen.push(event),
            Some(None) => break,
            None => assert!(timer.advance_to_next()),
        }
    }
    assert!(!outcome(&seen).stored && !shown(&seen).is_empty());
    drop(stalled);
    store.heal();
    assert!(block_on(session.settle()));
    assert_eq!(records(store.inner(), RecordKind::TurnEnded).len(), 2);
}
