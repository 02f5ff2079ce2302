//! When the agent has recall save what it knows of a person, and when that goes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{sync::Arc, time::Duration};

use alliance::{
    agent::{Agent, SessionChoice},
    clock::{Clock, Timestamp},
    consent::Purpose,
    memory::{InMemoryStore, Recall, RecallTerms},
    record::{ConsentChoice, RecordKind},
    session::Session,
    store::{Forget, MemoryStore, Snapshot, Topic},
    testing::{FaultyStore, ManualClock, ScriptedBackend, StoreCall, block_on},
};
use common::*;

const REPLY: &str = "Tell me more about the garden, if you like.";
const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

struct Host {
    agent: Agent,
    store: FaultyStore<InMemoryStore>,
    clock: ManualClock,
}

fn host() -> Host {
    let store = FaultyStore::new(InMemoryStore::new());
    let clock = ManualClock::at(Timestamp::from_millis(1_800_000_000_000));
    let backend = ScriptedBackend::new().always(REPLY);
    let shared: Arc<dyn MemoryStore> = Arc::new(store.clone());
    let agent = builder(backend).store(shared).clock(clock.clone()).recaller(Arc::new(Recall::new()));
    Host { agent: agent.build().unwrap(), store, clock }
}

impl Host {
    fn saved(&self) -> Option<Snapshot> {
        block_on(self.store.snapshot(user(), "recall")).unwrap()
    }

    fn run_due(&self) {
        block_on(self.agent.run_due(self.clock.now(), 10)).unwrap();
    }
}

/// Something that takes away what was saved.
type Way<'a> = &'a dyn Fn(&Host, &Session);

fn talk(session: &Session) {
    for text in [
        "My sister moved to Basel.",
        "The umbrella was blue.",
        "The exam is near.",
        "I slept well.",
        "We swam.",
    ] {
        say(session, text);
    }
}

#[test]
fn no_turn_saves_anything_and_the_end_of_a_talk_does() {
    let host = host();
    let session = session(&host.agent);
    talk(&session);
    host.run_due();
    assert_eq!(host.store.calls(StoreCall::KeepSnapshot), 0, "they still talk");
    block_on(session.conclude()).unwrap();
    assert!(host.saved().is_some());
}

#[test]
fn whoever_stops_talking_is_saved_by_what_the_host_runs() {
    let host = host();
    let session = session(&host.agent);
    talk(&session);
    host.run_due();
    host.clock.advance(HALF_HOUR);
    host.run_due();
    let saved = host.saved().unwrap();
    for _ in 0..3 {
        host.clock.advance(HALF_HOUR);
        host.run_due();
    }
    assert_eq!(host.saved().unwrap(), saved);
    assert_eq!(host.store.calls(StoreCall::KeepSnapshot), 1, "nothing was said since");
}

#[test]
fn every_way_to_erase_takes_it_and_so_does_a_decision() {
    let topic = Topic::new("umbrella", RecallTerms).unwrap();
    let ways: [Way<'_>; 6] = [
        &|host, session| drop(block_on(host.agent.forget(user(), &Forget::Session(session.id()))).unwrap()),
        &|host, _| drop(block_on(host.agent.forget(user(), &Forget::About(topic.clone()))).unwrap()),
        &|host, _| drop(block_on(host.agent.forget(user(), &Forget::Kind(RecordKind::TurnEnded))).unwrap()),
        &|host, _| drop(block_on(host.agent.forget(user(), &Forget::Everything)).unwrap()),
        &|host, _| {
            let whole = Forget::Between(Timestamp::UNIX_EPOCH, host.clock.now().after(HALF_HOUR));
            drop(block_on(host.agent.forget(user(), &whole)).unwrap());
        },
        &|_, session| {
            let no = session.decide(Purpose::Conversation, ConsentChoice::Withdrawn, "1", "the text");
            block_on(no).unwrap();
        },
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let host = host();
        let session = session(&host.agent);
        talk(&session);
        block_on(session.conclude()).unwrap();
        assert!(host.saved().is_some());
        way(&host, &session);
        assert!(host.saved().is_none(), "way {number}");
        let again = block_on(host.agent.open(user(), SessionChoice::New)).unwrap();
        block_on(again.conclude()).unwrap();
        let kept = host.saved().map_or_else(Vec::new, |saved| saved.bytes);
        assert!(number == 1 || kept.is_empty(), "way {number}: too little is left, or nothing is agreed to");
        assert!(!String::from_utf8_lossy(&kept).contains("umbrella"), "way {number}");
    }
}

#[test]
fn it_is_no_part_of_an_export() {
    let host = host();
    let session = session(&host.agent);
    talk(&session);
    let before = block_on(host.agent.export(user())).unwrap();
    block_on(session.conclude()).unwrap();
    assert!(host.saved().is_some());
    let after = block_on(host.agent.export(user())).unwrap();
    assert!(before == after);
}
