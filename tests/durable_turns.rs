//! Turns over a real store that is closed and opened again: once, as they were shown, and beside another device.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "common/disk.rs"]
mod disk;

use alliance::{
    agent::{Agent, DueReport, Limits, SessionChoice, WhenBusy},
    backend::{BackendErrorKind, LlmBackend},
    clock::Timestamp,
    consent::Batch,
    escalation::Escalation,
    id::{TurnId, UserId},
    memory::InMemoryStore,
    message::{HumanText, Message},
    record::{Body, Record, RecordKind, TurnOutcome},
    safety::RiskLevel,
    session::{Session, TurnError},
    store::{
        ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page, Revision, Selection,
        StoreError, StoreErrorKind,
    },
    testing::{
        CountingIds, FaultyStore, ManualClock, ManualTimer, RecordingSink, ScriptedBackend, StoreCall,
        block_on, poll_once,
    },
    turn::{EscalationStatus, TurnEvent},
};
use common::*;
use disk::Disk;
use futures::StreamExt;

const REPLY: &str = "One thing. Two things. Three things.";
const LOW: &str = "I feel like a burden to everyone.";
const NOW: i64 = 1_800_000_000_000;

/// An agent as another process would have it: ids of its own, the keys of the folder.
fn device(
    disk: &Disk,
    number: u64,
    backend: impl LlmBackend + 'static,
    store: impl MemoryStore + 'static,
) -> Agent {
    let ids = CountingIds::starting_at(number << 32);
    builder(backend).ids(ids).store(store).keys(disk.keys()).build().unwrap()
}

fn resumed(agent: &Agent) -> Session {
    block_on(agent.open(user(), SessionChoice::Resume)).unwrap()
}

fn all(store: &dyn MemoryStore) -> Vec<Record> {
    let page = block_on(store.read(user(), &Selection::all())).unwrap();
    page.records.iter().map(|stored| (*stored.record).clone()).collect()
}

fn newest_level(store: &dyn MemoryStore) -> RiskLevel {
    match records(store, RecordKind::Risk).pop().map(|record| record.body) {
        Some(Body::Risk(risk)) => risk.standing.level(),
        _ => RiskLevel::None,
    }
}

fn minutes(count: i64) -> Timestamp {
    Timestamp::from_millis(NOW + count * 60_000)
}

#[test]
fn the_same_turn_id_gives_the_stored_answer_after_a_restart_and_nothing_else_comes_of_it() {
    let disk = Disk::new("same-id");
    let message = || Message::new(CALM).turn(turn_id(9));
    let store = disk.store();
    let first = device(&disk, 1, ScriptedBackend::replies([REPLY]), store.clone());
    let told = block_on(block_on(session(&first).turn(message())).unwrap().finish()).unwrap();
    let before = all(&store);
    drop((first, store));
    let (store, backend) = (disk.store(), ScriptedBackend::new().always("Something else."));
    let second = device(&disk, 2, backend.clone(), store.clone());
    let again = block_on(block_on(resumed(&second).turn(message())).unwrap().finish()).unwrap();
    assert_eq!((again.text(), again.summary.repeated), (told.text(), true));
    assert_eq!((again.summary.turn, backend.calls()), (turn_id(9), 0));
    assert_eq!(all(&store), before);
}

#[test]
fn a_stored_reply_is_readmitted_by_its_seal_and_without_the_key_reviewed_again() {
    let disk = Disk::new("seal");
    let store = disk.store();
    let first = device(&disk, 1, ScriptedBackend::replies([REPLY]), store.clone());
    let said =
        block_on(block_on(session(&first).turn(Message::new(CALM).turn(turn_id(1)))).unwrap().finish())
            .unwrap();
    let [ended] = &ended(&store)[..] else { panic!() };
    assert!(ended.seal.is_some());
    drop((first, store));
    let store = disk.store();
    for keys in [true, false] {
        let builder =
            builder(ScriptedBackend::new()).ids(CountingIds::starting_at(5 << 32)).store(store.clone());
        let agent = if keys { builder.keys(disk.keys()) } else { builder }.build().unwrap();
        let reply =
            block_on(block_on(resumed(&agent).turn(Message::new(CALM).turn(turn_id(1)))).unwrap().finish());
        assert_eq!(reply.unwrap().text(), said.text());
    }
}

#[test]
fn a_reopened_store_holds_what_the_events_showed_however_the_turn_ended() {
    type Run = fn(&Session) -> Vec<TurnEvent>;
    let cancel: Run = |session| {
        let mut turn = block_on(session.turn(CALM)).unwrap();
        let mut seen = Vec::new();
        while shown(&seen).is_empty() {
            seen.extend(block_on(turn.next()));
        }
        session.interrupt();
        seen.extend(block_on(turn.collect::<Vec<_>>()));
        seen
    };
    let dropped: Run = |session| {
        let mut turn = block_on(session.turn(CALM)).unwrap();
        let mut seen = Vec::new();
        while shown(&seen).is_empty() {
            seen.extend(block_on(turn.next()));
        }
        drop(turn);
        assert!(block_on(session.settle()));
        seen
    };
    let whole: Run = |session| say(session, CALM);
    let hangs = || ScriptedBackend::replies(["One thing. Two "]).then_hang();
    let cases: [(&str, ScriptedBackend, Run, TurnOutcome); 6] = [
        ("whole", ScriptedBackend::replies([REPLY]), whole, TurnOutcome::Whole),
        ("cancelled", hangs(), cancel, TurnOutcome::Interrupted),
        ("dropped", ScriptedBackend::replies([REPLY]), dropped, TurnOutcome::Interrupted),
        ("cut", ScriptedBackend::replies(["One thing. Two "]).then_cut(), whole, TurnOutcome::Interrupted),
        (
            "failed",
            ScriptedBackend::replies(["One thing. Two "]).then_fail(BackendErrorKind::Unavailable),
            whole,
            TurnOutcome::Interrupted,
        ),
        (
            "no words",
            ScriptedBackend::new().always_fail(BackendErrorKind::Unavailable),
            whole,
            TurnOutcome::Fallback,
        ),
    ];
    for (name, backend, run, expected) in cases {
        let disk = Disk::new("shown");
        let store = disk.store();
        let agent = device(&disk, 1, backend, store.clone());
        let session = session(&agent);
        let seen = run(&session);
        drop((session, agent, store));
        let store = disk.store();
        let [ended] = &ended(&store)[..] else { panic!("{name}: one end") };
        assert_eq!((&*ended.shown, ended.outcome), (&*shown(&seen), expected), "{name}");
        // Nothing is open, and the next prompt is well formed.
        let backend = ScriptedBackend::new().always("Go on.");
        let agent = device(&disk, 2, backend.clone(), store.clone());
        let again = resumed(&agent);
        // What was cut off is offered until something else was said.
        let cut = usize::from(expected == TurnOutcome::Interrupted);
        assert_eq!(again.interrupted().len(), cut, "{name}");
        say(&again, CALM);
        let prompt = backend.prompts().pop().unwrap();
        assert!(prompt.parts().iter().all(|part| !part.text.trim().is_empty()), "{name}");
    }
}

/// A turn whose process ended before its answer, in a store that is opened again.
fn crashed(disk: &Disk) -> TurnId {
    let store = disk.inline_store();
    let agent = device(disk, 1, ScriptedBackend::new().always_hang(), store.clone());
    let session = session(&agent);
    let mut turn = block_on(session.turn(CALM)).unwrap();
    while poll_once(&mut turn.next()).is_some() {}
    let id = turn.id();
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 1, "durable before its answer");
    // Nothing of the session's memory reaches the store. What the machine holds goes with the test.
    turn.interrupt();
    std::mem::forget(turn);
    id
}

#[test]
fn an_interrupted_turn_is_offered_on_opening_also_where_run_due_was_first() {
    for due_first in [false, true] {
        let disk = Disk::new("offered");
        let copy = Disk::new("offered-copy");
        let turn = crashed(&disk);
        // The first process still has the folder: what it left is looked at in a copy, as after a crash.
        for (path, bytes) in disk.files() {
            let to = copy.0.join(path.strip_prefix(&disk.0).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        }
        let store = copy.store();
        let agent = device(&copy, 2, ScriptedBackend::new().always("Go on."), store.clone());
        if due_first {
            assert_eq!(block_on(agent.run_due(minutes(4), 10)).unwrap(), DueReport::default());
            assert_eq!(block_on(agent.run_due(minutes(6), 10)).unwrap().interrupted, 1);
        }
        let session = resumed(&agent);
        assert_eq!(session.interrupted(), [turn], "due first: {due_first}");
        assert!(block_on(session.settle()));
        let [ended] = &ended(&store)[..] else { panic!("one end") };
        assert_eq!((&*ended.shown, ended.outcome), ("", TurnOutcome::Interrupted));
        assert_eq!(block_on(agent.run_due(minutes(60), 10)).unwrap(), DueReport::default());
        // Offered until something else was said.
        say(&session, CALM);
        drop((session, agent, store));
        let store = copy.store();
        let agent = device(&copy, 3, ScriptedBackend::new(), store);
        assert!(resumed(&agent).interrupted().is_empty());
    }
}

#[test]
fn what_is_due_is_done_once_by_whoever_has_the_lease() {
    let disk = Disk::new("lease");
    let store = disk.store();
    let device = |number: u64, sink: &RecordingSink| {
        let builder = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()));
        builder
            .ids(CountingIds::starting_at(number << 32))
            .store(store.clone())
            .keys(disk.keys())
            .build()
            .unwrap()
    };
    let (deaf, sink) = (RecordingSink::new().failing(2), RecordingSink::new());
    let (one, two) = (device(1, &deaf), device(2, &sink));
    say(&session(&one), HIGH);
    let one_report = block_on(one.run_due(minutes(1), 10)).unwrap();
    assert_eq!((one_report.delivered, one_report.undelivered), (0, 1));
    // It is claimed: nobody else tells it at the same time.
    assert_eq!(block_on(two.run_due(minutes(1), 10)).unwrap(), DueReport::default());
    assert_eq!(block_on(two.run_due(minutes(3), 10)).unwrap().delivered, 1);
    for agent in [&one, &two] {
        assert_eq!(block_on(agent.run_due(minutes(9), 10)).unwrap(), DueReport::default());
    }
    let ids: Vec<_> = deaf.notices().iter().chain(&sink.notices()).map(|notice| notice.id).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "the same key for every delivery");
    // After its time it goes, with what came of it.
    assert_eq!(block_on(two.run_due(minutes(31 * 24 * 60), 10)).unwrap().erased, 1);
    assert!(records(&store, RecordKind::Outbox).is_empty());
}

#[test]
fn two_devices_on_one_session_lose_neither_a_level_nor_a_turn() {
    for crisis_first in [true, false] {
        let disk = Disk::new("devices");
        let store = disk.store();
        let backend = || ScriptedBackend::new().always("Go on.");
        let one = device(&disk, 1, backend(), store.clone());
        let here = session(&one);
        say(&here, CALM);
        let two = device(&disk, 2, backend(), store.clone());
        let there = resumed(&two);
        assert_eq!(here.id(), there.id());
        if crisis_first {
            say(&here, HIGH);
            say(&there, LOW);
        } else {
            say(&there, LOW);
            say(&here, HIGH);
            say(&there, CALM);
        }
        assert!(block_on(here.settle()) && block_on(there.settle()));
        assert_eq!((here.standing(), there.standing()), (RiskLevel::High, RiskLevel::High), "{crisis_first}");
        assert_eq!(newest_level(&store), RiskLevel::High, "{crisis_first}");
        // On the other device the plan speaks too from here on.
        assert_eq!(outcome(&say(&there, CALM)).outcome, TurnOutcome::Crisis);
        let (accepted, ended) =
            (records(&store, RecordKind::TurnAccepted), records(&store, RecordKind::TurnEnded));
        let turns = |records: &[Record]| records.iter().filter_map(|record| record.turn).collect::<Vec<_>>();
        assert_eq!(turns(&accepted).len(), if crisis_first { 4 } else { 5 });
        let (mut began, mut over) = (turns(&accepted), turns(&ended));
        began.sort_unstable();
        over.sort_unstable();
        assert_eq!(began, over);
        drop((here, there, one, two, store));
        let store = disk.store();
        let later = device(&disk, 3, backend(), store);
        assert_eq!(resumed(&later).standing(), RiskLevel::High);
    }
}

#[test]
fn a_danger_in_another_session_of_the_person_is_never_written_over() {
    let disk = Disk::new("sessions");
    let store = disk.store();
    let backend = || ScriptedBackend::new().always("Go on.");
    let (one, two) = (device(&disk, 1, backend(), store.clone()), device(&disk, 2, backend(), store.clone()));
    let (here, there) = (session(&one), session(&two));
    say(&here, HIGH);
    // This device knows nothing of it, and writes a lower level of its own.
    say(&there, LOW);
    assert!(block_on(there.settle()));
    assert_eq!((newest_level(&store), there.standing()), (RiskLevel::High, RiskLevel::High));
    let later = device(&disk, 3, backend(), store);
    let new = block_on(later.open(user(), SessionChoice::New)).unwrap();
    assert_eq!(new.standing(), RiskLevel::High);
}

#[test]
fn one_turn_at_a_time_and_the_same_turn_twice_at_once_is_answered_once() {
    let disk = Disk::new("busy");
    let store = disk.inline_store();
    let hanging = ScriptedBackend::replies(["One thing. Two "]).then_hang();
    let one = builder(hanging).ids(CountingIds::starting_at(1 << 32)).store(store.clone()).keys(disk.keys());
    let one = one.when_busy(WhenBusy::Refuse).build().unwrap();
    let here = session(&one);
    let mut running = block_on(here.turn(Message::new(CALM).turn(turn_id(4)))).unwrap();
    let mut seen = Vec::new();
    while let Some(event) = poll_once(&mut running.next()) {
        seen.extend(event);
    }
    assert_eq!(block_on(here.turn(CALM)).unwrap_err(), TurnError::Busy { turn: Some(turn_id(4)) });
    // A client that tries again reaches another process.
    let backend = ScriptedBackend::new().always("Go on.");
    let two = device(&disk, 2, backend.clone(), store.clone());
    let there = resumed(&two);
    let again = say_turn(&there, turn_id(4));
    assert_eq!((shown(&again), backend.calls()), (String::new(), 0));
    assert_eq!(outcome(&again).outcome, TurnOutcome::Interrupted);
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 1);
    // The first process was only slow: what it shows is stored, though the other one had noted that no end is known.
    here.interrupt();
    seen.extend(block_on(running.collect::<Vec<_>>()));
    assert_eq!(shown(&seen), "One thing. ");
    assert!(block_on(here.settle()) && block_on(there.settle()));
    let later = device(&disk, 3, ScriptedBackend::new(), store);
    assert_eq!(shown(&say_turn(&resumed(&later), turn_id(4))), shown(&seen));
}

fn say_turn(session: &Session, turn: TurnId) -> Vec<TurnEvent> {
    events(block_on(session.turn(Message::new(CALM).turn(turn))).unwrap())
}

#[test]
fn a_human_who_took_over_has_the_floor_after_a_restart_and_on_the_other_device() {
    let disk = Disk::new("floor");
    let store = disk.store();
    let backend = ScriptedBackend::new().always("Go on.");
    let one = device(&disk, 1, backend.clone(), store.clone());
    let here = session(&one);
    say(&here, CALM);
    let two = device(&disk, 2, backend.clone(), store.clone());
    let there = resumed(&two);
    here.hand_over();
    here.hand_over();
    assert!(block_on(here.settle()));
    assert_eq!(records(&store, RecordKind::Floor).len(), 1, "said once");
    block_on(here.human_said(&HumanText::new("I am with you."))).unwrap();
    // The other device hears of it with its next write, and keeps silent from then on.
    say(&there, CALM);
    assert!(there.human_has_floor());
    let calls = backend.calls();
    assert!(say(&there, CALM).contains(&TurnEvent::HumanHasFloor));
    drop((here, there, one, two, store));

    let store = disk.store();
    let later = device(&disk, 3, backend.clone(), store.clone());
    let session = resumed(&later);
    assert!(session.human_has_floor());
    assert!(shown(&say(&session, CALM)).is_empty());
    // In danger the plan speaks all the same.
    assert!(!shown(&say(&session, SIGN)).is_empty());
    assert_eq!(backend.calls(), calls);
    let said: Vec<_> = ended(&store).into_iter().filter(|turn| turn.outcome == TurnOutcome::Human).collect();
    assert!(said.iter().any(|turn| &*turn.shown == "I am with you." && turn.seal.is_none()));
    session.give_back();
    assert!(block_on(session.settle()));
    drop((session, later, store));
    let last = device(&disk, 4, backend, disk.store());
    assert!(!resumed(&last).human_has_floor());
}

#[test]
fn two_devices_that_mark_the_same_turn_lose_no_words_of_the_next() {
    for due_first in [false, true] {
        let store = InMemoryStore::new();
        let device = |number: u64, backend: ScriptedBackend, at: i64| {
            let builder = builder(backend).ids(CountingIds::starting_at(number << 32)).store(store.clone());
            builder.clock(ManualClock::at(minutes(at))).build().unwrap()
        };
        let first = device(1, ScriptedBackend::new().always_hang(), 0);
        let session = session(&first);
        let mut turn = block_on(session.turn(CALM)).unwrap();
        while poll_once(&mut turn.next()).is_some() {}
        std::mem::forget(turn);
        // Both find it open; one writes the mark first, at its own time.
        let (one, two) =
            (device(2, ScriptedBackend::new(), 7), device(3, ScriptedBackend::new().always("Go on."), 8));
        let there = resumed(&two);
        if due_first {
            assert_eq!(block_on(one.run_due(minutes(9), 10)).unwrap().interrupted, 1);
        } else {
            assert!(block_on(resumed(&one).settle()));
        }
        let next = say_turn(&there, turn_id(1 << 70));
        assert_eq!((&*shown(&next), outcome(&next).outcome), ("Go on.", TurnOutcome::Whole), "{due_first}");
        assert!(!next.iter().any(|event| matches!(event, TurnEvent::Trouble(_))));
        assert!(block_on(there.settle()));
        assert_eq!(ended(&store).len(), 2);
    }
}

#[test]
fn a_draft_that_is_refused_is_the_trouble_of_nobody_else() {
    let store = FaultyStore::new(InMemoryStore::new());
    let agent = builder(ScriptedBackend::new().always("Go on.")).store(store.clone()).build().unwrap();
    let session = session(&agent);
    // What a human says stays queued, and is refused once the store is back.
    store.fail_next(StoreCall::Append, StoreErrorKind::Unavailable);
    block_on(session.human_said(&HumanText::new("I am with you."))).unwrap_err();
    store.fail_next(StoreCall::Append, StoreErrorKind::IdReused);
    let next = say_turn(&session, turn_id(1 << 70));
    assert_eq!((&*shown(&next), outcome(&next).stored), ("Go on.", true));
    assert!(!next.iter().any(|event| matches!(event, TurnEvent::Trouble(_))));
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 1);
}

#[test]
fn a_turn_that_is_still_to_be_written_is_repeated_and_not_begun_again() {
    let store = FaultyStore::new(InMemoryStore::new());
    let agent = builder(ScriptedBackend::new().always("Go on.")).store(store.clone()).build().unwrap();
    let session = session(&agent);
    store.fail_next(StoreCall::Append, StoreErrorKind::Unavailable);
    let first = say_turn(&session, turn_id(5));
    assert!(first.iter().any(|event| matches!(event, TurnEvent::Trouble(_))));
    let again = say_turn(&session, turn_id(5));
    assert_eq!((shown(&again), outcome(&again).repeated), (shown(&first), true));
    assert!(block_on(session.settle()));
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 1);
}

#[test]
fn a_notice_that_somebody_else_delivered_too_costs_no_end_of_its_turn() {
    let store = FaultyStore::new(InMemoryStore::new());
    let sink = RecordingSink::new();
    let agent = |number: u64, store: FaultyStore<InMemoryStore>| {
        let builder = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()));
        builder.ids(CountingIds::starting_at(number << 32)).store(store).build().unwrap()
    };
    let one = agent(1, store.clone());
    let session = session(&one);
    // The turn is accepted, somebody is told, and nothing after that is written.
    let accepted = store.calls(StoreCall::Append) + 1;
    let failing = store.clone().fail_from(StoreCall::Append, accepted + 1, StoreErrorKind::Unavailable);
    let told = say(&session, HIGH);
    assert!(told.contains(&TurnEvent::Escalation(EscalationStatus::Told)));
    failing.heal();
    assert_eq!(block_on(agent(2, store.clone()).run_due(minutes(1), 10)).unwrap().delivered, 1);
    assert!(block_on(session.settle()));
    let [ended] = &ended(&store)[..] else { panic!("one end") };
    assert_eq!((&*ended.shown, ended.outcome), (&*shown(&told), TurnOutcome::Crisis));
    assert_eq!(records(&store, RecordKind::Outbox).len(), 2);
    assert!(records(&store, RecordKind::Risk).len() > 1, "the level that the turn left");
    assert_eq!(block_on(one.run_due(minutes(9), 10)).unwrap(), DueReport::default());
}

#[test]
fn what_is_due_is_claimed_one_by_one_and_for_no_longer_than_it_is_worked_on() {
    let (store, timer) = (InMemoryStore::new(), ManualTimer::new());
    let agent = |number: u64, sink: &RecordingSink| {
        let mut limits = Limits::default();
        limits.delivery = std::time::Duration::from_secs(3600);
        let builder = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()));
        builder
            .ids(CountingIds::starting_at(number << 32))
            .store(store.clone())
            .timer(timer.clone())
            .limits(limits)
            .build()
            .unwrap()
    };
    // Two notices that nobody took.
    let deaf = RecordingSink::new().failing(2);
    let first = agent(1, &deaf);
    for _ in 0..2 {
        say(&session(&first), HIGH);
    }
    drop(first);
    let (hanging, sink) = (RecordingSink::new().hanging(), RecordingSink::new());
    let (one, two) = (agent(2, &hanging), agent(3, &sink));
    let mut stuck = Box::pin(one.run_due(minutes(1), 10));
    assert!(poll_once(&mut stuck).is_none());
    // One has the first in hand, and the second is free for the other.
    assert_eq!(block_on(two.run_due(minutes(1), 10)).unwrap().delivered, 1);
    // It lets go of what it could not do while it had the claim.
    timer.advance(std::time::Duration::from_secs(15 * 60));
    let report = poll_once(&mut stuck).expect("the claim is over").unwrap();
    assert_eq!((report.delivered, report.failed), (0, 1));
    assert_eq!(block_on(two.run_due(minutes(20), 10)).unwrap().delivered, 1);
}

/// A store that knows no claims, as a host's own may.
#[derive(Debug)]
struct Claimless(InMemoryStore);

#[async_trait::async_trait]
impl MemoryStore for Claimless {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.0.append(user, expect, batch).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        self.0.read(user, selection).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.0.forget(user, what).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        let mut query = query.clone();
        query.lease = None;
        self.0.handles(&query).await
    }
}

#[test]
fn a_store_that_knows_no_claims_is_worked_off_once_a_run() {
    let sink = RecordingSink::new().failing(5);
    let builder = with_escalation(ScriptedBackend::new(), Escalation::to(sink.clone()));
    let agent = builder.store(Claimless(InMemoryStore::new())).build().unwrap();
    for _ in 0..3 {
        say(&session(&agent), HIGH);
    }
    let report = block_on(agent.run_due(minutes(1), 10)).unwrap();
    assert_eq!((report.undelivered, report.delivered, report.more), (2, 1, false));
    assert_eq!(sink.notices().len(), 6, "each once");
}
