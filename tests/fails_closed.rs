//! A part that fails is never read as "no sign": it is caution, and by itself no risk.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::SessionChoice,
    escalation::Escalation,
    memory::InMemoryStore,
    record::{RecordKind, TurnOutcome},
    safety::{Category, Detector, Findings, RiskLevel, ScreenInput},
    store::StoreErrorKind,
    testing::{
        FaultyStore, FixedClassifier, ManualTimer, RecordingSink, ScriptedBackend, StoreCall, block_on,
        poll_once, safety_layer,
    },
    turn::{Trouble, TurnEvent},
};
use common::*;
use futures::StreamExt;

const TWO: &str = "That sounds tiring. What kept you awake?";

#[derive(Debug)]
struct Panics;

impl Detector for Panics {
    fn assess(&self, _input: &ScreenInput<'_>, _out: &mut Findings) {
        panic!("a detector fails because a test asked for it");
    }
}

/// The words of a reply came in one piece: it was held back as a whole.
fn in_one_piece(events: &[TurnEvent]) -> bool {
    events.iter().filter(|event| matches!(event, TurnEvent::Words(_))).count() == 1
}

fn cautious(events: &[TurnEvent]) -> bool {
    events.iter().any(|event| matches!(event, TurnEvent::Risk { cautious: true, .. }))
}

#[test]
fn fails_closed() {
    let whole = say(&session(&builder(ScriptedBackend::new().always(TWO)).build().unwrap()), CALM);
    assert!(!in_one_piece(&whole) && !cautious(&whole), "without a failure it streams");

    let failing: [(&str, alliance::agent::AgentBuilder); 2] = [
        ("detector", {
            let safety = safety_layer().with_detector(Panics).unwrap();
            let backend = ScriptedBackend::new().always(TWO);
            alliance::agent::Agent::builder(safety, backend, Escalation::none("a test"))
                .store(InMemoryStore::new())
        }),
        (
            "classifier",
            builder(ScriptedBackend::new().always(TWO)).with_classifier(FixedClassifier::failing()),
        ),
    ];
    for (name, builder) in failing {
        let session = session(&builder.build().unwrap());
        for _ in 0..2 {
            let events = say(&session, CALM);
            assert_eq!(shown(&events), TWO, "{name}");
            assert!(in_one_piece(&events), "{name}: the whole reply is held back");
            assert_eq!(session.standing(), RiskLevel::None, "{name}: failure is no risk");
        }
    }
}

#[test]
fn a_classifier_that_does_not_answer_in_time_is_unavailable() {
    let timer = ManualTimer::new();
    let builder = builder(ScriptedBackend::new().always(TWO)).with_classifier(FixedClassifier::hanging());
    let session = session(&builder.timer(timer.clone()).build().unwrap());
    let mut turn = block_on(session.turn(CALM)).unwrap();
    let mut events = Vec::new();
    loop {
        match poll_once(&mut turn.next()) {
            Some(Some(event)) => events.push(event),
            Some(None) => break,
            None => assert!(timer.advance_to_next()),
        }
    }
    assert!(events.contains(&TurnEvent::Trouble(Trouble::Classifier(0))));
    assert!(cautious(&events) && in_one_piece(&events));
}

#[test]
fn a_baseline_that_fails_leaves_a_static_reply_and_no_model() {
    let backend = ScriptedBackend::new().always(TWO);
    let safety = safety_layer().with_broken_baseline();
    let (store, sink) = (InMemoryStore::new(), RecordingSink::new());
    let agent = alliance::agent::Agent::builder(safety, backend.clone(), Escalation::to(sink.clone()))
        .store(store.clone())
        .build()
        .unwrap();
    let session = session(&agent);
    let events = say(&session, CALM);
    assert_eq!((backend.calls(), sink.notices().len()), (0, 0));
    assert_eq!(outcome(&events).outcome, TurnOutcome::Fallback);
    assert!(shown(&events).contains("emergency services"));
    assert_eq!(session.standing(), RiskLevel::None);
    assert_eq!(*ended(&store)[0].shown, *shown(&events));
}

#[test]
fn a_classifier_that_raises_brings_the_crisis_plan_before_any_model() {
    let backend = ScriptedBackend::new().always(TWO);
    let sink = RecordingSink::new();
    let classifier = FixedClassifier::raising(Category::SuicideHigh, RiskLevel::High);
    let store = InMemoryStore::new();
    let builder = with_escalation(backend.clone(), Escalation::to(sink.clone())).with_classifier(classifier);
    let session = session(&builder.store(store.clone()).build().unwrap());
    let events = say(&session, CALM);
    assert_eq!(backend.calls(), 0);
    assert_eq!(outcome(&events).outcome, TurnOutcome::Crisis);
    assert_eq!((session.standing(), sink.notices().len()), (RiskLevel::High, 1));
    assert_eq!(*ended(&store)[0].shown, *shown(&events));
    assert!(!records(&store, RecordKind::Risk).is_empty());
}

#[test]
fn a_session_whose_standing_cannot_be_read_is_cautious_and_keeps_nothing() {
    let inner = InMemoryStore::new();
    let store = FaultyStore::new(inner.clone()).fail_from(StoreCall::Read, 1, StoreErrorKind::Damaged);
    let agent = builder(ScriptedBackend::new().always(TWO)).store(store).build().unwrap();
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(session.is_degraded());
    let events = say(&session, CALM);
    assert!(cautious(&events) && in_one_piece(&events));
    assert!(records(&inner, RecordKind::TurnAccepted).is_empty());
}

#[test]
fn a_recall_that_fails_costs_memories_and_nothing_else() {
    let store = FaultyStore::new(InMemoryStore::new());
    let builder = builder(ScriptedBackend::new().always(TWO)).recaller(alliance::memory::Recall::new());
    let session = session(&builder.store(store.clone()).build().unwrap());
    store.fail_next(StoreCall::Read, StoreErrorKind::Damaged);
    let events = say(&session, CALM);
    assert!(events.contains(&TurnEvent::Trouble(Trouble::Recall(StoreErrorKind::Damaged))));
    assert_eq!(shown(&events), TWO);
}
