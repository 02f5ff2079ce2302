//! What was erased stays erased, also where a session or `run_due` would write it again.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use alliance_core::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    consent::Purpose,
    escalation::Escalation,
    id::UserId,
    record::{ConsentChoice, RecordKind},
    session::Session,
    store::{Forget, HandleQuery, MemoryStore, Selection, StoreErrorKind},
    testing::{
        CountingIds, FaultyStore, ManualClock, ManualTimer, ScriptedBackend, StoreCall, block_on,
        safety_layer,
    },
    turn::TurnEvent,
};
use common::PlainStore;
use futures::StreamExt as _;

const NOW: i64 = 1_800_000_000_000;

fn user() -> UserId {
    UserId::from_name("sam")
}

fn agent(store: &FaultyStore<PlainStore>) -> (Agent, Session) {
    agent_with(store, ScriptedBackend::new().always("I hear you."))
}

fn agent_with(store: &FaultyStore<PlainStore>, backend: ScriptedBackend) -> (Agent, Session) {
    let agent = Agent::builder(safety_layer(), backend, Escalation::none("a test"))
        .clock(ManualClock::at(Timestamp::from_millis(NOW)))
        .timer(ManualTimer::new())
        .ids(CountingIds::new())
        .store(store.clone())
        .build()
        .unwrap();
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    decide(&session, ConsentChoice::Given);
    (agent, session)
}

fn decide(session: &Session, choice: ConsentChoice) {
    block_on(session.decide(Purpose::Conversation, choice, "1", "the text")).unwrap();
}

fn held(store: &impl MemoryStore, kind: RecordKind) -> usize {
    block_on(store.read(user(), &Selection::all().kinds([kind]))).unwrap().records.len()
}

#[test]
fn a_write_tried_again_after_an_erasure_is_dropped_and_blocks_nothing() {
    let store = FaultyStore::new(PlainStore::default());
    let (_agent, session) = agent(&store);
    // The first draft of the turn is written, and its answer is lost.
    let lost = store.clone().fail_after(StoreCall::Append, 2, StoreErrorKind::TimedOut);
    let mut turn = block_on(session.turn("I had soup for lunch.")).unwrap();
    while !matches!(block_on(turn.next()), Some(TurnEvent::Words(_))) {}
    drop(turn);
    assert_eq!(held(&lost, RecordKind::TurnAccepted), 1);
    // Another process forgets it before the session tries again.
    block_on(store.inner().forget(user(), &Forget::Kind(RecordKind::TurnAccepted))).unwrap();
    for _ in 0..4 {
        block_on(session.settle());
    }
    assert!(block_on(session.settle()), "nothing is left to try again");
    assert_eq!(held(&store, RecordKind::TurnAccepted), 0);
    let turn = block_on(session.turn("And a walk.")).unwrap();
    block_on(turn.collect::<Vec<_>>());
    assert!(block_on(session.settle()));
    assert_eq!(held(&store, RecordKind::TurnAccepted), 1, "what comes later is written");
}

#[test]
fn a_handle_of_a_turn_that_may_no_longer_be_kept_is_closed() {
    let store = FaultyStore::new(PlainStore::default());
    let (first, session) = agent(&store);
    let mut turn = block_on(session.turn("I had soup for lunch.")).unwrap();
    while !matches!(block_on(turn.next()), Some(TurnEvent::Words(_))) {}
    // The process ends here, and the person withdraws in another one.
    std::mem::forget((turn, first, session));
    let (agent, session) = agent(&store);
    decide(&session, ConsentChoice::Withdrawn);
    let later = Timestamp::from_millis(NOW + 3_600_000);
    let open = || block_on(store.handles(&HandleQuery::due(later, 9))).unwrap().handles.len();
    assert_eq!((open(), held(&store, RecordKind::TurnEnded)), (1, 0));
    block_on(agent.run_due(later, 9)).unwrap();
    assert_eq!((open(), held(&store, RecordKind::TurnEnded)), (0, 0));
}

#[test]
fn a_turn_that_was_erased_is_not_in_the_next_prompt() {
    let store = FaultyStore::new(PlainStore::default());
    let backend = ScriptedBackend::new().always("I hear you.");
    let (agent, session) = agent_with(&store, backend.clone());
    for said in ["I had soup for lunch.", "And a walk."] {
        block_on(block_on(session.turn(said)).unwrap().finish()).unwrap();
    }
    let accepted = Selection::all().kinds([RecordKind::TurnAccepted]);
    let first = block_on(store.read(user(), &accepted)).unwrap().records[0].record.id;
    block_on(agent.forget(user(), &Forget::Records(vec![first]))).unwrap();
    block_on(block_on(session.turn("It was cold.")).unwrap().finish()).unwrap();
    let prompts = backend.prompts();
    let said = |text: &str| prompts[2].parts().iter().any(|part| part.text.contains(text));
    assert!(!said("soup") && said("walk"));
}
