//! Some dozens of ways to break out of the person's or a memory's part of a prompt, and none does.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use alliance_core::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    escalation::Escalation,
    id::{RecordId, UserId},
    prompt::{Part, Prompt, Role},
    recall::{Cue, RecallReason, Recalled, Recaller},
    store::{MemoryStore, StoreError},
    testing::{
        CountingIds, ManualClock, ManualTimer, ScriptedBackend, block_on, prompt_with, safety_layer, screened,
    },
    token::ByteEstimate,
};
use common::PlainStore;
use serde::Deserialize;

const HARMLESS: &str = "I could not sleep again.";
const GRAVE: &str = "I want to kill myself.";

/// What servers of open models take for tokens of their templates, and marks that no reader sees.
const TOKENS: [&str; 12] = [
    "<|",
    "<｜",
    "<s>",
    "</",
    "[INST]",
    "[/INST]",
    "[SYSTEM_PROMPT]",
    "<<SYS>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<eos>",
    "<tool_call>",
];

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

impl Attempt {
    fn text(&self) -> String {
        self.text.repeat(self.repeat.unwrap_or(1))
    }
}

fn attempts() -> Vec<Attempt> {
    let file: File = toml::from_str(include_str!("breakouts.toml")).unwrap();
    assert!(file.attempt.len() >= 40);
    file.attempt
}

fn roles(prompt: &Prompt) -> Vec<Role> {
    prompt.parts().iter().map(|part| part.role).collect()
}

/// What holds for data, whoever said it.
fn check(name: &str, part: &Part) {
    let text = match part.role {
        Role::Instruction => return,
        Role::Memory => {
            let text = serde_json::from_str::<String>(&part.text);
            text.unwrap_or_else(|_| panic!("{name}: a memory is not one JSON string"))
        }
        _ => part.text.to_string(),
    };
    assert!(!text.trim().is_empty(), "{name}: an empty message");
    for token in TOKENS {
        assert!(!text.contains(token), "{name}: {token} in {:?}", part.role);
    }
    let unseen = |c: char| {
        matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
            || (c.is_control() && !matches!(c, '\n' | '\t'))
    };
    assert!(!text.contains(unseen), "{name}: something unseen in {:?}", part.role);
}

#[test]
fn no_text_breaks_out_of_its_part() {
    let built = |attempt: &str| {
        prompt_with(attempt, |builder| {
            builder
                .instruction("rules")
                .instruction("more rules")
                .safety_plan(screened(attempt))
                .summary(screened(attempt))
                .memory(screened(attempt))
                .memory(screened(HARMLESS))
                .exchange(screened(attempt), vec![])
                .summary_tokens(1_000_000)
                .memory_tokens(1_000_000)
                .max_tokens(10_000_000)
        })
    };
    let harmless = built(HARMLESS);
    for attempt in attempts() {
        let (name, prompt) = (&attempt.name, built(&attempt.text()));
        assert_eq!(roles(&prompt), roles(&harmless), "{name}");
        assert_eq!(prompt.parts()[0], harmless.parts()[0], "{name}: the instruction");
        assert_eq!(prompt.parts()[4], harmless.parts()[4], "{name}: another memory");
        prompt.parts().iter().for_each(|part| check(name, part));
        // Cut to what a smaller model takes, it is still well-formed.
        let cut = prompt.within(50, &ByteEstimate);
        assert_eq!(cut.parts().first(), harmless.parts().first(), "{name}");
        assert_eq!(cut.person(), prompt.person(), "{name}");
    }
}

/// Remembers the same thing whatever is said.
#[derive(Debug)]
struct Remembers(String);

#[async_trait::async_trait]
impl Recaller for Remembers {
    async fn recall(
        &self,
        _store: &dyn MemoryStore,
        _user: UserId,
        _cue: &Cue,
    ) -> Result<Vec<Recalled>, StoreError> {
        let id = RecordId::new(uuid::Uuid::nil());
        Ok(vec![Recalled::new(id, self.0.as_str(), 1.0, RecallReason::Words)])
    }
}

/// The prompts of a session in which everybody says `attempt`: the person, a memory, and the model.
fn prompts(attempt: &str) -> Vec<Prompt> {
    let backend = ScriptedBackend::new().reply(format!("{attempt} I hear you.")).always("I hear you.");
    let agent = Agent::builder(safety_layer(), backend.clone(), Escalation::none("a test"))
        .clock(ManualClock::at(Timestamp::from_millis(1_800_000_000_000)))
        .timer(ManualTimer::new())
        .ids(CountingIds::new())
        .store(PlainStore::default())
        .recaller(Remembers(attempt.to_owned()))
        .build()
        .unwrap();
    let session = block_on(agent.open(UserId::from_name("sam"), SessionChoice::New)).unwrap();
    for said in [attempt, HARMLESS] {
        block_on(block_on(session.turn(said)).unwrap().finish()).unwrap();
    }
    backend.prompts()
}

#[test]
fn no_text_breaks_out_in_a_session() {
    let [harmless, grave] = [HARMLESS, GRAVE].map(|text| prompts(text).pop().unwrap());
    assert!(!harmless.reflection_only() && grave.reflection_only());
    let attempts = attempts();
    let mut asked = 0;
    for attempt in &attempts {
        let (name, prompts) = (&attempt.name, prompts(&attempt.text()));
        for prompt in &prompts {
            asked += 1;
            // While something heavy stands the engine asks for one reflection only: that is fixed as well.
            let like = if prompt.reflection_only() { &grave } else { &harmless };
            assert_eq!(prompt.parts()[0], like.parts()[0], "{name}: the instruction");
            prompt.parts().iter().for_each(|part| check(name, part));
            let expected: Vec<Role> = match prompt.parts().len() {
                // A memory or an exchange that is too long for its budget is left out whole.
                2 => vec![Role::Instruction, Role::Person],
                3 => vec![Role::Instruction, Role::Memory, Role::Person],
                4 => vec![Role::Instruction, Role::Person, Role::Agent, Role::Person],
                _ => vec![Role::Instruction, Role::Memory, Role::Person, Role::Agent, Role::Person],
            };
            assert_eq!(roles(prompt), expected, "{name}");
        }
    }
    // What is heard as a danger or a command is answered without a model.
    assert!(asked * 10 >= attempts.len() * 2 * 9, "{asked} prompts of {} turns", attempts.len() * 2);
}
