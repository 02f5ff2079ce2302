//! What was said and erased does not stay in a reply that said it again, nor come back with one.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::{Agent, Limits, SessionChoice},
    consent::Purpose,
    id::RecordId,
    memory::{InMemoryStore, Recall, RuleConsolidator},
    record::{Body, ConsentChoice, Record, RecordKind},
    session::Session,
    store::{Forget, MemoryStore, Selection},
    testing::{ScriptedBackend, block_on},
    turn::TurnEvent,
};
use common::*;
use futures::StreamExt as _;

const SAID: &str = "My sister Xanthippe moved to Yverdon.";
const ECHO: &str = "So Xanthippe moved to Yverdon.";

fn agent(backend: ScriptedBackend, store: InMemoryStore) -> Agent {
    builder(backend)
        .store(store)
        .recaller(Recall::new())
        .consolidator(RuleConsolidator::built_in().unwrap())
        .limits(Limits::default())
        .build()
        .unwrap()
}

fn talking(agent: &Agent) -> Session {
    let session = session(agent);
    for purpose in [Purpose::Episodic, Purpose::LongTerm] {
        block_on(session.decide(purpose, ConsentChoice::Given, "1", "the text")).unwrap();
    }
    session
}

fn everything(store: &InMemoryStore) -> Vec<Record> {
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    page.records.iter().map(|stored| (*stored.record).clone()).collect()
}

fn holds(store: &InMemoryStore, word: &str) -> Vec<RecordKind> {
    let records = everything(store);
    let meant = records.iter().filter(|record| serde_json::to_string(record).unwrap().contains(word));
    meant.map(Record::kind).collect()
}

fn of(store: &InMemoryStore, kind: RecordKind) -> Vec<RecordId> {
    records(store, kind).into_iter().map(|record| record.id).collect()
}

#[test]
fn a_reply_goes_with_what_it_answers() {
    let store = InMemoryStore::new();
    let agent = agent(ScriptedBackend::new().always(ECHO), store.clone());
    let session = talking(&agent);
    drop(say(&session, SAID));
    assert_eq!(holds(&store, "Yverdon").len(), 2);
    let accepted = of(&store, RecordKind::TurnAccepted);
    block_on(agent.forget(user(), &Forget::Records(accepted))).unwrap();
    assert_eq!(holds(&store, "Yverdon"), []);
}

#[test]
fn a_reply_that_lists_what_is_kept_goes_with_what_it_lists() {
    let store = InMemoryStore::new();
    let agent = agent(ScriptedBackend::new().always("I see."), store.clone());
    let first = talking(&agent);
    drop(say(&first, SAID));
    block_on(first.conclude()).unwrap();
    let erased = first.id();
    let second = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let listed = shown(&say(&second, "What do you remember?"));
    assert!(listed.contains("Yverdon"), "{listed}");
    drop(say(&second, CALM));
    block_on(agent.forget(user(), &Forget::Session(erased))).unwrap();
    assert_eq!(holds(&store, "Yverdon"), []);
    // What the person asked stays, and is no turn that was cut off.
    drop((first, second));
    let resumed = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!(resumed.interrupted(), []);
    let turns = records(&store, RecordKind::TurnAccepted).len();
    assert_eq!(turns, 2);
}

#[test]
fn a_turn_that_runs_while_it_is_erased_brings_nothing_back() {
    for what in [None, Some(Forget::Everything)] {
        let store = InMemoryStore::new();
        let backend =
            ScriptedBackend::new().chunks(["So Xanthippe moved ", "to Yverdon. Well."]).always("I see.");
        let agent = agent(backend.clone(), store.clone());
        let session = talking(&agent);
        let mut turn = block_on(session.turn(SAID)).unwrap();
        while let Some(event) = block_on(turn.next()) {
            if matches!(event, TurnEvent::Words(_)) {
                break;
            }
        }
        let what = what.unwrap_or_else(|| Forget::Session(session.id()));
        block_on(agent.forget(user(), &what)).unwrap();
        while block_on(turn.next()).is_some() {}
        drop(turn);
        block_on(session.settle());
        assert_eq!(holds(&store, "Yverdon"), [], "{what:?}");
        drop(say(&session, CALM));
        let prompt = backend.prompts().pop().unwrap();
        assert!(prompt.parts().iter().all(|part| !part.text.contains("Yverdon")), "{what:?}");
    }
}

#[test]
fn what_was_withdrawn_is_not_used_and_a_reply_is_no_memory() {
    let store = InMemoryStore::new();
    let backend = ScriptedBackend::new().always("Your cousin Zebulon is a pilot.");
    let agent = agent(backend.clone(), store);
    let first = talking(&agent);
    drop(say(&first, SAID));
    block_on(first.conclude()).unwrap();
    let used = |word: &str, ask: &str| {
        let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
        drop(say(&session, ask));
        let prompt = backend.prompts().pop().unwrap();
        prompt.parts().iter().any(|part| part.text.contains(word) && !part.text.contains(ask))
    };
    assert!(used("Yverdon", "Where did my sister Xanthippe go?"));
    assert!(!used("Zebulon", "What about my cousin Zebulon and his planes?"));
    for purpose in [Purpose::Conversation, Purpose::Episodic, Purpose::LongTerm] {
        block_on(first.decide(purpose, ConsentChoice::Withdrawn, "1", "the text")).unwrap();
    }
    assert!(!used("Yverdon", "Where did my sister Xanthippe go?"));
    assert!(!first.allows(Purpose::Conversation));
}

#[test]
fn a_corrected_episode_names_nobody_who_is_not_in_its_words() {
    let store = InMemoryStore::new();
    let agent = agent(ScriptedBackend::new().always("I see."), store.clone());
    let session = talking(&agent);
    drop(say(&session, "Yesterday my friend Marcus shouted at me at work."));
    block_on(session.conclude()).unwrap();
    let episodes = records(&store, RecordKind::Episode);
    let named = |record: &Record| match &record.body {
        Body::Episode(episode) => episode.people.clone(),
        _ => Vec::new(),
    };
    let with_people = episodes.iter().find(|record| !named(record).is_empty()).unwrap();
    let corrected = block_on(session.correct(with_people.id, "Somebody was loud at work.")).unwrap();
    let corrected = records(&store, RecordKind::Episode).into_iter().find(|r| r.id == corrected).unwrap();
    assert_eq!(named(&corrected), Vec::<String>::new());
}
