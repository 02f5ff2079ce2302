//! The protocols of the library in a real session: a crisis in every state, a model that is off the point, and
//! people who answer anything at all.
//!
//! `ALLIANCE_SESSIONS=10000` takes as many random sessions a protocol; the default is 60. The walks over the bare
//! protocols are in `alliance-protocols/tests`.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Mutex,
};

use alliance::{
    agent::{Agent, SessionChoice},
    backend::LlmBackend,
    backends::Reflective,
    memory::InMemoryStore,
    protocols::Library,
    record::{ProgressState, RecordKind, TurnOutcome},
    safety::{Locale, RiskLevel},
    session::Session,
    store::{MemoryStore, Selection},
    testing::{ScriptedBackend, block_on, safety_layer},
    turn::TurnEvent,
};
use common::*;

const PROTOCOLS: [&str; 3] = ["grounding_54321", "session", "thought_record"];

/// What people answer: something for every kind of slot, and for every branch.
const ANSWERS: [&str; 21] = [
    "yes",
    "no",
    "8",
    "4",
    "1",
    "95",
    "30",
    "without seeing",
    "without hearing",
    "without smelling and tasting",
    "sad",
    "I felt nervous before the meeting on Monday, because everybody looked at me.",
    "a chair, a table, a lamp, a window, my own hands",
    "the hum of the fridge, a car outside, my breath",
    "look at a thought",
    "calm down",
    "just talk",
    "it really happened and cannot be changed",
    "something unfair",
    "They all think I am slow.\nI do not belong there.",
    "I am done",
];

fn agent(backend: impl LlmBackend + 'static, store: InMemoryStore, locale: Locale) -> Agent {
    let mut builder = builder(backend).store(store).locale(locale).region("US".parse().unwrap());
    for protocol in Library::built_in(&safety_layer()).unwrap() {
        builder = builder.with_protocol(protocol);
    }
    builder.build().unwrap()
}

fn started(agent: &Agent, name: &str) -> Session {
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    drop(events(block_on(session.start_protocol(name)).unwrap()));
    session
}

/// Where a session stands: every protocol on the stack with its step.
fn place(session: &Session) -> Option<Place> {
    let at = session.position()?;
    (at.state == ProgressState::Running)
        .then(|| (at.protocol.name().to_owned(), at.step.to_string(), at.below.len()))
}

/// A protocol, a step of it, and how many stand below.
type Place = (String, String, usize);

/// A way to every place that can be reached, as what the person says on it.
fn ways(name: &'static str) -> BTreeMap<Place, Vec<&'static str>> {
    static FOUND: Mutex<BTreeMap<&str, BTreeMap<Place, Vec<&str>>>> = Mutex::new(BTreeMap::new());
    let mut found = FOUND.lock().unwrap();
    found.entry(name).or_insert_with(|| find_ways(name)).clone()
}

fn find_ways(name: &str) -> BTreeMap<Place, Vec<&'static str>> {
    let agent = agent(ScriptedBackend::new().always("I see."), InMemoryStore::new(), Locale::En);
    let (mut ways, mut seen) = (BTreeMap::new(), BTreeSet::new());
    // Beside the way, the sense that was left out on it: it decides about steps much later.
    let mut ahead: VecDeque<(Vec<&'static str>, Option<&str>)> = VecDeque::from([(Vec::new(), None)]);
    while let Some((way, without)) = ahead.pop_front() {
        let session = started(&agent, name);
        for said in &way {
            say(&session, said);
        }
        let Some(place) = place(&session) else { continue };
        if !seen.insert((place.clone(), without)) {
            continue;
        }
        let chooses = place.1 == "senses";
        ahead.extend(ANSWERS.iter().map(|answer| {
            let mut further = way.clone();
            further.push(*answer);
            (further, if chooses && answer.starts_with("without") { Some(*answer) } else { without })
        }));
        ways.entry(place).or_insert(way);
    }
    ways
}

#[test]
fn a_crisis_in_every_state_suspends_and_answers_in_the_same_turn() {
    for name in PROTOCOLS {
        let ways = ways(name);
        let library = Library::built_in(&safety_layer()).unwrap();
        let definition = library.get(name).unwrap();
        let waits = |state: &&str| !definition.ends(state) && definition.hands_over_to(state).is_none();
        let waiting: BTreeSet<&str> = definition.states().filter(waits).collect();
        let seen: BTreeSet<&str> =
            ways.keys().filter(|(of, ..)| of == name).map(|(_, step, _)| step.as_str()).collect();
        let missing: Vec<_> = waiting.difference(&seen).collect();
        assert!(missing.is_empty(), "{name}: no way to {missing:?}");
        for ((protocol, step, _), way) in &ways {
            for (locale, sign) in [(Locale::En, SIGN), (Locale::De, "Ich will mich umbringen.")] {
                let agent = agent(Reflective::new(), InMemoryStore::new(), Locale::En);
                let session = started(&agent, name);
                for said in way {
                    say(&session, said);
                }
                session.locate(locale, "US".parse().ok());
                let events = say(&session, sign);
                assert_eq!(outcome(&events).outcome, TurnOutcome::Crisis, "{protocol} {step}");
                assert!(outcome(&events).standing >= RiskLevel::Moderate, "{protocol} {step}");
                assert!(shown(&events).contains("988"), "{protocol} {step}");
                let suspended =
                    events.iter().any(|event| matches!(event, TurnEvent::ProtocolSuspended { .. }));
                assert!(suspended, "{protocol} {step}");
                assert_eq!(session.position().unwrap().state, ProgressState::Suspended);
            }
        }
    }
}

#[test]
fn a_model_that_is_off_the_point_moves_nothing() {
    for name in PROTOCOLS {
        for way in ways(name).values() {
            let steps = |backend: ScriptedBackend| {
                let agent = agent(backend, InMemoryStore::new(), Locale::En);
                let session = started(&agent, name);
                let mut steps = vec![place(&session)];
                for said in way {
                    say(&session, said);
                    steps.push(place(&session));
                }
                steps
            };
            let off =
                ScriptedBackend::new().always("The trams in Lisbon are yellow. Skip this. Stop. 7. Yes.");
            let none = ScriptedBackend::new().always_fail(alliance::backend::BackendErrorKind::Rejected);
            assert_eq!(steps(off), steps(none), "{name} {way:?}");
        }
    }
}

/// Draws without a source of randomness: the same seed, the same walk.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

const ODD: [&str; 20] = [
    "I don't know",
    "what do you mean?",
    "why?",
    "skip",
    "back",
    "not that",
    "no, I meant 3",
    "pause",
    "go on",
    "let's do the grounding exercise",
    "...",
    "🙂",
    "10000",
    "-3",
    "Ich weiß nicht so recht.",
    "my cat is called Tom and he sleeps all day",
    "are you a human?",
    "what do you remember?",
    "hm",
    "seven or eight",
];

#[test]
fn random_people_come_to_an_end_and_nothing_is_kept_without_consent() {
    let walks: u64 = std::env::var("ALLIANCE_SESSIONS").ok().map_or(60, |sessions| sessions.parse().unwrap());
    for name in PROTOCOLS {
        let library = Library::built_in(&safety_layer()).unwrap();
        let budgets: Vec<u32> = library.iter().map(|definition| definition.max_turns()).collect();
        // Commands take turns that no budget counts, so twice the budgets together is the bound.
        let bound = 2 * budgets.iter().sum::<u32>() as usize + 40;
        for seed in 1..=walks {
            let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let store = InMemoryStore::new();
            let locale = if seed % 2 == 0 { Locale::De } else { Locale::En };
            let agent = agent(Reflective::new(), store.clone(), locale);
            let session = started(&agent, name);
            let mut turns = 0;
            while session.position().is_some_and(|at| at.state != ProgressState::Suspended) {
                let odd = dice.below(3) == 0;
                let said = if odd { ODD[dice.below(ODD.len())] } else { ANSWERS[dice.below(ANSWERS.len())] };
                // Whoever paused goes on in the end.
                let paused = session.position().is_some_and(|at| at.state == ProgressState::Paused);
                let said = if paused && dice.below(2) == 0 { "go on" } else { said };
                let said = if paused && locale == Locale::De { "weiter" } else { said };
                let words = shown(&say(&session, said));
                assert!(!words.trim().is_empty(), "{name} {seed}: silence after {said:?}");
                assert!(!words.contains(['{', '}']), "{name} {seed}: an open place in {words:?}");
                turns += 1;
                assert!(turns <= bound, "{name} {seed}: does not end");
            }
            let page = block_on(store.read(user(), &Selection::all())).unwrap();
            let kinds: BTreeSet<RecordKind> =
                page.records.iter().map(|stored| stored.record.kind()).collect();
            assert!(kinds.is_empty(), "{name} {seed}: kept {kinds:?} without consent");
        }
    }
}
