//! What is remembered from one session to the next: made once, cited, with consent, and gone with what it rests on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
#[path = "common/disk.rs"]
mod disk;

use std::time::Duration;

use alliance::{
    agent::{Agent, SessionChoice},
    clock::{Clock, Timestamp},
    consent::{ConsentLedger, Draft, Purpose},
    consolidate::{
        Cited, ConsolidateError, ConsolidateErrorKind, Consolidator, Memories, Refusal, Transcript,
    },
    id::RecordId,
    memory::{RuleConsolidator, SqliteStore},
    prompt::Role,
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record, RecordKind, SafetyPlanRecord,
        SummaryRecord,
    },
    session::Session,
    store::{Expect, Forget, HandleKind, HandleQuery, MemoryStore},
    testing::{CountingIds, ManualClock, ScriptedBackend, block_on},
};
use common::*;
use disk::Disk;

const NOW: i64 = 1_800_000_000_000;
const QUARREL: &str = "Yesterday I had an argument with my boss and I was furious.";
const HOME: &str = "I live in Leeds, and my sister Nora lives in Bath.";
const REPLY: &str = "That sounds hard. What happened then?";

fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_millis(NOW))
}

fn agent(number: u64, store: impl MemoryStore + 'static, clock: &ManualClock) -> (Agent, ScriptedBackend) {
    agent_with(number, store, clock, RuleConsolidator::built_in().unwrap())
}

fn agent_with(
    number: u64,
    store: impl MemoryStore + 'static,
    clock: &ManualClock,
    consolidator: impl Consolidator + 'static,
) -> (Agent, ScriptedBackend) {
    let backend = ScriptedBackend::new().always(REPLY);
    let ids = CountingIds::starting_at(number << 32);
    let builder = builder(backend.clone()).ids(ids).store(store).clock(clock.clone());
    (builder.consolidator(consolidator).build().unwrap(), backend)
}

/// An agent that makes memories by rules, over a real store.
struct Scene {
    disk: Disk,
    store: SqliteStore,
    clock: ManualClock,
    agent: Agent,
    backend: ScriptedBackend,
}

impl Scene {
    fn new(name: &str) -> Self {
        let disk = Disk::new(name);
        let (store, clock) = (disk.store(), clock());
        let (agent, backend) = agent(1, store.clone(), &clock);
        Self { disk, store, clock, agent, backend }
    }
}

fn agree(session: &Session, purposes: &[Purpose]) {
    for purpose in purposes {
        block_on(session.decide(*purpose, ConsentChoice::Given, "1", "the text")).unwrap();
    }
}

const ALL: [Purpose; 3] = [Purpose::Conversation, Purpose::Episodic, Purpose::LongTerm];

fn open(agent: &Agent, purposes: &[Purpose]) -> Session {
    let session = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    agree(&session, purposes);
    session
}

fn summaries(store: &dyn MemoryStore) -> Vec<(Record, SummaryRecord)> {
    let records = records(store, RecordKind::Summary).into_iter();
    records
        .filter_map(|record| match &record.body {
            Body::Summary(summary) => Some((record.clone(), summary.clone())),
            _ => None,
        })
        .collect()
}

fn count(store: &dyn MemoryStore) -> [usize; 3] {
    [RecordKind::Summary, RecordKind::Episode, RecordKind::Fact].map(|kind| records(store, kind).len())
}

fn waiting(store: &dyn MemoryStore, now: Timestamp) -> usize {
    let query = HandleQuery::due(now, 10).kinds([HandleKind::Consolidation]);
    block_on(store.handles(&query)).unwrap().handles.len()
}

#[test]
fn a_session_is_made_into_memories_once_and_only_when_it_is_over() {
    let disk = Disk::new("tiers-once");
    let (store, clock) = (disk.store(), clock());
    let (first, _) = agent(1, store.clone(), &clock);
    let session = open(&first, &ALL);
    say(&session, QUARREL);
    say(&session, HOME);
    let soon = clock.now().after(Duration::from_secs(60));
    assert_eq!(block_on(first.run_due(soon, 10)).unwrap().consolidated, 0);
    assert_eq!(count(&store), [0, 0, 0]);
    let over = clock.now().after(Duration::from_secs(31 * 60));
    assert_eq!(waiting(&store, over), 1, "one handle for the whole talk");
    // Another process finds what this one left.
    drop((session, first));
    let (second, _) = agent(2, store.clone(), &clock);
    assert_eq!(block_on(second.run_due(over, 10)).unwrap().consolidated, 1);
    assert_eq!(count(&store), [1, 1, 3]);
    assert_eq!(waiting(&store, over.after(Duration::from_secs(120))), 0);
    let before = count(&store);
    let id = records(&store, RecordKind::TurnAccepted)[0].session.unwrap();
    assert_eq!(block_on(second.consolidate(user(), id)).unwrap().episodes, 0);
    assert_eq!(count(&store), before, "a second time makes nothing");
}

#[test]
fn while_the_person_still_talks_nothing_is_made() {
    let Scene { disk: _disk, store, clock, agent, .. } = Scene::new("tiers-talk");
    let session = open(&agent, &ALL);
    say(&session, QUARREL);
    clock.advance(Duration::from_secs(25 * 60));
    say(&session, HOME);
    clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(block_on(agent.run_due(clock.now(), 10)).unwrap().consolidated, 0);
    clock.advance(Duration::from_secs(25 * 60));
    assert_eq!(block_on(agent.run_due(clock.now(), 10)).unwrap().consolidated, 1);
    assert_eq!(count(&store), [1, 1, 3]);
}

#[test]
fn what_is_said_after_the_session_was_concluded_is_made_the_next_time() {
    let Scene { disk: _disk, store, agent, .. } = Scene::new("tiers-again");
    let session = open(&agent, &ALL);
    say(&session, HOME);
    assert_eq!(block_on(session.conclude()).unwrap().facts, 3);
    say(&session, QUARREL);
    let done = block_on(session.conclude()).unwrap();
    assert_eq!((done.episodes, done.facts), (1, 0));
    let [(_, first), (_, second)] = &summaries(&store)[..] else { panic!() };
    assert_eq!((first.points.len(), second.points.len()), (1, 2), "the later one tells the whole session");
}

#[test]
fn every_memory_cites_its_turns_and_goes_with_them() {
    let Scene { disk: _disk, store, agent, .. } = Scene::new("tiers-cite");
    let session = open(&agent, &ALL);
    say(&session, QUARREL);
    say(&session, HOME);
    block_on(session.conclude()).unwrap();
    let turns = records(&store, RecordKind::TurnAccepted);
    for kind in [RecordKind::Summary, RecordKind::Episode, RecordKind::Fact] {
        for record in records(&store, kind) {
            assert!(record.derived_from.iter().any(|id| turns.iter().any(|turn| turn.id == *id)));
        }
    }
    block_on(agent.forget(user(), &Forget::Records(vec![turns[1].id]))).unwrap();
    assert_eq!(count(&store), [0, 1, 0], "the summary cites both, the facts the second");
    // It is made again of what is left, and what was erased does not come back.
    block_on(agent.consolidate(user(), session.id())).unwrap();
    assert_eq!(count(&store)[1..], [1, 0]);
}

#[test]
fn only_what_was_agreed_to_is_kept() {
    let cases = [
        (&[Purpose::Conversation][..], [1, 0, 0]),
        (&[Purpose::Conversation, Purpose::Episodic], [1, 1, 0]),
        (&[Purpose::Conversation, Purpose::LongTerm], [1, 0, 3]),
        (&[], [0, 0, 0]),
    ];
    for (number, (purposes, expected)) in cases.into_iter().enumerate() {
        let disk = Disk::new(&format!("tiers-consent-{number}"));
        let (store, clock) = (disk.store(), clock());
        let (agent, _) = agent(1, store.clone(), &clock);
        let session = open(&agent, purposes);
        say(&session, QUARREL);
        say(&session, HOME);
        block_on(session.conclude()).unwrap();
        assert_eq!(count(&store), expected, "{purposes:?}");
    }
}

#[test]
fn turns_with_a_sign_of_danger_are_left_to_the_history_of_risk() {
    let Scene { disk: _disk, store, agent, .. } = Scene::new("tiers-danger");
    let session = open(&agent, &ALL);
    say(&session, SIGN);
    block_on(session.conclude()).unwrap();
    assert_eq!(count(&store), [0, 0, 0]);
    assert!(!records(&store, RecordKind::Risk).is_empty());
}

#[test]
fn the_next_session_says_what_it_remembers_and_the_model_sees_it_as_data() {
    let Scene { disk: _disk, agent, backend, .. } = Scene::new("tiers-next");
    let first = open(&agent, &ALL);
    say(&first, QUARREL);
    block_on(first.conclude()).unwrap();
    let next = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let opening: String = next.opening().iter().map(|words| words.as_str()).collect();
    assert!(opening.contains("remember"), "it says that it remembers");
    assert!(opening.contains("argument with my boss"), "{opening}");
    say(&next, CALM);
    let prompt = backend.prompts().pop().unwrap();
    let memory = |part: &&alliance::prompt::Part| part.role == Role::Memory;
    assert!(prompt.parts().iter().filter(memory).any(|part| part.text.contains("argument")));
    // The session that it was said in has it word for word, and is not told it twice.
    say(&first, CALM);
    let prompt = backend.prompts().pop().unwrap();
    assert!(!prompt.parts().iter().any(|part| memory(&part)));
}

#[test]
fn what_is_delicate_is_not_spoken_of_unasked() {
    let Scene { disk: _disk, store, agent, .. } = Scene::new("tiers-delicate");
    let first = open(&agent, &ALL);
    say(&first, "My grandfather died last week and I cried.");
    block_on(first.conclude()).unwrap();
    assert_eq!(count(&store)[1], 1, "it is remembered");
    let next = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    let opening: String = next.opening().iter().map(|words| words.as_str()).collect();
    assert!(!opening.contains("grandfather"));
}

#[test]
fn what_was_erased_is_not_told_by_an_open_session() {
    let Scene { disk: _disk, agent, backend, .. } = Scene::new("tiers-erased");
    let first = open(&agent, &ALL);
    say(&first, QUARREL);
    block_on(first.conclude()).unwrap();
    let next = block_on(agent.open(user(), SessionChoice::New)).unwrap();
    block_on(agent.forget(user(), &Forget::Session(first.id()))).unwrap();
    let opening: String = next.opening().iter().map(|words| words.as_str()).collect();
    assert!(!opening.contains("argument"));
    say(&next, CALM);
    let prompt = backend.prompts().pop().unwrap();
    assert!(!prompt.parts().iter().any(|part| part.text.contains("argument")));
}

#[test]
fn the_safety_plan_is_always_in_front_of_the_model() {
    let disk = Disk::new("tiers-plan");
    let (store, clock) = (disk.store(), clock());
    let yes = ConsentRecord::on_text(Purpose::LongTerm, ConsentChoice::Given, "1", "the text");
    let plan = Body::SafetyPlan(SafetyPlanRecord::new(vec![vec!["I walk to the river".into()], vec![]]));
    let plan = Record::new(RecordId::new(uuid::Uuid::from_u128(4)), clock.now(), plan);
    let batch = ConsentLedger::folded([&yes]).admit(Draft::new().record(plan)).unwrap();
    block_on(store.append(user(), Expect::Any, batch)).unwrap();
    let (agent, backend) = agent(1, store, &clock);
    let session = open(&agent, &ALL);
    say(&session, CALM);
    let prompt = backend.prompts().pop().unwrap();
    assert!(prompt.parts()[1].text.contains("river"), "right after the instruction");
}

/// Makes what a test says.
#[derive(Clone, Copy, Debug)]
struct Made(fn(&Transcript) -> Result<Memories, ConsolidateError>);

#[async_trait::async_trait]
impl Consolidator for Made {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        (self.0)(transcript)
    }
}

#[test]
fn memories_that_cite_nothing_are_refused_whole_and_the_turns_stay() {
    let disk = Disk::new("tiers-refused");
    let (store, clock) = (disk.store(), clock());
    let made = Made(|transcript: &Transcript| {
        let mut made = Memories::none();
        let turn = transcript.turns[0].turn;
        made.episodes.push(Cited::new(EpisodeRecord::new("sound"), vec![turn]));
        made.episodes.push(Cited::new(EpisodeRecord::new("invented"), vec![]));
        Ok(made)
    });
    let (agent, _) = agent_with(1, store.clone(), &clock, made);
    let session = open(&agent, &ALL);
    say(&session, QUARREL);
    let over = clock.now().after(Duration::from_secs(31 * 60));
    let report = block_on(agent.run_due(over, 10)).unwrap();
    assert_eq!((report.refused, report.consolidated), (1, 0));
    assert_eq!(count(&store), [0, 0, 0]);
    assert_eq!(records(&store, RecordKind::TurnAccepted).len(), 1);
    assert_eq!(waiting(&store, over.after(Duration::from_secs(120))), 0, "it is not tried again for nothing");
    let failed = block_on(agent.consolidate(user(), session.id())).unwrap().failed;
    assert_eq!(failed, Some(ConsolidateErrorKind::Refused(Refusal::NotCited)));
}

#[test]
fn what_makes_memories_may_be_away_for_a_while() {
    let disk = Disk::new("tiers-away");
    let (store, clock) = (disk.store(), clock());
    let away = Made(|_: &Transcript| Err(ConsolidateError::unavailable("away")));
    let (first, _) = agent_with(1, store.clone(), &clock, away);
    let session = open(&first, &ALL);
    say(&session, QUARREL);
    let over = clock.now().after(Duration::from_secs(31 * 60));
    assert_eq!(block_on(first.run_due(over, 10)).unwrap().failed, 1);
    drop((session, first));
    let (second, _) = agent(2, store.clone(), &clock);
    let later = over.after(Duration::from_secs(120));
    assert_eq!(block_on(second.run_due(later, 10)).unwrap().consolidated, 1, "once the lease is over");
    assert_eq!(count(&store)[1], 1);
}
