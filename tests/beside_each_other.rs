//! Turns that meet: a sign while another turn runs, words that nobody saw, a turn that is polled on after its end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::task::Poll;

use alliance::{
    agent::{SessionChoice, WhenBusy},
    consent::Batch,
    id::UserId,
    memory::InMemoryStore,
    prompt::Role,
    record::TurnOutcome,
    safety::{Locale, RiskLevel, ScreenContext, Standing},
    session::TurnError,
    store::{
        ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page, Revision, Selection,
        StoreError,
    },
    testing::{CountingIds, ScriptedBackend, block_on, poll_once, safety_layer},
    turn::TurnEvent,
};
use common::*;
use futures::StreamExt;

#[test]
fn a_sign_does_not_wait_for_the_turn_before_it() {
    let agent = builder(ScriptedBackend::new().always_hang()).build().unwrap();
    let session = session(&agent);
    let mut stuck = block_on(session.turn(CALM)).unwrap();
    while poll_once(&mut stuck.next()).is_some() {}
    let mut waiting = Box::pin(session.turn(HIGH));
    let turn = poll_once(&mut waiting).expect("begins at once").unwrap();
    assert_eq!(outcome(&events(turn)).outcome, TurnOutcome::Crisis);
    assert_eq!(outcome(&events(stuck)).outcome, TurnOutcome::Interrupted);
    assert_eq!(session.standing(), RiskLevel::High);
}

#[test]
fn numbers_that_nobody_saw_are_shown_again() {
    let agent = builder(ScriptedBackend::new()).build().unwrap();
    let session = session(&agent);
    session.locate(Locale::En, Some("US".parse().unwrap()));
    let mut dropped = block_on(session.turn(SIGN)).unwrap();
    block_on(dropped.next());
    drop(dropped);
    assert!(shown(&say(&session, SIGN)).contains("988"));
}

#[test]
fn sos_beside_a_turn_stays_raised_in_memory_and_in_the_store() {
    let store = InMemoryStore::new();
    let agent = builder(ScriptedBackend::new().always("Go on.")).store(store.clone()).build().unwrap();
    let session = session(&agent);
    let mut low = block_on(session.turn("I feel like a burden to everyone.")).unwrap();
    block_on(low.next());
    events(session.sos());
    events(low);
    assert_eq!(session.standing(), RiskLevel::Moderate);
    assert!(block_on(session.settle()));
    let again = builder(ScriptedBackend::new()).store(store).build().unwrap();
    let resumed = block_on(again.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!(resumed.standing(), RiskLevel::Moderate);
}

#[test]
fn an_exchange_is_remembered_once() {
    let backend = ScriptedBackend::new().always("Go on.");
    let agent = builder(backend.clone()).build().unwrap();
    let session = session(&agent);
    for _ in 0..2 {
        block_on(block_on(session.turn(CALM)).unwrap().finish()).unwrap();
    }
    let roles: Vec<Role> = backend.prompts().pop().unwrap().parts().iter().map(|part| part.role).collect();
    assert_eq!(roles, [Role::Instruction, Role::Person, Role::Agent, Role::Person]);
}

#[test]
fn turns_that_nobody_could_look_at_do_not_count_as_quiet() {
    let broken = safety_layer().with_broken_baseline();
    let context = ScreenContext::default();
    let mut standing: Standing = safety_layer().screen(SIGN, &context).standing().clone();
    for _ in 0..20 {
        let context = ScreenContext::new(standing, Locale::En);
        standing = broken.screen(CALM, &context).standing().clone();
    }
    assert_eq!(standing.level(), RiskLevel::Moderate);
}

#[test]
fn a_session_that_is_open_is_shared_and_not_opened_twice() {
    let agent = builder(ScriptedBackend::new().always("Go on.")).build().unwrap();
    let first = session(&agent);
    say(&first, CALM);
    let second = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    say(&second, HIGH);
    assert_eq!((first.id(), first.standing()), (second.id(), RiskLevel::High));
}

#[test]
fn sos_can_be_typed() {
    let agent = builder(ScriptedBackend::new()).build().unwrap();
    let session = session(&agent);
    for text in ["SOS", "sos!", "/SOS"] {
        assert!(
            say(&session, text)
                .iter()
                .any(|event| matches!(event, TurnEvent::Risk { level: RiskLevel::Moderate, .. }))
        );
    }
}

/// A store that answers no read at once.
#[derive(Debug)]
struct Slow(InMemoryStore);

#[async_trait::async_trait]
impl MemoryStore for Slow {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.0.append(user, expect, batch).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        let mut asked = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.0.read(user, selection).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.0.forget(user, what).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        self.0.handles(query).await
    }
}

#[test]
fn who_opens_at_the_same_time_has_the_same_session() {
    for talked in [true, false] {
        let store = InMemoryStore::new();
        if talked {
            let agent =
                builder(ScriptedBackend::new().always("Go on.")).store(store.clone()).build().unwrap();
            say(&session(&agent), CALM);
        }
        let backend = ScriptedBackend::new().always_hang();
        let agent = builder(backend).when_busy(WhenBusy::Refuse);
        let agent = agent.ids(CountingIds::starting_at(1 << 32)).store(Slow(store)).build().unwrap();
        let open = || agent.open(user(), SessionChoice::Resume);
        let (one, two) = block_on(futures::future::join(open(), open()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.id(), two.id(), "{talked}");
        let running = block_on(one.turn(CALM)).unwrap();
        let refused = block_on(two.turn(CALM)).unwrap_err();
        assert_eq!(refused, TurnError::Busy { turn: Some(running.id()) }, "{talked}");
        // A new one is a new one all the same.
        assert_ne!(block_on(agent.open(user(), SessionChoice::New)).unwrap().id(), one.id());
    }
}

#[test]
fn a_danger_that_is_heard_while_a_session_opens_stands_in_it() {
    let agent = builder(ScriptedBackend::new()).store(Slow(InMemoryStore::new())).build().unwrap();
    let here = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let mut opening = Box::pin(agent.open(user(), SessionChoice::New));
    assert!(poll_once(&mut opening).is_none());
    assert_eq!(outcome(&say(&here, HIGH)).outcome, TurnOutcome::Crisis);
    let there = block_on(opening).unwrap();
    assert_eq!((there.standing(), there.id() == here.id()), (RiskLevel::High, false));
}
