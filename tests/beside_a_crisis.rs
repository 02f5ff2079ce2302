//! What protocols do when something happens beside them: a crisis in another turn or session, an erasure, a question
//! of the plan, a host that begins another one.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "protocols/doubles.rs"]
mod doubles;

use std::time::Duration;

use alliance::{
    agent::{Agent, SessionChoice},
    clock::Timestamp,
    consent::Purpose,
    memory::InMemoryStore,
    protocol::Flag,
    record::{Body, ConsentChoice, ProgressState, RecordKind},
    safety::RiskLevel,
    session::{ProtocolError, Session},
    store::{Forget, MemoryStore, StoreErrorKind},
    testing::{FaultyStore, ManualClock, ScriptedBackend, StoreCall, block_on},
};
use common::*;

const LOW: &str = "I feel like a burden to everyone.";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn agent(store: impl MemoryStore + 'static, clock: ManualClock) -> Agent {
    let backend = ScriptedBackend::new().always("That sounds tiring.");
    let mut builder = builder(backend).store(store).clock(clock);
    for protocol in doubles::all() {
        builder = builder.with_protocol(protocol);
    }
    builder.build().unwrap()
}

fn host() -> (Agent, InMemoryStore, ManualClock) {
    let (store, clock) = (InMemoryStore::new(), ManualClock::at(Timestamp::from_millis(1_800_000_000_000)));
    (agent(store.clone(), clock.clone()), store, clock)
}

fn start(session: &Session, name: &str) -> String {
    shown(&events(block_on(session.start_protocol(name)).unwrap()))
}

fn talk(session: &Session, text: &str) -> String {
    shown(&say(session, text))
}

fn state(session: &Session) -> Option<ProgressState> {
    session.position().map(|at| at.state)
}

fn last_progress(store: &InMemoryStore) -> ProgressState {
    let Body::Progress(last) = records(store, RecordKind::Progress).pop().unwrap().body else { panic!() };
    last.state
}

#[test]
fn a_crisis_beside_a_running_turn_sets_its_protocol_aside_in_either_order() {
    for crisis_first in [false, true] {
        let (agent, store, _) = host();
        let session = session(&agent);
        start(&session, "plain");
        let turn = block_on(session.turn("The meeting on Monday.")).unwrap();
        let sos = session.sos();
        if crisis_first {
            drop((events(sos), events(turn)));
        } else {
            drop((events(turn), events(sos)));
        }
        assert_eq!(state(&session), Some(ProgressState::Suspended), "{crisis_first}");
        assert_eq!(last_progress(&store), ProgressState::Suspended, "{crisis_first}");
        assert!(!talk(&session, "go on").contains("question of plain"), "{crisis_first}");
    }
}

#[test]
fn a_protocol_that_begins_beside_a_crisis_does_not_run() {
    let (agent, ..) = host();
    let session = session(&agent);
    let turn = block_on(session.turn("start plain")).unwrap();
    drop((events(session.sos()), events(turn)));
    assert_ne!(state(&session), Some(ProgressState::Running));
}

#[test]
fn a_crisis_in_one_session_reaches_the_others_of_the_person() {
    let (agent, ..) = host();
    let first = session(&agent);
    start(&first, "plain");
    let second = session(&agent);
    say(&second, SIGN);
    assert_eq!((first.standing(), state(&first)), (RiskLevel::Moderate, Some(ProgressState::Suspended)));
    let third = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(third.standing() >= RiskLevel::Moderate);
}

#[test]
fn a_protocol_that_stood_in_another_session_does_not_go_on_after_a_crisis() {
    let (agent, store, clock) = host();
    let first = session(&agent);
    start(&first, "plain");
    talk(&first, "The meeting on Monday.");
    let id = first.id();
    drop(first);
    say(&session(&agent), SIGN);
    clock.advance(DAY / 2);
    let elsewhere = self::agent(store, clock);
    let again = block_on(elsewhere.open(user(), SessionChoice::Id(id))).unwrap();
    assert_eq!(state(&again), Some(ProgressState::Suspended));
    assert!(again.opening().iter().all(|text| !text.as_str().contains("question of plain")));
}

#[test]
fn a_session_that_could_not_read_what_stood_begins_only_calm_protocols() {
    let clock = ManualClock::at(Timestamp::from_millis(1_800_000_000_000));
    let store =
        FaultyStore::new(InMemoryStore::new()).fail_from(StoreCall::Read, 1, StoreErrorKind::Unavailable);
    let agent = agent(store, clock);
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(session.is_degraded());
    assert!(matches!(session.begin_protocol("plain"), Err(ProtocolError::OnlyCalm { .. })));
    assert!(session.begin_protocol("calm").is_ok());
}

#[test]
fn erased_words_go_from_records_and_from_what_a_protocol_holds() {
    let (agent, store, _) = host();
    let session = session(&agent);
    start(&session, "plain");
    talk(&session, "SECRETPLACE on Monday.");
    talk(&session, "pause");
    talk(&session, "My sister called.");
    let turn = records(&store, RecordKind::TurnAccepted)
        .into_iter()
        .find(|record| matches!(&record.body, Body::TurnAccepted(said) if said.text.contains("SECRET")))
        .unwrap()
        .turn
        .unwrap();
    let of_turn = |kind: RecordKind| {
        let found = records(&store, kind).into_iter().filter(move |record| record.turn == Some(turn));
        found.map(|record| record.id).collect::<Vec<_>>()
    };
    let mut ids = of_turn(RecordKind::TurnAccepted);
    ids.extend(of_turn(RecordKind::TurnEnded));
    block_on(agent.forget(user(), &Forget::Records(ids))).unwrap();
    let kinds = [RecordKind::Progress, RecordKind::TurnEnded, RecordKind::TurnAccepted];
    for record in kinds.into_iter().flat_map(|kind| records(&store, kind)) {
        assert!(!serde_json::to_string(&record).unwrap().contains("SECRET"));
    }
    assert!(!talk(&session, "go on").contains("SECRET"));
    assert!(say(&session, "And then I went home.").len() > 1, "later writes are not refused");
    assert!(block_on(session.settle()));
}

#[test]
fn one_answer_belongs_to_one_question() {
    // The plan's question comes in the turn in which a digression ends: the other one is not asked beside it.
    let (agent, ..) = host();
    let session = session(&agent);
    start(&session, "plain");
    talk(&session, "let's do the calm exercise");
    talk(&session, "A tree.");
    let words = talk(&session, LOW);
    assert!(!words.contains("Shall we go on"), "{words}");
    assert!(!talk(&session, "No, I am not.").contains("then we leave it"));

    // A timer does not ring into a question of the plan.
    let (agent, _, clock) = host();
    let session = self::session(&agent);
    start(&session, "bell");
    talk(&session, LOW);
    clock.advance(Duration::from_secs(3_600));
    assert!(session.ring().is_none());
}

#[test]
fn a_check_in_comes_before_the_question_whether_to_go_on() {
    let (agent, _, clock) = host();
    let first = session(&agent);
    start(&first, "plain");
    talk(&first, "The meeting on Monday.");
    let id = first.id();
    drop(first);
    let second = session(&agent);
    talk(&second, LOW);
    talk(&second, "No, I am not.");
    drop(second);
    clock.advance(8 * DAY);
    // Low falls with the next session, which opens with a check-in.
    let third = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    assert!(block_on(third.settle()));
    drop(third);
    let again = block_on(agent.open(user(), SessionChoice::Id(id))).unwrap();
    assert!(!talk(&again, "No.").contains("then we leave it"));
}

#[test]
fn a_protocol_that_the_host_begins_beside_a_turn_waits_for_it() {
    let (agent, ..) = host();
    let session = session(&agent);
    start(&session, "plain");
    let turn = block_on(session.turn("The meeting on Monday.")).unwrap();
    session.begin_protocol("calm").unwrap();
    assert_eq!(shown(&events(turn)), "Second question of plain?");
    assert_eq!(talk(&session, "Here I am."), "First question of calm?");
    talk(&session, "A tree.");
    talk(&session, "A cloud.");
    assert!(talk(&session, "yes").contains("Second question of plain?"));
}

#[test]
fn a_question_that_the_opening_repeats_is_asked_once() {
    let (agent, _, clock) = host();
    let first = session(&agent);
    start(&first, "plain");
    drop(block_on(first.turn("The meeting on Monday.")).unwrap());
    drop(first);
    clock.advance(Duration::from_secs(3_600));
    let again = block_on(agent.open(user(), SessionChoice::Resume)).unwrap();
    let opening: String = again.opening().iter().map(|text| text.as_str().to_owned()).collect();
    let question = if opening.contains("Second question") { "Second question" } else { "First question" };
    assert!(!talk(&again, "It was Monday, in the meeting.").contains(question), "{opening}");
}

#[test]
fn what_was_paused_is_taken_up_only_if_nothing_speaks_against_it_by_now() {
    let (agent, ..) = host();
    for command in ["start again", "go on"] {
        let session = session(&agent);
        start(&session, "bell");
        talk(&session, "pause");
        session.set_flags([Flag::Psychosis]);
        let words = talk(&session, command);
        assert!(words.contains("doctor or a therapist"), "{command}: {words}");
        assert_eq!(state(&session), None, "{command}");
    }
}

#[test]
fn a_timer_rings_into_nothing_else() {
    let (agent, _, clock) = host();
    let session = session(&agent);
    start(&session, "bell");
    talk(&session, "Breathing.");
    talk(&session, "let's do the calm exercise");
    clock.advance(Duration::from_secs(3_600));
    assert!(session.ring().is_none());
    let other = self::session(&agent);
    start(&other, "bell");
    talk(&other, "Breathing.");
    other.hand_over();
    clock.advance(Duration::from_secs(3_600));
    assert!(other.ring().is_none());
}

#[test]
fn quoted_words_that_no_reply_may_say_leave_the_sentence_whole() {
    let (agent, ..) = host();
    for said in ["I am a nurse and I failed", "My mother is dead and I was not there", "I have depression"] {
        let session = session(&agent);
        start(&session, "plain");
        talk(&session, said);
        let words = talk(&session, "It went on for hours.");
        assert!(words.starts_with("That was plain: “"), "{said}: {words}");
        assert!(!words.contains("I am a program"), "{said}: {words}");
    }
}

#[test]
fn who_asks_what_is_kept_hears_whether_there_is_more() {
    let (agent, ..) = host();
    let session = session(&agent);
    block_on(session.decide(Purpose::Episodic, ConsentChoice::Given, "1", "the text")).unwrap();
    for number in 0..9 {
        start(&session, "plain");
        talk(&session, "The meeting on Monday.");
        talk(&session, &format!("It was meeting number {number}."));
    }
    assert!(talk(&session, "what do you remember?").contains("There is more"));
}
