//! `Debug`, `Display`, errors and tracing show lengths, ids and levels, never what anybody said.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::fmt::{Debug, Write};

use alliance::{
    agent::SessionChoice,
    backend::{BackendError, BackendErrorKind, Chunk},
    memory::{InMemoryStore, Recall},
    message::{HumanText, Message},
    prompt::Prompt,
    recall::{Cue, RecallReason, Recalled},
    safety::{CrisisPlan, SafetyLayer, ScreenContext, Script},
    store::{MemoryStore, Selection},
    testing::{ScriptedBackend, block_on, safety_layer},
    token::ByteEstimate,
};
use common::*;
use futures::StreamExt;

/// Words that stand nowhere but in what is said here.
const SAID: &str = "Zanzibarquokka told me a secret about Quetzalfrost.";
const REPLY: &str = "Zanzibarquokka matters to you. What about Quetzalfrost?";
const CANARIES: [&str; 2] = ["zanzibarquokka", "quetzalfrost"];

#[derive(Default)]
struct Seen(String);

impl Seen {
    fn debug(&mut self, thing: &impl Debug) {
        write!(self.0, "{thing:?}\n{thing:#?}\n").unwrap();
    }
}

#[test]
fn no_words_in_logs() {
    let mut seen = Seen::default();
    let store = InMemoryStore::new();
    let recall = Recall::new();
    let backend = ScriptedBackend::new().always(REPLY);
    let agent = builder(backend.clone()).store(store.clone()).recaller(recall.clone()).build().unwrap();
    let session = session(&agent);
    for _ in 0..2 {
        let mut turn = block_on(session.turn(SAID)).unwrap();
        while let Some(event) = block_on(turn.next()) {
            seen.debug(&event);
            seen.debug(&turn);
        }
    }
    let reply = block_on(block_on(session.turn(SAID)).unwrap().finish()).unwrap();
    assert!(reply.text().contains("Quetzalfrost"), "the canary is really said");
    seen.debug(&reply);
    let again = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    for stored in &page.records {
        seen.debug(stored);
        seen.debug(&stored.record.body);
    }
    seen.debug(&page);
    for thing in [&agent as &dyn Debug, &session, &again, &store, &recall, &backend] {
        write!(seen.0, "{thing:?} {thing:#?}").unwrap();
    }
    let safety: SafetyLayer = safety_layer();
    let screening = safety.screen(SAID, &ScreenContext::default());
    let mut review = safety.review(&screening);
    review.push(REPLY);
    seen.debug(&review);
    review.close();
    while let Some(release) = review.next_release() {
        seen.debug(&release);
    }
    let prompt = Prompt::answering(&screening).instruction("Listen.").memory(screening.clone());
    seen.debug(&prompt);
    seen.debug(&prompt.build(&ByteEstimate));
    let script: Script = safety.admit_script(REPLY, Default::default()).unwrap();
    seen.debug(&script);
    seen.debug(&screening);
    seen.debug(&safety);
    seen.debug(&CrisisPlan::built_in());
    seen.debug(&Message::new(SAID));
    seen.debug(&HumanText::new(SAID));
    seen.debug(&Cue::new(SAID));
    seen.debug(&Chunk::Words(SAID.into()));
    let id = page.records[0].record.id;
    seen.debug(&Recalled::new(id, SAID, 1.0, RecallReason::Words));
    seen.debug(&BackendError::new(BackendErrorKind::Rejected));
    let too_long = block_on(session.turn(SAID.repeat(5000))).unwrap_err();
    write!(seen.0, "{too_long} {too_long:?}").unwrap();
    let bad = format!(r#"{{"kind":"turn_ended","at":"x","data":{{"shown":"{SAID}"}}}}"#);
    let unreadable = serde_json::from_str::<alliance::record::Record>(&bad).unwrap_err();
    write!(seen.0, "{unreadable}").unwrap();

    let seen = seen.0.to_lowercase();
    assert!(seen.len() > 10_000, "there is something to look at");
    for canary in CANARIES {
        if let Some(at) = seen.find(canary) {
            // The words around the canary are this test's own.
            panic!("words of a conversation in: {}", &seen[at.saturating_sub(120)..at]);
        }
    }
}
