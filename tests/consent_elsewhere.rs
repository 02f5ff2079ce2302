//! A person's no counts wherever they talk, and their yes only for what they say after it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::{Agent, SessionChoice},
    consent::Purpose,
    memory::InMemoryStore,
    record::{Body, ConsentChoice, RecordKind},
    safety::RiskLevel,
    session::Session,
    store::{Forget, MemoryStore, Selection, StoreErrorKind},
    testing::{CountingIds, FaultyStore, ScriptedBackend, StoreCall, block_on},
};
use common::*;

const BEFORE: &str = "My neighbour Zinnober plays the trumpet.";

/// An agent as another process would have it.
fn process(number: u64, store: impl MemoryStore + 'static) -> Agent {
    let ids = CountingIds::starting_at(number << 32);
    builder(ScriptedBackend::new().always("Go on.")).ids(ids).store(store).build().unwrap()
}

fn decide(session: &Session, choice: ConsentChoice) -> Result<(), StoreErrorKind> {
    block_on(session.decide(Purpose::Conversation, choice, "1", "the text"))
}

fn said(store: &dyn MemoryStore) -> Vec<String> {
    let words = records(store, RecordKind::TurnAccepted).into_iter().filter_map(|record| match record.body {
        Body::TurnAccepted(accepted) => Some(accepted.text.to_string()),
        _ => None,
    });
    words.collect()
}

fn words_of(store: &dyn MemoryStore) -> String {
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    page.records.iter().map(|stored| serde_json::to_string(&stored.record).unwrap()).collect()
}

#[test]
fn a_no_in_one_session_counts_in_the_others_of_the_agent() {
    let store = InMemoryStore::new();
    let agent = process(1, store.clone());
    let (here, there) = (session(&agent), session(&agent));
    let mut running = block_on(there.turn(CALM)).unwrap();
    assert!(block_on(futures::StreamExt::next(&mut running)).is_some());
    decide(&here, ConsentChoice::Withdrawn).unwrap();
    assert!(!there.allows(Purpose::Conversation));
    events(running);
    say(&there, BEFORE);
    assert!(block_on(there.settle()));
    assert_eq!(said(&store), [""; 0], "nothing after the no, not even of a turn that ran");
    decide(&here, ConsentChoice::Given).unwrap();
    say(&there, CALM);
    assert_eq!(said(&store), [CALM]);
}

#[test]
fn a_no_in_another_process_counts_in_the_same_session_and_in_any_other() {
    for same in [true, false] {
        let store = InMemoryStore::new();
        let (one, two) = (process(1, store.clone()), process(2, store.clone()));
        let here = session(&one);
        say(&here, CALM);
        let choice = if same { SessionChoice::Resume } else { SessionChoice::New };
        let there = block_on(two.open(user(), choice)).unwrap();
        assert!(there.allows(Purpose::Conversation), "{same}");
        decide(&here, ConsentChoice::Withdrawn).unwrap();
        for _ in 0..2 {
            say(&there, BEFORE);
            assert!(block_on(there.settle()));
            assert_eq!((said(&store).len(), there.allows(Purpose::Conversation)), (1, false), "{same}");
            assert!(!words_of(&store).contains("Zinnober"), "{same}");
        }
        // And so does the next yes.
        decide(&here, ConsentChoice::Given).unwrap();
        block_on(there.decide(Purpose::Episodic, ConsentChoice::Withdrawn, "1", "the text")).unwrap();
        say(&there, CALM);
        assert_eq!(said(&store).len(), 2, "{same}");
    }
}

#[test]
fn what_was_written_before_a_no_stays_until_it_is_erased() {
    let store = InMemoryStore::new();
    let (one, two) = (process(1, store.clone()), process(2, store.clone()));
    let (here, there) = (session(&one), session(&two));
    say(&there, BEFORE);
    decide(&here, ConsentChoice::Withdrawn).unwrap();
    say(&there, CALM);
    assert_eq!(said(&store), [BEFORE]);
}

#[test]
fn an_erasure_in_another_process_takes_the_consent_with_it() {
    let store = InMemoryStore::new();
    let (one, two) = (process(1, store.clone()), process(2, store.clone()));
    let there = session(&two);
    say(&there, CALM);
    block_on(one.forget(user(), &Forget::Everything)).unwrap();
    say(&there, BEFORE);
    say(&there, BEFORE);
    assert!(!words_of(&store).contains("Zinnober"));
    assert!(!there.allows(Purpose::Conversation));
}

#[test]
fn an_erasure_of_what_was_written_after_a_no_is_made_up_for() {
    let store = FaultyStore::new(InMemoryStore::new());
    let (one, two) = (process(1, store.clone()), process(2, store.clone()));
    let (here, there) = (session(&one), session(&two));
    decide(&here, ConsentChoice::Withdrawn).unwrap();
    store.fail_next(StoreCall::Forget, StoreErrorKind::Unavailable);
    say(&there, BEFORE);
    assert!(!there.allows(Purpose::Conversation));
    assert!(block_on(there.settle()));
    assert!(!words_of(&store).contains("Zinnober"));
}

#[test]
fn a_yes_counts_for_what_is_said_after_it() {
    let store =
        FaultyStore::new(InMemoryStore::new()).fail_from(StoreCall::Append, 1, StoreErrorKind::Unavailable);
    let agent = process(1, store.clone());
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    // Something stands before the words on their way to a store in trouble.
    decide(&session, ConsentChoice::Withdrawn).unwrap_err();
    say(&session, BEFORE);
    // A turn that began before the yes and ends after it.
    let mut running = block_on(session.turn(BEFORE)).unwrap();
    assert!(block_on(futures::StreamExt::next(&mut running)).is_some());
    store.heal();
    decide(&session, ConsentChoice::Given).unwrap();
    events(running);
    say(&session, CALM);
    assert!(block_on(session.settle()));
    assert_eq!(said(&store), [CALM]);
    assert_eq!(ended(&store).len(), 1);
    assert!(!words_of(&store).contains("Zinnober"));
}

#[test]
fn the_level_that_stands_at_a_yes_is_written_with_it() {
    let store = InMemoryStore::new();
    let session = block_on(process(1, store.clone()).open(user(), SessionChoice::New)).unwrap();
    say(&session, SIGN);
    assert!(records(&store, RecordKind::Risk).is_empty());
    decide(&session, ConsentChoice::Given).unwrap();
    let later = block_on(process(2, store).open(user(), SessionChoice::New)).unwrap();
    assert_eq!(later.standing(), RiskLevel::Moderate);
}
