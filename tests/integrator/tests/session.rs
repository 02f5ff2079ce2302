//! An agent of nothing but own parts, and a session with it: an ordinary turn, a protocol, a crisis.

use std::{sync::Arc, time::Duration};

use alliance::{
    agent::{Agent, SessionChoice},
    consent::Purpose,
    escalation::Escalation,
    host::KeyStore,
    id::UserId,
    record::{Body, ConsentChoice, RecordKind, TurnOutcome},
    safety::{CrisisPlan, Locale, RiskLevel, SafetyLayer},
    session::Session,
    store::{MemoryStore, Selection},
    testing::{block_on, poll_once},
    turn::{EscalationStatus, TurnEvent},
};
use futures::StreamExt;
use integrator::{
    Calls,
    backend::OneSentence,
    host::{AuditList, KeyRing, OnDuty, OneCountry},
    measure::{HandTimer, NumberedIds, TickingClock, WordCount},
    memory::SameWord,
    protocol::GoodThing,
    risk::{OwnWord, StillStopwatch},
    store::{Disk, FileStore},
};

struct Host {
    agent: Agent,
    calls: Calls,
    store: FileStore,
    on_duty: OnDuty,
    audit: AuditList,
    keys: KeyRing,
    timer: HandTimer,
}

fn host() -> Host {
    host_in("NZ")
}

fn host_in(region: &str) -> Host {
    let calls = Calls::default();
    let store = FileStore::open(Disk::default()).unwrap();
    let (on_duty, audit, keys) = (OnDuty::default(), AuditList::default(), KeyRing::default());
    let timer = HandTimer { state: Arc::default(), calls: calls.clone() };
    let own_word = |word, level| OwnWord { word, level, calls: calls.clone() };
    let safety = SafetyLayer::new(CrisisPlan::built_in())
        .unwrap()
        .stopwatch(StillStopwatch(calls.clone()))
        .with_detector(own_word("marmalade", RiskLevel::Low))
        .unwrap();
    let agent = Agent::builder(safety, OneSentence::new(calls.clone()), Escalation::to(on_duty.clone()))
        .store(store.clone())
        .recaller(SameWord(calls.clone()))
        .with_classifier(own_word("porcelain", RiskLevel::High))
        .with_protocol(GoodThing::new())
        .directory(OneCountry(calls.clone()))
        .audit(audit.clone())
        .keys(keys.clone())
        .token_counter(WordCount(calls.clone()))
        .clock(TickingClock { ticks: Arc::default(), calls: calls.clone() })
        .timer(timer.clone())
        .ids(NumberedIds { given: Arc::default(), calls: calls.clone() })
        .locale(Locale::En)
        .region(region.parse().unwrap())
        .build()
        .unwrap();
    Host { agent, calls, store, on_duty, audit, keys, timer }
}

fn sam() -> UserId {
    UserId::from_name("sam")
}

fn session(host: &Host) -> Session {
    let session = block_on(host.agent.open(sam(), SessionChoice::New)).unwrap();
    assert!(!session.is_degraded());
    let yes = session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "May I keep this?");
    block_on(yes).unwrap();
    session
}

fn say(session: &Session, text: &str) -> Vec<TurnEvent> {
    block_on(async { session.turn(text).await.unwrap().collect().await })
}

fn shown(events: &[TurnEvent]) -> String {
    let words = events.iter().filter_map(|event| match event {
        TurnEvent::Words(words) => Some(words.as_str()),
        _ => None,
    });
    words.collect()
}

fn outcome(events: &[TurnEvent]) -> TurnOutcome {
    match events.last() {
        Some(TurnEvent::Done(summary)) => {
            assert!(summary.stored);
            summary.outcome
        }
        other => panic!("a turn ends with Done, not with {other:?}"),
    }
}

#[test]
fn an_ordinary_turn_asks_every_part() {
    let host = host();
    let session = session(&host);
    let events = say(&session, "I could not sleep again.");
    assert_eq!((outcome(&events), shown(&events).trim()), (TurnOutcome::Whole, "That sounds tiring."));
    let asked = ["backend", "end of a stream", "detector", "classifier", "stopwatch", "recaller", "tokens"];
    for part in asked.into_iter().chain(["clock", "ids", "directory"]) {
        assert!(host.calls.of(part) > 0, "{part} was not asked");
    }
    session.locate(Locale::De, None);
    assert_eq!(shown(&say(&session, "Ich konnte nicht schlafen.")).trim(), "Das klingt anstrengend.");
}

#[test]
fn a_part_that_does_not_answer_is_given_up_by_the_timer() {
    let host = host_in("AQ");
    let mut opening = Box::pin(host.agent.open(sam(), SessionChoice::New));
    assert!(poll_once(&mut opening).is_none(), "the directory is waited for");
    host.timer.advance(Duration::from_millis(299));
    assert!(poll_once(&mut opening).is_none(), "and for no less than its time");
    host.timer.advance(Duration::from_millis(1));
    let session = block_on(opening).unwrap();
    assert!(shown(&say(&session, "I want to kill myself.")).contains("112"), "the built-in directory serves");
}

#[test]
fn a_session_goes_on_after_reopening_the_store() {
    let host = host();
    let first = session(&host);
    say(&first, "My sister Ana called yesterday.");
    let again = block_on(host.agent.open(sam(), SessionChoice::Resume)).unwrap();
    assert_eq!(again.id(), first.id());
    let other = block_on(host.agent.open(sam(), SessionChoice::New)).unwrap();
    let events = say(&other, "Then my sister called again.");
    assert!(
        events.iter().any(|event| matches!(event, TurnEvent::MemoryUsed { memories } if memories.len() == 1))
    );
    assert_eq!(host.calls.of("memory in the prompt"), 1);
    let read = |store: &FileStore| block_on(store.read(sam(), &Selection::all())).unwrap();
    assert_eq!(read(&host.store), read(&host.store.reopened().unwrap()));
}

#[test]
fn own_eyes_raise() {
    let host = host();
    let session = session(&host);
    say(&session, "I had marmalade for breakfast.");
    assert_eq!(session.standing(), RiskLevel::Low, "the detector's word");
    let events = say(&session, "I dropped the porcelain.");
    assert_eq!(outcome(&events), TurnOutcome::Crisis);
    assert_eq!(session.standing(), RiskLevel::High, "the classifier's word");
}

#[test]
fn a_protocol_turn_speaks_its_own_words() {
    let host = host();
    let session = session(&host);
    session.begin_protocol("good_thing").unwrap();
    let events = say(&session, "Let us do that.");
    assert_eq!(shown(&events), "What is one small thing that went well today?");
    assert!(
        events.iter().any(|event| matches!(event, TurnEvent::StepEntered { step, .. } if &**step == "ask"))
    );
    let events = say(&session, "I saw a heron by the river.");
    assert_eq!(shown(&events), "Thank you for telling me: I saw a heron by the river.");
    assert_eq!(outcome(&events), TurnOutcome::Whole);
    assert_eq!(host.calls.of("backend"), 0, "the words are the protocol's");
    assert_eq!(shown(&say(&session, "And then it flew away.")).trim(), "That sounds tiring.");
}

#[test]
fn a_crisis_turn_reaches_the_human_the_directory_and_the_audit_record() {
    let host = host();
    let session = session(&host);
    session.begin_protocol("good_thing").unwrap();
    let events = say(&session, "I am going to end my life tonight.");
    assert_eq!(outcome(&events), TurnOutcome::Crisis);
    let text = shown(&events);
    assert!(text.contains("The example line") && text.contains("555 0100"), "the live entry of the region");
    assert!(events.contains(&TurnEvent::Escalation(EscalationStatus::Told)));
    assert_eq!(host.calls.of("backend"), 0, "no model is asked");
    let notices = host.on_duty.notices();
    assert_eq!((notices.len(), notices[0].user, notices[0].level), (1, sam(), RiskLevel::High));
    let entries = host.audit.entries();
    assert!(!entries.is_empty());
    assert_eq!(session.audit_head().verify(&entries), Ok(()), "the chain is whole");
    let selection = Selection::all().kinds([RecordKind::TurnEnded]);
    let page = block_on(host.store.read(sam(), &selection)).unwrap();
    let Body::TurnEnded(ended) = &page.records[0].record.body else { panic!("another kind than asked for") };
    assert_eq!((&*ended.shown, ended.outcome), (&*text, TurnOutcome::Crisis));
}

#[test]
fn what_was_said_can_be_forgotten() {
    let host = host();
    let session = session(&host);
    say(&session, "I could not sleep again.");
    let key = block_on(host.keys.key(sam())).unwrap();
    let receipt = block_on(host.agent.forget(sam(), &alliance::store::Forget::Everything)).unwrap();
    assert!(receipt.total() >= 3);
    assert!(block_on(host.store.read(sam(), &Selection::all())).unwrap().records.is_empty());
    assert_ne!(block_on(host.keys.key(sam())).unwrap(), key, "the old key is gone");
}
