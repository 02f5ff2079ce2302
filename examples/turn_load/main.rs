//! What a turn costs over a wire: screening, commands and protocols, recall from 1,000 memories, a streamed reply under
//! review, and both appends.
//!
//! `cargo run --release --example turn_load -- BASE_URL CONC TURNS DELAY_MS SESSIONS [memory|normal|full|floor|floor-full]`
//!
//! BASE_URL is a server of chat completions; `-- serve` runs one that sends 64 pieces of plain English as fast as it can,
//! and prints its BASE_URL. SESSIONS people with a session each have TURNS turns, CONC of them at a time; DELAY_MS is
//! only repeated in the output.
//!
//! | mode | what is kept, and where |
//! |---|---|
//! | `full`, the default | in the encrypted store as everybody has it, in a folder for temporary files or where `ALLIANCE_BENCH_DIR` says |
//! | `normal` | the same without waiting for the disk: a power failure could take acknowledged turns. For this figure only |
//! | `memory` | nothing on the disk |
//! | `floor` | the request by itself, without the library |
//! | `floor-full` | the same with two rows in a plain database that waits for the disk |
//!
//! Prints one JSON line: times in microseconds, `ttft` to the first words that are shown. Fails where a turn did not
//! end with a whole reply that was stored.

mod floor;

use std::{env, error::Error, fs, io::Write, path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use alliance::{
    agent::{Agent, SessionChoice},
    backends::OpenAiCompatible,
    clock::TokioTimer,
    consent::{ConsentLedger, Draft, Purpose},
    escalation::Escalation,
    id::{RecordId, UserId},
    memory::{FileKeys, InMemoryStore, MasterKey, Recall, SqliteOptions, SqliteStore},
    protocols::Library,
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record, TurnOutcome},
    safety::{CrisisPlan, SafetyLayer, Stopwatch, SystemStopwatch, Timestamp},
    session::Session,
    store::{Expect, MemoryStore},
    turn::TurnEvent,
};
use faults::server::{Answer, Server};
use futures::StreamExt as _;
use tokio::{sync::Semaphore, task::LocalSet};
use uuid::Uuid;

/// What the person says in turn. Nothing in it may be heard as danger, which no model is asked about.
const SAID: [&str; 4] = [
    "I was at the market with my sister this morning and we bought far too many apples for two people.",
    "The train was late again, so I read the rest of the book that my neighbour lent me some weeks ago.",
    "My colleague asked whether I could take over the meeting on Thursday, and I said that I would do it.",
    "In the evening I cooked soup, called my brother and repaired the lamp that stands beside the window.",
];

/// What the server of `serve` answers, in 64 pieces.
const REPLY: &str = "That sounds like a full day, and it is good to hear how it went for you. You took the time to \
    tell me about it, so I would like to stay with it for a moment. Which part of the day stayed with you the most? \
    And what would you like to do a little differently tomorrow, if there is anything at all? Take the time that you need.";

const MEMORIES: usize = 1000;

const WORDS: [&str; 16] = [
    "sister", "train", "late", "sleep", "work", "garden", "doctor", "rain", "music", "quiet", "letter",
    "kitchen", "river", "school", "friend", "window",
];

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Args {
    url: String,
    at_once: usize,
    turns: usize,
    delay: u64,
    sessions: usize,
    mode: String,
}

impl Args {
    fn read() -> Outcome<Self> {
        let mut words = env::args().skip(1);
        let mut next = |name: &str| words.next().ok_or_else(|| format!("{name} is missing"));
        let url = next("BASE_URL")?;
        let mut number = |name: &str, least: u64| {
            let number = next(name)?.parse().ok().filter(|number| *number >= least);
            number.ok_or_else(|| format!("{name} is no number from {least} on"))
        };
        let at_once = usize::try_from(number("CONC", 1)?)?;
        let turns = usize::try_from(number("TURNS", 1)?)?;
        let delay = number("DELAY_MS", 0)?;
        let sessions = usize::try_from(number("SESSIONS", 1)?)?;
        let mode = next("the mode").unwrap_or_else(|_| "full".to_owned());
        Ok(Self { url, at_once, turns, delay, sessions, mode })
    }
}

/// What was measured in one session.
#[derive(Default)]
struct Times {
    whole: Vec<Duration>,
    first: Vec<Duration>,
    complete: usize,
    /// Turns in which review kept something of the reply back.
    withheld: usize,
    /// How the last turn ended that did not end well.
    bad: Option<String>,
}

fn main() -> Outcome<()> {
    if env::args().nth(1).as_deref() == Some("serve") {
        return serve();
    }
    let args = Args::read()?;
    let folder = env::var_os("ALLIANCE_BENCH_DIR").map_or_else(env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("alliance-turn-load-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(LocalSet::new().run_until(measure(&args, &folder)));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    writeln!(std::io::stdout(), "{}", measured?)?;
    Ok(())
}

/// What is said in the turn of this number.
fn said(number: usize) -> &'static str {
    SAID[number % SAID.len()]
}

/// Answers until the process is ended.
fn serve() -> Outcome<()> {
    let words: Vec<&str> = REPLY.split_inclusive(' ').collect();
    let piece = |place: usize| words.get(place * words.len() / 64..(place + 1) * words.len() / 64);
    let mut events: Vec<String> = (0..64)
        .map(|place| serde_json::json!({ "content": piece(place).unwrap_or_default().concat() }))
        .map(|delta| serde_json::json!({ "choices": [{ "index": 0, "delta": delta }] }))
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    let stop = serde_json::json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    events.push(format!("data: {stop}\n\n"));
    events.push("data: [DONE]\n\n".to_owned());
    let server = Server::start(move |_| Answer::streamed(&events))?;
    writeln!(std::io::stdout(), "{}/v1", server.url())?;
    loop {
        std::thread::park();
    }
}

async fn measure(args: &Args, folder: &std::path::Path) -> Outcome<serde_json::Value> {
    let store: Arc<dyn MemoryStore> = match args.mode.as_str() {
        "floor" => return floor(args, None).await,
        "floor-full" => return floor(args, Some(folder)).await,
        "memory" => Arc::new(InMemoryStore::new()),
        "normal" | "full" => {
            if args.mode == "normal" {
                alliance::memory::do_not_wait_for_the_disk();
            }
            fs::create_dir_all(folder)?;
            let keys = FileKeys::open(folder.join("keys"), MasterKey::new([7; 32]))?;
            let options = SqliteOptions::default().open_people(args.sessions.max(256));
            Arc::new(SqliteStore::open_with(folder.join("people"), keys, options).await?)
        }
        other => return Err(format!("{other} is none of memory, normal, full, floor and floor-full").into()),
    };
    let base = resident_kib();
    let safety = SafetyLayer::new(CrisisPlan::built_in())?;
    let backend = OpenAiCompatible::new(args.url.as_str(), "mock").build()?;
    let builder = Agent::builder(safety.clone(), backend, Escalation::none("a measurement"))
        .store(store.clone())
        .recaller(Recall::new())
        .timer(TokioTimer);
    let exercises = Library::built_in(&safety)?;
    let agent = exercises.into_iter().fold(builder, |builder, one| builder.with_protocol(one)).build()?;
    let mut sessions = Vec::new();
    for number in 0..args.sessions {
        sessions.push(session(&agent, &*store, number).await?);
    }

    let free = Rc::new(Semaphore::new(args.at_once));
    let (cpu, start) = (cpu_time(), SystemStopwatch.elapsed());
    let running = sessions.into_iter().map(|session| {
        let (free, turns) = (free.clone(), args.turns);
        tokio::task::spawn_local(async move {
            let _one = free.acquire().await;
            let mut times = Times::default();
            for number in 0..turns {
                turn(&session, said(number), &mut times).await;
            }
            (times, session)
        })
    });
    let running: Vec<_> = running.collect();
    let (mut times, mut live) = (Times::default(), Vec::new());
    for one in running {
        let (done, session) = one.await?;
        times.add(done);
        live.push(session);
    }
    times.line(args, &format!("alliance, store {}", args.mode), base, start, cpu)
}

/// The same drive without the library.
async fn floor(args: &Args, folder: Option<&std::path::Path>) -> Outcome<serde_json::Value> {
    let (base, floor) = (resident_kib(), floor::Floor::open(&args.url, folder)?);
    let free = Rc::new(Semaphore::new(args.at_once));
    let (cpu, start) = (cpu_time(), SystemStopwatch.elapsed());
    let running: Vec<_> = (0..args.sessions)
        .map(|session| {
            let (free, floor, turns) = (free.clone(), floor.clone(), args.turns);
            tokio::task::spawn_local(async move {
                let _one = free.acquire().await;
                let (mut times, mut history) = (Times::default(), Vec::new());
                for _ in 0..turns {
                    match floor.turn(session, &mut history).await {
                        Ok((whole, first)) => {
                            times.complete += 1;
                            times.whole.push(whole);
                            times.first.push(first);
                        }
                        Err(error) => times.bad = Some(error.to_string()),
                    }
                }
                times
            })
        })
        .collect();
    let mut times = Times::default();
    for one in running {
        times.add(one.await?);
    }
    times.line(args, &format!("reqwest, {}", args.mode), base, start, cpu)
}

impl Times {
    fn add(&mut self, other: Self) {
        self.whole.extend(other.whole);
        self.first.extend(other.first);
        self.complete += other.complete;
        self.withheld += other.withheld;
        self.bad = other.bad.or(self.bad.take());
    }

    /// What is printed, where every turn ended well; `start` and `cpu` are what the clocks said at the beginning.
    fn line(
        mut self,
        args: &Args,
        peer: &str,
        base: usize,
        start: Duration,
        cpu: Duration,
    ) -> Outcome<serde_json::Value> {
        let (span, cpu) = (SystemStopwatch.elapsed() - start, cpu_time() - cpu);
        let count = args.sessions * args.turns;
        if self.complete < count {
            let (bad, how) = (count - self.complete, self.bad.unwrap_or_default());
            return Err(format!("{bad} of {count} turns ended without a whole reply; the last: {how}").into());
        }
        Ok(serde_json::json!({
            "peer": peer,
            "version": env!("CARGO_PKG_VERSION"),
            "delay_ms": args.delay,
            "conc": args.at_once,
            "turns": count,
            "p50_us": at(&mut self.whole, 50),
            "p99_us": at(&mut self.whole, 99),
            "ttft_p50_us": at(&mut self.first, 50),
            "turns_per_s": (count as f64 / span.as_secs_f64()).round(),
            "cpu_us_per_turn": cpu.as_micros() as f64 / count as f64,
            "rss_base_kb": base,
            "rss_end_kb": resident_kib(),
            "sessions": args.sessions,
            "withheld": self.withheld,
        }))
    }
}

/// A session of a person with 1,000 memories, who agreed to everything.
async fn session(agent: &Agent, store: &dyn MemoryStore, number: usize) -> Outcome<Session> {
    let user = UserId::new(Uuid::from_u128(0xa_0000_0000 + number as u128));
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let memories = (0..MEMORIES).fold(Draft::new(), |draft, memory| {
        let words = (0..30).filter_map(|word| WORDS.get((memory * 7 + word * word + number) % WORDS.len()));
        let text = words.copied().collect::<Vec<_>>().join(" ");
        let id = RecordId::new(Uuid::from_u64_pair(memory as u64 + 1, number as u64));
        let at = Timestamp::from_millis(1_700_000_000_000 + memory as i64);
        draft.record(Record::new(id, at, Body::Episode(EpisodeRecord::new(text))))
    });
    store.append(user, Expect::Any, ConsentLedger::folded(&given).admit(memories)?).await?;
    let session = agent.open(user, SessionChoice::New).await?;
    session
        .decide(Purpose::Conversation, ConsentChoice::Given, "1", "a measurement")
        .await
        .map_err(|kind| format!("{kind:?}"))?;
    Ok(session)
}

async fn turn(session: &Session, said: &str, times: &mut Times) {
    let start = SystemStopwatch.elapsed();
    let mut first = None;
    let mut turn = match session.turn(said).await {
        Ok(turn) => turn,
        Err(error) => {
            times.bad = Some(error.to_string());
            return;
        }
    };
    while let Some(event) = turn.next().await {
        match event {
            TurnEvent::Words(_) => {
                first.get_or_insert_with(|| SystemStopwatch.elapsed() - start);
            }
            TurnEvent::Withheld { .. } => times.withheld += 1,
            TurnEvent::Done(summary) => {
                let whole =
                    summary.outcome == TurnOutcome::Whole && summary.stored && summary.usage.calls == 1;
                times.complete += usize::from(whole);
                if !whole {
                    let calls = summary.usage.calls;
                    times.bad =
                        Some(format!("{:?}, stored: {}, calls: {calls}", summary.outcome, summary.stored));
                }
            }
            _ => {}
        }
    }
    times.whole.push(SystemStopwatch.elapsed() - start);
    times.first.extend(first);
}

fn at(times: &mut [Duration], percent: usize) -> u128 {
    times.sort_unstable();
    let place = times.len().saturating_sub(1) * percent / 100;
    times.get(place).map_or(0, Duration::as_micros)
}

/// Processor time of the process, by the hundredth of a second; none where the system does not say.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces.
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// How much memory the process holds; 0 where the system does not say.
fn resident_kib() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0_usize) * 4
}
