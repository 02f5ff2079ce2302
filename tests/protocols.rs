//! What the engine does with protocols, whatever they are: commands, digressions, children, timers, crises,
//! consent, and what stands when a session is opened again.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "protocols/doubles.rs"]
mod doubles;

use std::{sync::Arc, time::Duration};

use alliance::{
    agent::{Agent, BuildError, SessionChoice},
    clock::Timestamp,
    consent::Purpose,
    memory::InMemoryStore,
    protocol::{Flag, Outcome},
    record::{Body, ConsentChoice, ProgressState, RecordKind},
    session::{ProtocolError, Session},
    testing::{CountingIds, ManualClock, ScriptedBackend, block_on},
    turn::TurnEvent,
};
use common::*;
use futures::StreamExt;

const REPLY: &str = "That sounds tiring.";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Host {
    agent: Agent,
    store: InMemoryStore,
    clock: ManualClock,
    backend: ScriptedBackend,
}

fn host() -> Host {
    let store = InMemoryStore::new();
    let clock = ManualClock::at(Timestamp::from_millis(1_800_000_000_000));
    let backend = ScriptedBackend::new().always(REPLY);
    let mut builder = builder(backend.clone()).store(store.clone()).clock(clock.clone());
    for protocol in doubles::all() {
        builder = builder.with_protocol(protocol);
    }
    Host { agent: builder.build().unwrap(), store, clock, backend }
}

fn begun(host: &Host, name: &str) -> Session {
    let session = session(&host.agent);
    let words = shown(&events(block_on(session.start_protocol(name)).unwrap()));
    assert_eq!(words, format!("First question of {name}?"));
    session
}

fn talk(session: &Session, text: &str) -> String {
    shown(&say(session, text))
}

fn step(session: &Session) -> Option<(String, String)> {
    let position = session.position()?;
    Some((position.protocol.name().to_owned(), position.step.to_string()))
}

fn at(session: &Session, protocol: &str, step_now: &str) {
    assert_eq!(step(session), Some((protocol.to_owned(), step_now.to_owned())));
}

#[test]
fn a_protocol_goes_from_its_first_words_to_its_last() {
    let host = host();
    let session = begun(&host, "plain");
    assert_eq!(talk(&session, "The meeting on Monday."), "Second question of plain?");
    let events = say(&session, "It went on for hours.");
    assert_eq!(shown(&events), "That was plain: “The meeting on Monday.”.");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, TurnEvent::ProtocolEnded { outcome: Outcome::Completed, .. }))
    );
    assert_eq!(step(&session), None);
    assert_eq!(host.backend.calls(), 0);
    assert_eq!(talk(&session, "And then I went home."), REPLY);
}

#[test]
fn commands_are_heard_before_the_protocol_and_are_no_answers() {
    let host = host();
    let session = begun(&host, "plain");
    for (said, words, step_after) in [
        ("Why do you ask?", "The plain exercise looks at one thing. First question of plain?", "first"),
        ("what do you mean?", "First question of plain?", "first"),
        ("skip this question please", "Second question of plain?", "second"),
        ("go back", "First question of plain?", "first"),
    ] {
        assert_eq!(talk(&session, said), words, "{said}");
        at(&session, "plain", step_after);
    }
    assert!(talk(&session, "are you a human?").contains("computer program"));
    at(&session, "plain", "first");
    let events = say(&session, "Let's stop here");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, TurnEvent::ProtocolEnded { outcome: Outcome::Declined, .. }))
    );
    assert_eq!(step(&session), None);
}

#[test]
fn a_pause_leaves_room_for_other_things_and_keeps_the_place() {
    let host = host();
    let session = begun(&host, "plain");
    talk(&session, "The meeting on Monday.");
    assert!(talk(&session, "can we take a break?").contains("Nothing is lost"));
    assert_eq!(session.position().unwrap().state, ProgressState::Paused);
    assert_eq!(talk(&session, "My sister called."), REPLY);
    let back = talk(&session, "go on");
    assert_eq!(back, "We are back at: the plain exercise. Second question of plain?");
    assert_eq!(talk(&session, "It went on for hours."), "That was plain: “The meeting on Monday.”.");
}

#[test]
fn what_was_paused_can_be_left_or_started_again() {
    let host = host();
    let session = begun(&host, "plain");
    talk(&session, "The meeting on Monday.");
    talk(&session, "can we talk about something else please");
    assert_eq!(talk(&session, "start again"), "First question of plain?");
    talk(&session, "pause");
    assert!(talk(&session, "let's leave it").contains("then we leave it"));
    assert_eq!(step(&session), None);
}

#[test]
fn a_protocol_hands_over_and_goes_on_when_the_other_ended() {
    let host = host();
    let session = begun(&host, "outer");
    assert_eq!(talk(&session, "Work."), "First question of plain?");
    assert_eq!(session.position().unwrap().below, ["the outer exercise"]);
    talk(&session, "The meeting on Monday.");
    let words = talk(&session, "It went on for hours.");
    assert_eq!(words, "That was plain: “The meeting on Monday.”. That was outer: “Work.”.");
    assert_eq!(step(&session), None);
}

#[test]
fn a_child_that_is_stopped_lets_the_one_below_go_on() {
    let host = host();
    let session = begun(&host, "outer");
    talk(&session, "Work.");
    assert_eq!(talk(&session, "stop"), "That was outer: “Work.”.");
    assert_eq!(step(&session), None);
}

#[test]
fn one_digression_waits_above_and_then_asks_whether_to_go_on() {
    let host = host();
    let session = begun(&host, "plain");
    assert_eq!(talk(&session, "can we do the calm exercise?"), "First question of calm?");
    assert!(talk(&session, "let's do the bell exercise").contains("in the middle of something already"));
    talk(&session, "A tree.");
    let words = talk(&session, "A cloud.");
    assert!(words.starts_with("That was calm") && words.contains("Shall we go on with it, or leave it?"));
    assert_eq!(talk(&session, "yes"), "We are back at: the plain exercise. First question of plain?");
    at(&session, "plain", "first");
}

#[test]
fn who_asks_for_a_human_hears_whom_to_call_at_any_place() {
    let host = host();
    let session = begun(&host, "plain");
    session.locate(alliance::safety::Locale::En, "US".parse().ok());
    let words = talk(&session, "I want to talk to a real person");
    assert!(words.contains("911") && words.contains("988"), "{words}");
    assert_eq!(session.position().unwrap().state, ProgressState::Paused);
    assert_eq!(host.backend.calls(), 0);
}

#[test]
fn a_crisis_sets_everything_aside_in_the_same_turn_and_keeps_nothing_of_it() {
    let host = host();
    let session = begun(&host, "outer");
    talk(&session, "Work.");
    let events = say(&session, SIGN);
    let suspended = events.iter().filter(|event| matches!(event, TurnEvent::ProtocolSuspended { .. }));
    assert_eq!(suspended.count(), 2);
    assert_eq!(session.position().unwrap().state, ProgressState::Suspended);
    let Body::Progress(last) = records(&host.store, RecordKind::Progress).pop().unwrap().body else {
        panic!()
    };
    assert_eq!(last.state, ProgressState::Suspended);
    assert!(last.frames.iter().all(|frame| frame.progress.slots.is_empty()), "status, not content");
    for name in ["plain", "calm"] {
        assert!(matches!(session.begin_protocol(name), Err(ProtocolError::NotNow { .. })));
    }
    assert!(!talk(&session, "go on with the exercise").contains("First question"));
}

#[test]
fn after_a_crisis_the_person_is_asked_and_for_a_day_only_calm_exercises_begin() {
    let host = host();
    let session = begun(&host, "plain");
    say(&session, SIGN);
    // The level falls by its rule: six turns without a sign.
    let mut words = String::new();
    for _ in 0..6 {
        words = talk(&session, "I had soup for lunch today.");
    }
    assert!(
        words.contains("for today, and it does not have to be finished")
            && words.contains("the calm exercise"),
        "{words}"
    );
    assert_eq!(step(&session), None);
    assert!(talk(&session, "let's do the plain exercise").contains("only offer calm exercises"));
    assert!(matches!(session.begin_protocol("plain"), Err(ProtocolError::OnlyCalm { .. })));
    assert!(session.begin_protocol("calm").is_ok());
    host.clock.advance(DAY);
    let later = block_on(host.agent.open(user(), SessionChoice::New)).unwrap();
    talk(&later, "No.");
    assert!(later.begin_protocol("plain").is_ok());
}

#[test]
fn the_day_after_a_crisis_counts_from_the_records_too() {
    let host = host();
    say(&session(&host.agent), SIGN);
    host.clock.advance(DAY / 2);
    let next = host.agent.clone();
    let session = block_on(next.open(user(), SessionChoice::New)).unwrap();
    session.reviewed_by_human();
    for _ in 0..7 {
        talk(&session, CALM);
    }
    let error = session.begin_protocol("plain").unwrap_err();
    assert!(matches!(error, ProtocolError::OnlyCalm { .. }), "{error:?}");
}

#[test]
fn a_question_of_the_plan_comes_before_the_next_one_of_a_protocol() {
    let host = host();
    let session = begun(&host, "plain");
    let words = talk(&session, "I feel like a burden to everyone.");
    assert!(words.contains("suicide") || words.contains("ending"), "{words}");
    assert!(!words.contains("Second question"));
    // The answer belongs to the plan, and the protocol asks only now.
    assert_eq!(talk(&session, "No, I am not."), "Second question of plain?");
    at(&session, "plain", "second");
}

#[test]
fn flags_keep_a_protocol_from_beginning_or_put_another_in_its_place() {
    let host = host();
    let session = session(&host.agent);
    session.set_flags([Flag::Psychosis]);
    let error = session.begin_protocol("bell").unwrap_err();
    assert_eq!(error, ProtocolError::Contraindicated { flag: Flag::Psychosis });
    assert!(talk(&session, "start bell").contains("doctor or a therapist"));
    session.set_flags([Flag::Trauma]);
    assert_eq!(talk(&session, "start bell"), "First question of calm?");
}

#[test]
fn a_timer_goes_on_when_it_is_due_and_not_before() {
    let host = host();
    let session = begun(&host, "bell");
    let events_now = say(&session, "Breathing.");
    assert!(events_now.iter().any(|event| matches!(event, TurnEvent::TimerSet { .. })));
    assert!(session.ring().is_none());
    host.clock.advance(Duration::from_secs(60));
    assert_eq!(shown(&events(session.ring().unwrap())), "That was bell: “Breathing.”.");
    assert!(session.ring().is_none());
}

#[test]
fn a_timer_outlives_the_process_and_run_due_says_whom_it_is_for() {
    let first = host();
    let session = begun(&first, "bell");
    say(&session, "Breathing.");
    let (id, due) = (session.id(), session.timer().unwrap());
    // While the session is open its host rings.
    assert!(block_on(first.agent.run_due(due, 10)).unwrap().timers.is_empty());
    drop((session, first.agent));
    let again = || {
        let mut builder = builder(ScriptedBackend::new().always(REPLY));
        for protocol in doubles::all() {
            builder = builder.with_protocol(protocol);
        }
        let ids = CountingIds::starting_at(1000);
        builder.store(first.store.clone()).clock(first.clock.clone()).ids(ids).build().unwrap()
    };
    let agent = again();
    let later = |seconds: u64| due.after(Duration::from_secs(seconds));
    let listed = |seconds| block_on(agent.run_due(later(seconds), 10)).unwrap().timers;
    let timers = listed(61);
    assert_eq!((timers.len(), timers[0].user, timers[0].session, timers[0].due), (1, user(), Some(id), due));
    // Claimed, and listed again once the claim is over.
    assert!(listed(62).is_empty());
    assert_eq!(listed(130), timers);
    first.clock.advance(Duration::from_secs(60));
    let session = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    assert_eq!(shown(&events(session.ring().unwrap())), "That was bell: “Breathing.”.");
    drop(session);
    assert_eq!(listed(200), []);
    assert_eq!(listed(300), []);
}

#[test]
fn a_timer_that_nobody_rang_is_given_up() {
    let host = host();
    let session = begun(&host, "bell");
    say(&session, "Breathing.");
    let due = session.timer().unwrap();
    drop(session);
    let report = block_on(host.agent.run_due(due.after(DAY), 10)).unwrap();
    assert_eq!(report, Default::default());
    host.clock.advance(DAY);
    let session = block_on(host.agent.open(user(), SessionChoice::Resume)).unwrap();
    assert!(session.timer().is_none() && session.ring().is_none());
}

#[test]
fn a_turn_without_words_counts_no_quiet_turn_and_answers_nothing() {
    let host = host();
    let session = session(&host.agent);
    talk(&session, "I feel like a burden to everyone.");
    // The plan asked: no exercise comes between the question and its answer.
    assert!(matches!(session.begin_protocol("plain"), Err(ProtocolError::NotNow { .. })));
    talk(&session, "No, I am not.");
    drop(events(block_on(session.start_protocol("plain")).unwrap()));
    at(&session, "plain", "first");
}

#[test]
fn a_model_reflects_and_the_fixed_question_follows_whatever_it_says() {
    let host = host();
    let session = begun(&host, "reflecting");
    assert_eq!(talk(&session, "The meeting."), format!("{REPLY} Second question of reflecting?"));
    let prompt = host.backend.prompts().pop().unwrap();
    assert!(prompt.reflection_only());
    assert!(prompt.parts()[0].text.contains("Say back what weighs most."));
}

#[test]
fn without_a_model_the_protocol_says_its_own_words() {
    let backend = ScriptedBackend::new().always_fail(alliance::backend::BackendErrorKind::Rejected);
    let mut builder = builder(backend);
    for protocol in doubles::all() {
        builder = builder.with_protocol(protocol);
    }
    let session = session(&builder.build().unwrap());
    drop(events(block_on(session.start_protocol("reflecting")).unwrap()));
    let words = talk(&session, "The meeting.");
    assert_eq!(words, "Thank you for saying that. Second question of reflecting?");
}

#[test]
fn what_a_protocol_asks_to_keep_is_kept_by_consent_and_for_its_time_only() {
    let host = host();
    let run = |session: &Session| {
        drop(events(block_on(session.start_protocol("plain")).unwrap()));
        talk(session, "The meeting on Monday.");
        talk(session, "It went on for hours.");
    };
    let session = session(&host.agent);
    run(&session);
    assert!(records(&host.store, RecordKind::Episode).is_empty(), "no consent to episodes");
    assert!(talk(&session, "what do you remember?").contains("no notes in your words"));
    block_on(session.decide(Purpose::Episodic, ConsentChoice::Given, "1", "the text")).unwrap();
    run(&session);
    assert_eq!(records(&host.store, RecordKind::Episode).len(), 1);
    let words = talk(&session, "What do you know about me?");
    assert!(words.contains("“They looked at something, and said It went on for hours”"), "{words}");
    host.clock.advance(DAY);
    let report = block_on(host.agent.run_due(alliance::clock::Clock::now(&host.clock), 16)).unwrap();
    assert_eq!(report.erased, 1);
    assert!(records(&host.store, RecordKind::Episode).is_empty());
}

#[test]
fn a_gap_decides_what_an_opened_session_says() {
    let table = [
        (Duration::from_secs(60), "", "That was plain"),
        (Duration::from_secs(3_600), "This is where we were. Second question of plain?", "That was plain"),
        (8 * DAY, "go on, start again, or leave it?", REPLY),
        (15 * DAY, "", REPLY),
    ];
    for (gap, said, next) in table {
        let host = host();
        let session = begun(&host, "plain");
        talk(&session, "The meeting on Monday.");
        drop(session);
        host.clock.advance(gap);
        let opened = block_on(host.agent.open(user(), SessionChoice::Resume)).unwrap();
        let opening: Vec<String> = opened.opening().iter().map(|text| text.as_str().to_owned()).collect();
        assert!(opening[2..].concat().contains(said), "{gap:?}: {opening:?}");
        assert_eq!(opening.len() > 2, !said.is_empty(), "{gap:?}");
        assert!(talk(&opened, "It went on for hours.").starts_with(next), "{gap:?}");
    }
}

#[test]
fn a_turn_that_is_dropped_before_its_question_was_seen_asks_it_again() {
    let host = host();
    let session = begun(&host, "plain");
    let mut turn = block_on(session.turn("The meeting on Monday.")).unwrap();
    // Everything but the words: the append is done and the protocol has moved.
    while let Some(event) = block_on(turn.next()) {
        if matches!(event, TurnEvent::StepEntered { .. }) {
            break;
        }
    }
    drop(turn);
    assert_eq!(talk(&session, "Are you there?"), "Second question of plain?");
    at(&session, "plain", "second");
}

#[test]
fn an_agent_without_a_child_that_a_protocol_needs_is_not_built() {
    let outer = Arc::new(doubles::Double::new("outer", doubles::Kind::Outer));
    let error = builder(ScriptedBackend::new()).with_protocol(outer).build().unwrap_err();
    assert!(matches!(error, BuildError::NoSuchChild { .. }), "{error}");
}

#[test]
fn protocols_and_their_reasons_can_be_listed() {
    let host = host();
    let session = session(&host.agent);
    let offers = session.protocols();
    assert_eq!(offers.len(), 5);
    let calm = offers.iter().find(|offer| offer.calm).unwrap();
    assert_eq!((calm.id.name(), &*calm.title, calm.available), ("calm", "the calm exercise", true));
    assert!(session.why()[0].as_str().contains("just talking"));
    session.begin_protocol("plain").unwrap();
    assert!(session.why()[0].as_str().contains("looks at one thing"));
}
