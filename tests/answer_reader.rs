//! An answer that rules cannot read, and a model that may: a form, never words that are shown.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use alliance::{
    agent::{Agent, Limits, SessionChoice},
    backend::BackendErrorKind,
    protocols::Library,
    safety::Stopwatch as _,
    session::Session,
    testing::{ManualTimer, ScriptedBackend, block_on, poll_once, safety_layer},
    turn::{Trouble, TurnEvent},
};
use common::*;
use futures::StreamExt as _;

const VAGUE: &str = "Well, somewhere in the upper middle.";
const SIX: &str = r#"{"value": 6, "words": "upper middle"}"#;
/// Another number than any that may come of it, and words that nobody said.
const INVENTED: &str = r#"{"value": 9, "words": "zebra"}"#;
const NONE: &str = r#"{"value": null, "words": ""}"#;

fn agent(reader: &ScriptedBackend, timer: &ManualTimer) -> Agent {
    let mut builder = builder(ScriptedBackend::new()).answer_reader(reader.clone()).timer(timer.clone());
    for protocol in Library::built_in(&safety_layer()).unwrap() {
        builder = builder.with_protocol(protocol);
    }
    builder.build().unwrap()
}

/// A session in which the first rating was just asked for.
fn rating(reader: &ScriptedBackend) -> Session {
    timed(reader, &ManualTimer::new())
}

fn timed(reader: &ScriptedBackend, timer: &ManualTimer) -> Session {
    let session = block_on(agent(reader, timer).open(user(), SessionChoice::New)).unwrap();
    drop(events(block_on(session.start_protocol("grounding_54321")).unwrap()));
    drop(say(&session, "yes"));
    assert_eq!(at(&session), "before");
    session
}

fn at(session: &Session) -> String {
    session.position().map(|position| position.step.to_string()).unwrap_or_default()
}

fn troubles(events: &[TurnEvent]) -> Vec<Trouble> {
    let troubles = events.iter().filter_map(|event| match event {
        TurnEvent::Trouble(trouble) => Some(*trouble),
        _ => None,
    });
    troubles.collect()
}

#[test]
fn a_rating_that_rules_cannot_read_is_read_by_a_model_and_echoed() {
    let reader = ScriptedBackend::replies([SIX]);
    let session = rating(&reader);
    let events = say(&session, VAGUE);
    assert_eq!(at(&session), "senses");
    assert!(shown(&events).contains("6 of 10"), "{}", shown(&events));
    assert_eq!((reader.calls(), outcome(&events).usage.calls), (1, 1));
    assert_eq!(troubles(&events), []);
    let prompt = reader.prompts().pop().unwrap();
    assert_eq!(prompt.person(), VAGUE);
    assert!(prompt.answer_schema().is_some());
    let asked = prompt.parts().iter().any(|part| part.text.contains("how strong is the tension"));
    assert!(asked, "the model knows the question");
}

#[test]
fn what_rules_read_needs_no_model() {
    let reader = ScriptedBackend::new();
    let session = rating(&reader);
    assert_eq!(outcome(&say(&session, "7")).usage.calls, 0);
    assert_eq!((at(&session).as_str(), reader.calls()), ("senses", 0));
}

#[test]
fn a_number_out_of_range_is_the_persons_own_to_mend() {
    let reader = ScriptedBackend::new();
    let session = rating(&reader);
    drop(say(&session, "15"));
    assert_eq!((at(&session).as_str(), reader.calls()), ("before", 0));
}

#[test]
fn an_answer_is_mended_once_and_then_refused() {
    let mended = ScriptedBackend::replies([INVENTED, SIX]);
    let session = rating(&mended);
    let events = say(&session, VAGUE);
    assert_eq!((at(&session).as_str(), outcome(&events).usage.calls), ("senses", 2));

    let refused = ScriptedBackend::replies([INVENTED, "You are at nine.", SIX]);
    let session = rating(&refused);
    let events = say(&session, VAGUE);
    assert_eq!((at(&session).as_str(), refused.calls()), ("before", 2));
    assert_eq!(outcome(&events).usage.calls, 2);
    assert_eq!(troubles(&events), [Trouble::Reading(BackendErrorKind::Malformed)]);
    let words = shown(&events);
    assert!(!words.is_empty() && !words.contains("nine") && !words.contains('9'), "{words}");
}

#[test]
fn a_person_who_gave_no_rating_is_asked_again() {
    let reader = ScriptedBackend::replies([NONE]);
    let session = rating(&reader);
    let events = say(&session, "I do not like numbers.");
    assert_eq!((at(&session).as_str(), reader.calls()), ("before", 1));
    assert_eq!(troubles(&events), []);
    assert!(!shown(&events).is_empty());
}

#[test]
fn a_reader_that_fails_or_hangs_costs_its_time_and_no_more() {
    let failing = ScriptedBackend::new().fail_before(BackendErrorKind::Unavailable);
    let session = rating(&failing);
    let events = say(&session, VAGUE);
    assert_eq!(troubles(&events), [Trouble::Reading(BackendErrorKind::Unavailable)]);
    assert_eq!(outcome(&events).usage.calls, 1);
    assert_eq!(at(&session), "before");

    let (hanging, timer) = (ScriptedBackend::new().hang(), ManualTimer::new());
    let session = timed(&hanging, &timer);
    let before = timer.elapsed();
    let mut turn = Box::pin(block_on(session.turn(VAGUE)).unwrap().collect::<Vec<_>>());
    let events = loop {
        match poll_once(&mut turn) {
            Some(events) => break events,
            None => assert!(timer.advance_to_next()),
        }
    };
    assert_eq!(timer.elapsed() - before, Limits::default().reading);
    assert_eq!(troubles(&events), [Trouble::Reading(BackendErrorKind::TimedOut)]);
    assert_eq!(outcome(&events).usage.calls, 1);
    assert!(at(&session) == "before" && !shown(&events).is_empty());
}

#[test]
fn a_danger_is_not_read_as_an_answer() {
    let reader = ScriptedBackend::new();
    let session = rating(&reader);
    drop(say(&session, SIGN));
    assert_eq!(reader.calls(), 0);
}

#[test]
fn consent_is_never_read_by_a_model() {
    let reader = ScriptedBackend::new();
    let session = block_on(agent(&reader, &ManualTimer::new()).open(user(), SessionChoice::New)).unwrap();
    drop(events(block_on(session.start_protocol("grounding_54321")).unwrap()));
    drop(say(&session, "hm, the weather is odd"));
    assert_eq!((at(&session).as_str(), reader.calls()), ("offer", 0));
}
