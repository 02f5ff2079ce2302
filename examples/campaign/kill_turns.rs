//! Kills a process that talks, at a random moment, and looks at what it left: as `kill` does, with whole turns.
//!
//! A child opens an agent over the store and takes a person's turns, some of them a crisis of which a human is told, and does
//! what is due. It says of each turn that it ended and what it showed. It is ended by SIGKILL after a random number of turns
//! and a random time. Then another process opens the session, lets time pass and does what is due: no acknowledged turn may be
//! missing or differ from what was shown, none be there twice or stay without an end or a mark, nobody be left untold, and nobody
//! be told again of what is acknowledged. Then another child goes on, and begins with the turn that was cut off.

use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use alliance::{
    agent::{Agent, SessionChoice},
    clock::{Clock, SystemClock},
    consent::Purpose,
    escalation::{Escalation, EscalationError, EscalationSink, Notice},
    id::{TurnId, UserId},
    message::Message,
    record::{Body, ConsentChoice, Record, RecordKind},
    safety::{CrisisPlan, SafetyLayer, Timestamp},
    store::{HandleKind, HandleQuery, MemoryStore, Selection},
    turn::TurnEvent,
};
use futures::{StreamExt, executor::block_on};
use uuid::Uuid;

use super::{
    ends::every_turn_once,
    kill::wait,
    workload::{Dice, Place, open},
    world::{OneKey, Talker},
};

/// Kills on one store, before a new one is begun.
const KILLS_A_STORE: u64 = 10;

/// In the folder of the store: whom a human was told of, one line each.
const TOLD: &str = "told";

const SAID: [&str; 8] = [
    "I had soup for lunch.",
    "My sister called today.",
    "I slept badly again.",
    "The train was late.",
    "It rained all day.",
    "I have to tidy the flat.",
    "I want to kill myself.",
    "I am going to end my life tonight.",
];

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) kills: u64,
    pub(crate) acknowledged: u64,
    /// Turns that were cut off by an end, and are marked.
    pub(crate) marked: u64,
    pub(crate) told: u64,
}

/// Writes down of what it is told; what it has written counts as told.
#[derive(Debug)]
struct Written(Mutex<File>);

impl Written {
    fn at(root: &Path) -> Outcome<Self> {
        let file = OpenOptions::new().create(true).append(true).open(told(root))?;
        Ok(Self(Mutex::new(file)))
    }
}

#[async_trait::async_trait]
impl EscalationSink for Written {
    async fn deliver(&self, notice: &Notice) -> Result<(), EscalationError> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{}", notice.id).map_err(|_| EscalationError::new("not written"))
    }
}

fn told(root: &Path) -> PathBuf {
    root.join(TOLD)
}

fn user() -> UserId {
    UserId::from_name("sam")
}

/// Half of the stores are of a host that keeps keys, so that seals hold in the next process; in the others they do not.
fn agent(root: &Path, safety: &SafetyLayer, seed: u64) -> Outcome<(Agent, impl MemoryStore)> {
    let store = open(root)?;
    let builder =
        Agent::builder(safety.clone(), Talker, Escalation::to(Written::at(root)?)).store(store.clone());
    let builder = if seed.is_multiple_of(2) { builder.keys(OneKey) } else { builder };
    Ok((builder.build()?, store))
}

fn turn_id(seed: u64, number: u64) -> TurnId {
    TurnId::new(Uuid::from_u64_pair(seed | 1 << 63, number))
}

/// The child: turns from `first` on, for ever.
pub(crate) fn child(root: &Path, seed: u64, first: u64) -> Outcome<()> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let (agent, _store) = agent(root, &safety, seed)?;
    let session = block_on(agent.open(user(), SessionChoice::Resume))?;
    let decided = session.decide(Purpose::Conversation, ConsentChoice::Given, "1", "the text");
    block_on(decided).map_err(|kind| format!("the decision: {kind:?}"))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "open")?;
    out.flush()?;
    for number in first.. {
        let mut dice = Dice::new(seed ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let text = SAID[usize::try_from(dice.below(SAID.len() as u64)).unwrap_or_default()];
        let turn = block_on(session.turn(Message::new(text).turn(turn_id(seed, number))))?;
        let (mut shown, mut stored) = (String::new(), false);
        for event in block_on(turn.collect::<Vec<_>>()) {
            match event {
                TurnEvent::Words(words) => shown.push_str(words.as_str()),
                // A crisis waits for no store: it is written once the session is settled.
                TurnEvent::Done(summary) if !summary.repeated => {
                    stored = summary.stored || block_on(session.settle());
                }
                // A repeated turn that nobody saw end says so, and shows nothing.
                TurnEvent::Done(summary) => stored = summary.stored && !shown.is_empty(),
                _ => {}
            }
        }
        let stored = if stored { serde_json::to_string(&shown)? } else { "-".to_owned() };
        writeln!(out, "done {number} {stored}")?;
        out.flush()?;
        if dice.below(4) == 0 {
            block_on(agent.run_due(SystemClock.now(), 8))?;
        }
    }
    Ok(())
}

/// Kills `runs` children. `spawn` makes the command that ends in [`child`] with these arguments.
pub(crate) fn run(
    seed: u64,
    runs: u64,
    under: &Path,
    spawn: &dyn Fn(&Path, u64, u64) -> Command,
) -> Outcome<Counts> {
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let mut counts = Counts::default();
    let mut dice = Dice::new(seed);
    while counts.kills < runs {
        let work = dice.roll();
        let place = Place::new(under, &format!("kill-turns-{work:x}"))?;
        let (mut acknowledged, mut first) = (BTreeMap::new(), 0);
        for _ in 0..KILLS_A_STORE.min(runs - counts.kills) {
            counts.kills += 1;
            let done = kill_one(&mut spawn(&place.0, work, first), &mut dice)?;
            for (number, shown) in done {
                first = number + 1;
                acknowledged.extend(shown.map(|shown| (turn_id(work, number), shown)));
            }
            let (agent, store) = agent(&place.0, &safety, work)?;
            verify(&place.0, &agent, &store, &acknowledged, &mut counts)
                .map_err(|error| format!("seed {seed}, kill {}, work {work:#x}: {error}", counts.kills))?;
        }
        counts.acknowledged += acknowledged.len() as u64;
    }
    Ok(counts)
}

/// Lets a child talk for a random while and ends it. Gives the turns that it said were done, with what they showed where that was
/// acknowledged.
fn kill_one(command: &mut Command, dice: &mut Dice) -> Outcome<Vec<(u64, Option<String>)>> {
    let (turns, micros) = (dice.below(12), dice.below(6000));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let mut done = Vec::new();
    let mut note = |line: &str| -> Outcome<u64> {
        if let Some((number, shown)) = line.strip_prefix("done ").and_then(|rest| rest.split_once(' ')) {
            let shown = if shown == "-" { None } else { Some(serde_json::from_str(shown)?) };
            done.push((number.parse()?, shown));
        }
        Ok(done.len() as u64)
    };
    // Some ends fall into opening too.
    let waits = dice.below(8) != 0;
    while waits && let Some(line) = lines.next().transpose()? {
        if note(&line)? >= turns && line != "open" {
            break;
        }
    }
    wait(Duration::from_micros(micros));
    child.kill()?;
    for line in lines {
        // The last line may be half.
        let _half = note(&line?);
    }
    child.wait()?;
    Ok(done)
}

/// Another process goes on: opens, lets time pass, does what is due, and looks at everything.
fn verify(
    root: &Path,
    agent: &Agent,
    store: &dyn MemoryStore,
    acknowledged: &BTreeMap<TurnId, String>,
    counts: &mut Counts,
) -> Outcome<()> {
    let session = block_on(agent.open(user(), SessionChoice::Resume))?;
    block_on(session.settle());
    let mut now = SystemClock.now();
    let mut due = |times: u32| -> Outcome<()> {
        for _ in 0..times {
            now = now.after(Duration::from_secs(600));
            block_on(agent.run_due(now, 100))?;
        }
        Ok(())
    };
    due(6)?;
    let records = all(store)?;
    let records: Vec<&Record> = records.iter().collect();
    every_turn_once(&records, acknowledged)?;
    counts.marked = counts.marked.max(marked(&records));
    let after = fs::read_to_string(told(root))?;
    for notice in records.iter().filter(|record| is_notice(record)) {
        if !after.lines().any(|line| line == notice.id.to_string()) {
            return Err("nobody was told".into());
        }
    }
    counts.told = counts.told.max(after.lines().count() as u64);
    let far = HandleQuery::due(Timestamp::from_millis(i64::MAX), 100);
    let open = block_on(store.handles(&far.kinds([HandleKind::Outbox, HandleKind::OpenTurn])))?;
    if !open.handles.is_empty() {
        return Err(format!("{} things are still open", open.handles.len()).into());
    }
    due(6)?;
    if fs::read_to_string(told(root))? != after {
        return Err("somebody was told again of what was acknowledged".into());
    }
    Ok(())
}

fn all(store: &dyn MemoryStore) -> Outcome<Vec<Record>> {
    let (mut all, mut selection) = (Vec::new(), Selection::all());
    loop {
        let page = block_on(store.read(user(), &selection))?;
        all.extend(page.records.iter().map(|stored| (*stored.record).clone()));
        match page.next {
            Some(next) => selection.after = next,
            None => return Ok(all),
        }
    }
}

fn is_notice(record: &Record) -> bool {
    record.kind() == RecordKind::Outbox && record.derived_from.is_empty()
}

fn marked(records: &[&Record]) -> u64 {
    let marks = records
        .iter()
        .filter(|record| matches!(&record.body, Body::TurnEnded(ended) if ended.seal.is_none()));
    marks.count() as u64
}
