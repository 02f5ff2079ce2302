//! Plays a scenario through a real agent.

use std::time::Duration;

use alliance::{
    agent::SessionChoice,
    backend::{BackendError, BackendErrorKind, ChunkStream, LlmBackend},
    backends::Reflective,
    clock::Timestamp,
    memory::Recall,
    prompt::Prompt,
    protocols::Library,
    record::ConsentChoice,
    session::Session,
    testing::{ManualClock, ScriptedBackend, block_on, safety_layer},
    turn::TurnEvent,
};

use super::{
    common::{builder, events, outcome, shown, user},
    script::{Backend, Entry, Expected, Scenario, Turn},
};

/// What came of a scenario.
pub struct Played {
    /// Each with its line first.
    pub faults: Vec<String>,
    /// Both sides, for a reader.
    pub transcript: String,
}

/// A model that fails, listens by rules, or says what it is told to.
#[derive(Clone, Debug)]
enum Speaker {
    Reflective(Reflective),
    Scripted(ScriptedBackend),
    Broken,
}

#[async_trait::async_trait]
impl LlmBackend for Speaker {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        match self {
            Self::Reflective(backend) => backend.generate(prompt).await,
            Self::Scripted(backend) => backend.generate(prompt).await,
            Self::Broken => Err(BackendError::new(BackendErrorKind::Unavailable)),
        }
    }
}

pub fn play(scenario: &Scenario) -> Played {
    let clock = ManualClock::at(Timestamp::from_millis(1_800_000_000_000));
    let replies = scenario.turns.iter().filter_map(|turn| turn.model.clone());
    let speaker = match scenario.backend {
        Backend::Reflective => Speaker::Reflective(Reflective::new()),
        Backend::Scripted => Speaker::Scripted(ScriptedBackend::replies(replies)),
        Backend::Broken => Speaker::Broken,
    };
    let mut builder = builder(speaker).clock(clock.clone()).recaller(Recall::new()).locale(scenario.locale);
    if let Some(region) = scenario.region {
        builder = builder.region(region);
    }
    for protocol in Library::built_in(&safety_layer()).unwrap() {
        builder = builder.with_protocol(protocol);
    }
    let agent = builder.build().unwrap();
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    for purpose in &scenario.consent {
        block_on(session.decide(*purpose, ConsentChoice::Given, "1", "the text")).unwrap();
    }
    let mut played = Played { faults: Vec::new(), transcript: String::new() };
    for turn in &scenario.turns {
        if let Entry::Wait(minutes) = turn.entry {
            clock.advance(Duration::from_secs(60 * minutes));
            continue;
        }
        let (said, events) = go(&session, turn);
        write_down(&mut played.transcript, &said, &shown(&events));
        for (line, expected) in &turn.expected {
            if let Some(fault) = fault(&session, &events, expected) {
                played.faults.push(format!("{line}: {fault}"));
            }
        }
    }
    played
}

fn go(session: &Session, turn: &Turn) -> (String, Vec<TurnEvent>) {
    match &turn.entry {
        Entry::Said(text) => (text.clone(), events(block_on(session.turn(text.as_str())).unwrap())),
        Entry::Start(name) => {
            let turn = block_on(session.start_protocol(name))
                .unwrap_or_else(|error| panic!("{}: {error}", turn.line));
            (format!("(starts {name})"), events(turn))
        }
        Entry::Sos => ("(calls for help)".to_owned(), events(session.sos())),
        Entry::Wait(_) => (String::new(), Vec::new()),
    }
}

/// One line for each side, as a person marks them.
fn write_down(transcript: &mut String, said: &str, words: &str) {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    transcript.push_str(&format!("- {}\n\n> {}\n\n", line(said), line(words)));
}

fn fault(session: &Session, events: &[TurnEvent], expected: &Expected) -> Option<String> {
    let words = shown(events);
    let found = |holds: bool, fault: String| (!holds).then_some(fault);
    match expected {
        Expected::Level(expected) => {
            let level = events.iter().find_map(|event| match event {
                TurnEvent::Risk { level, .. } => Some(*level),
                _ => None,
            });
            found(level == Some(*expected), format!("the level is {level:?}"))
        }
        Expected::Standing(expected) => {
            let standing = session.standing();
            found(standing == *expected, format!("the standing level is {standing}"))
        }
        Expected::Step(expected) => {
            let position = session.position();
            let step = position.map(|at| (at.protocol.name().to_owned(), at.step.to_string()));
            found(step == *expected, format!("the step is {step:?}"))
        }
        Expected::Release(expected) => {
            let release = outcome(events).outcome;
            found(release == *expected, format!("the release is {release:?}"))
        }
        Expected::Withheld => {
            let withheld = events.iter().any(|event| matches!(event, TurnEvent::Withheld { .. }));
            found(withheld, "nothing was withheld".into())
        }
        Expected::Shows(part) => {
            found(words.contains(part.as_str()), format!("{part:?} is not in {words:?}"))
        }
        Expected::Hides(part) => found(!words.contains(part.as_str()), format!("{part:?} is in {words:?}")),
        Expected::Silent => found(words.trim().is_empty(), format!("{words:?} is shown")),
        Expected::Questions(most) => {
            let questions = words.matches('?').count();
            found(questions <= *most, format!("{questions} questions in {words:?}"))
        }
    }
}
