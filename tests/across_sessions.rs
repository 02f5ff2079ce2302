//! What carries over from one session to the next, and from the agent to a human and back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::SessionChoice,
    memory::InMemoryStore,
    message::HumanText,
    record::{Body, RecordKind, TurnOutcome},
    safety::{AuditEntry, RiskLevel},
    store::StoreErrorKind,
    testing::{FaultyStore, ScriptedBackend, StoreCall, block_on},
    turn::TurnEvent,
};
use common::*;
use std::sync::{Arc, Mutex};

const REPLY: &str = "Tell me more, if you like.";
const LOW: &str = "I feel like a burden to everyone.";

#[test]
fn low_falls_with_the_next_session_once_and_leaves_one_check_in() {
    let store = InMemoryStore::new();
    let agent = builder(ScriptedBackend::new().always(REPLY)).store(store.clone()).build().unwrap();
    say(&session(&agent), LOW);
    let second = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert_eq!(second.standing(), RiskLevel::None);
    assert_eq!(second.opening().len(), 3, "disclosure, nobody is told, check-in");
    say(&second, CALM);
    assert_eq!(second.opening().len(), 2, "asked once");
    let falls: Vec<_> = records(&store, RecordKind::Risk)
        .into_iter()
        .filter_map(|record| match record.body {
            Body::Risk(risk) => risk.changes.into_iter().find(|change| change.to < change.from),
            _ => None,
        })
        .collect();
    assert_eq!(falls.len(), 1);
    let third = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert_eq!((third.standing(), third.opening().len()), (RiskLevel::None, 2));
}

#[test]
fn a_yes_to_the_check_in_is_a_sign() {
    let agent = builder(ScriptedBackend::new().always(REPLY)).build().unwrap();
    say(&session(&agent), LOW);
    let second = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    say(&second, "Yes.");
    assert_eq!(second.standing(), RiskLevel::Moderate);
}

#[test]
fn high_stands_in_the_next_session_until_a_human_lowers_it_by_a_step() {
    let agent = builder(ScriptedBackend::new().always(REPLY)).build().unwrap();
    say(&session(&agent), HIGH);
    let second = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert_eq!(second.standing(), RiskLevel::High);
    second.reviewed_by_human();
    assert_eq!(second.standing(), RiskLevel::Moderate);
    second.reviewed_by_human();
    assert_eq!(second.standing(), RiskLevel::Moderate);
    assert!(block_on(second.settle()));
    let third = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!(third.standing(), RiskLevel::Moderate);
}

#[test]
fn while_a_human_has_the_floor_the_agent_keeps_silent_but_for_a_new_sign() {
    let (store, backend) = (InMemoryStore::new(), ScriptedBackend::new().always(REPLY));
    let agent = builder(backend.clone()).store(store.clone()).build().unwrap();
    let session = session(&agent);
    say(&session, HIGH);
    session.hand_over();
    let silent = say(&session, CALM);
    assert!(silent.contains(&TurnEvent::HumanHasFloor) && shown(&silent).is_empty());
    block_on(session.human_said(&HumanText::new("I am with you."))).unwrap();
    assert!(!shown(&say(&session, SIGN)).is_empty());
    session.give_back();
    assert_eq!(backend.calls(), 0, "high stands: no model speaks");
    let human: Vec<_> = ended(&store).into_iter().filter(|turn| turn.outcome == TurnOutcome::Human).collect();
    assert_eq!(human.iter().map(|turn| &*turn.shown).collect::<Vec<_>>(), ["", "I am with you."]);
}

#[test]
fn a_bare_yes_is_read_with_the_question_that_a_model_asked() {
    let agent =
        builder(ScriptedBackend::new().always("Are you thinking about killing yourself?")).build().unwrap();
    let session = session(&agent);
    say(&session, "I had a long day.");
    assert_eq!(session.standing(), RiskLevel::None);
    say(&session, "Yes.");
    assert!(session.standing() >= RiskLevel::Moderate);
}

#[test]
fn without_consent_the_open_session_is_resumed_with_its_level() {
    let agent = builder(ScriptedBackend::new().always(REPLY)).build().unwrap();
    let first = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    say(&first, HIGH);
    let second = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!((second.id(), second.standing()), (first.id(), RiskLevel::High));
    let new = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert_ne!(new.id(), first.id());
}

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<AuditEntry>>>);

#[async_trait::async_trait]
impl alliance::host::AuditSink for Kept {
    async fn keep(&self, entry: &AuditEntry) -> Result<(), alliance::host::HostError> {
        self.0.lock().unwrap().push(entry.clone());
        Ok(())
    }
}

#[test]
fn every_rise_and_fall_is_in_the_audit_chain_and_the_chain_is_whole() {
    let kept = Kept::default();
    let agent = builder(ScriptedBackend::new().always(REPLY)).audit(kept.clone()).build().unwrap();
    let session = session(&agent);
    say(&session, HIGH);
    session.reviewed_by_human();
    for _ in 0..6 {
        say(&session, CALM);
    }
    assert_eq!(session.standing(), RiskLevel::Low);
    assert!(block_on(session.settle()));
    let entries = kept.0.lock().unwrap().clone();
    let levels = |reason: &str| {
        entries.iter().filter(|entry| entry.reason == reason).map(|entry| entry.level).collect::<Vec<_>>()
    };
    assert_eq!(levels("rise"), [RiskLevel::High]);
    assert_eq!(levels("fall"), [RiskLevel::Moderate, RiskLevel::Low]);
    assert_eq!(session.audit_head().verify(&entries), Ok(()));
}

#[test]
fn a_store_in_trouble_hides_neither_an_open_session_nor_its_level_nor_who_has_the_floor() {
    let store = FaultyStore::new(InMemoryStore::new());
    let agent = builder(ScriptedBackend::new().always(REPLY)).store(store.clone()).build().unwrap();
    let first = session(&agent);
    say(&first, HIGH);
    first.hand_over();
    assert!(block_on(first.settle()));
    let _failing = store.clone().fail_from(StoreCall::Read, 1, StoreErrorKind::Unavailable);
    for choice in [SessionChoice::Id(first.id()), SessionChoice::Resume] {
        let again = block_on(agent.open(user(), choice)).unwrap();
        assert_eq!((again.id(), again.standing()), (first.id(), RiskLevel::High), "{choice:?}");
        assert!(!again.is_degraded() && again.human_has_floor(), "{choice:?}");
        assert!(say(&again, CALM).contains(&TurnEvent::HumanHasFloor), "{choice:?}");
    }
    let new = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(new.is_degraded() && new.id() != first.id());
    assert_eq!(new.standing(), RiskLevel::High);
}
