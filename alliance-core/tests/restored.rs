//! A session that is opened again screens its stored turns anew.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alliance_core::{
    agent::{Agent, SessionChoice},
    consent::Purpose,
    escalation::Escalation,
    id::UserId,
    record::ConsentChoice,
    safety::{Detector, Findings, SafetyLayer, ScreenInput},
    testing::{ScriptedBackend, block_on, safety_layer},
};
use common::PlainStore;

/// Panics at every text and counts how often it was asked.
#[derive(Debug, Default)]
struct Broken(Arc<AtomicUsize>);

impl Detector for Broken {
    fn assess(&self, _input: &ScreenInput<'_>, _out: &mut Findings) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a detector fails because a test asked for it");
    }
}

fn agent(safety: SafetyLayer, store: PlainStore) -> Agent {
    let backend = ScriptedBackend::new().always("I hear you.");
    Agent::builder(safety, backend, Escalation::none("a test")).store(store).build().unwrap()
}

#[test]
fn a_detector_that_fails_at_one_stored_turn_is_left_out_of_the_rest() {
    let (store, user) = (PlainStore::default(), UserId::from_name("sam"));
    let first = agent(safety_layer(), store.clone());
    let session = block_on(first.open(user, SessionChoice::New)).unwrap();
    block_on(session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text")).unwrap();
    for words in ["I had soup for lunch.", "And then a walk.", "It rained."] {
        block_on(block_on(session.turn(words)).unwrap().finish()).unwrap();
    }
    assert!(block_on(session.settle()));
    let asked = Arc::new(AtomicUsize::new(0));
    let safety = safety_layer().with_detector(Broken(asked.clone())).unwrap();
    let again = agent(safety, store);
    let resumed = block_on(again.open(user, SessionChoice::Resume)).unwrap();
    assert_eq!(resumed.id(), session.id());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
