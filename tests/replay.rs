//! Fixed clock, ids and script give byte-equal replies, events and records.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    backends::Reflective,
    memory::{InMemoryStore, Recall},
    store::{MemoryStore, Selection},
    testing::{ScriptedBackend, block_on},
};
use common::*;

const SAID: [&str; 9] = [
    "Hello.",
    "I had a fight with my brother and now I cannot sleep.",
    "Are you a person?",
    SIGN,
    "No, I don't.",
    "He never calls me back.",
    "I feel like a burden to everyone.",
    HIGH,
    "My sister is with me.",
];

/// Everything that a host or a store can see of a conversation.
fn conversation() -> (String, String) {
    let store = InMemoryStore::new();
    let agent = builder(Reflective::new()).store(store.clone()).recaller(Recall::new()).build().unwrap();
    let session = session(&agent);
    let mut events = String::new();
    for text in SAID {
        for event in say(&session, text) {
            events.push_str(&format!("{event:?}\n"));
            if let alliance::turn::TurnEvent::Words(words) = event {
                events.push_str(words.as_str());
            }
        }
    }
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    let records = page.records.iter().map(|stored| serde_json::to_string(&*stored.record).unwrap());
    (events, records.collect::<Vec<_>>().join("\n"))
}

#[test]
fn same_inputs_same_words() {
    assert_eq!(conversation(), conversation());
}

#[test]
fn how_a_backend_cuts_its_chunks_changes_nothing_that_is_shown() {
    let reply = "That sounds tiring. What kept you awake?\nTell me more, if you like.";
    let whole = [reply.to_owned()];
    let pieces: Vec<String> = reply.chars().map(String::from).collect();
    let run = |chunks: &[String]| {
        let agent = builder(ScriptedBackend::new().chunks(chunks.iter().cloned())).build().unwrap();
        say(&session(&agent), CALM)
    };
    assert_eq!(run(&whole), run(&pieces));
}
