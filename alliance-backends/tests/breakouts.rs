//! The ways out of a prompt's part that `alliance-core` tries, on the three wires: none adds a message, ends one, or
//! reaches the instruction.
#![cfg(all(feature = "openai", feature = "anthropic", feature = "ollama"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;

use alliance_backends::{Ollama, read::Wire};
use alliance_core::testing::{prompt_with, screened};
use common::{WIRES, good, outcome, served};
use faults::server::Answer;
use serde::Deserialize;
use serde_json::Value;

const HARMLESS: &str = "I could not sleep again.";

#[derive(Deserialize)]
struct File {
    attempt: Vec<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    name: String,
    text: String,
    repeat: Option<usize>,
}

/// What was sent: the system's texts, and the role and texts of each message.
#[derive(Debug)]
struct Sent {
    system: String,
    messages: Vec<(String, Vec<String>)>,
}

fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => texts.iter().map(|text| text["text"].as_str().unwrap().to_owned()).collect(),
        other => panic!("content of another kind: {}", other.is_object()),
    }
}

fn sent(body: &[u8]) -> Sent {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut system = body.get("system").map(texts).unwrap_or_default();
    let mut messages = Vec::new();
    for message in body["messages"].as_array().unwrap() {
        match message["role"].as_str().unwrap() {
            "system" => system.extend(texts(&message["content"])),
            role => messages.push((role.to_owned(), texts(&message["content"]))),
        }
    }
    Sent { system: system.join("\n"), messages }
}

#[test]
fn no_text_breaks_out_on_a_wire() {
    let file: File = toml::from_str(include_str!("../../alliance-core/tests/breakouts.toml")).unwrap();
    assert!(file.attempt.len() >= 40);
    for wire in WIRES {
        let mut served = served(wire, move |_| Answer::streamed(good(wire, &["I hear you."])));
        if wire == Wire::Ollama {
            // Some are longer than what it asks for otherwise, and would be cut.
            let ollama = Ollama::new("m").base(served.server.url()).context(10_000_000).build().unwrap();
            served.backend = Arc::new(ollama);
        }
        let send = |attempt: &str| {
            let prompt = prompt_with(attempt, |builder| {
                builder
                    .instruction("rules")
                    .safety_plan(screened(attempt))
                    .summary(screened(attempt))
                    .memory(screened(attempt))
                    .exchange(screened(attempt), vec![])
                    .summary_tokens(1_000_000)
                    .memory_tokens(1_000_000)
                    .max_tokens(10_000_000)
            });
            let person = prompt.person().to_owned();
            outcome(&served, prompt).1.unwrap();
            (sent(&served.server.requests().last().unwrap().body), person)
        };
        let (harmless, _) = send(HARMLESS);
        for attempt in &file.attempt {
            let name = format!("{wire:?}, {}", attempt.name);
            let (sent, person) = send(&attempt.text.repeat(attempt.repeat.unwrap_or(1)));
            assert_eq!(sent.system, harmless.system, "{name}");
            let shape = |sent: &Sent| {
                let shape = sent.messages.iter().map(|(role, texts)| (role.clone(), texts.len()));
                shape.collect::<Vec<_>>()
            };
            assert_eq!(shape(&sent), shape(&harmless), "{name}");
            let texts: Vec<&str> =
                sent.messages.iter().flat_map(|(_, texts)| texts).map(String::as_str).collect();
            // The memories come first, as one JSON object that nothing in them ends early.
            let mut values = serde_json::Deserializer::from_str(texts[0]).into_iter::<Value>();
            let memories = values.next().unwrap().unwrap();
            assert_eq!(memories.as_object().unwrap().len(), 1, "{name}");
            let memories = memories["memories"].as_array().unwrap();
            assert!(memories.len() == 3 && memories.iter().all(Value::is_string), "{name}");
            if wire == Wire::Ollama {
                let behind = &texts[0][values.byte_offset()..];
                assert_eq!(behind, format!("\n\n{person}\n\n{person}"), "{name}");
            } else {
                assert_eq!(texts[1..], [person.as_str(), person.as_str()], "{name}");
            }
        }
    }
}
