//! How recall grows: with the memories of a person, with the people that are open, and what an open one takes,
//! through the encrypted store.
//!
//! `cargo bench -p alliance-engine --bench recall_scaling`; with `ALLIANCE_BENCH=full` at the sizes of
//! `docs/figures.md`. Files lie in the system's folder for temporary files, or where `ALLIANCE_BENCH_DIR` says.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use alliance::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    memory::{FileKeys, MasterKey, Recall, SqliteOptions, SqliteStore},
    recall::{Cue, Recaller},
    record::{Body, ConsentChoice, ConsentRecord, Record, TurnAcceptedRecord},
    safety::{Locale, RiskLevel, Stopwatch, SystemStopwatch, Timestamp},
    store::{Expect, MemoryStore, Selection},
};
use futures::executor::block_on;
use uuid::Uuid;

/// Turns in a session.
const SESSION: usize = 40;
/// Words of a memory, some 170 bytes.
const LENGTH: usize = 30;
/// Different words that people use.
const VOCABULARY: f64 = 20_000.0;

const FUNCTION_WORDS: [&str; 10] = ["the", "and", "i", "to", "it", "was", "my", "of", "that", "in"];

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let under = env::var_os("ALLIANCE_BENCH_DIR").map_or_else(env::temp_dir, PathBuf::from);
        let path = under.join(format!("alliance-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn open(&self, people: usize) -> SqliteStore {
        let keys = FileKeys::open(self.0.join("keys"), MasterKey::new([7; 32])).unwrap();
        let options = SqliteOptions::default().open_people(people);
        block_on(SqliteStore::open_with(self.0.join("store"), keys, options)).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// Numbers that look random and are the same in each run.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A word; the nth most usual is said about 1/n as often as the most usual one, and the first hundred, near half
    /// of a text, are words without content.
    fn word(&mut self) -> String {
        let share = self.next() as f64 / u64::MAX as f64;
        let rank = VOCABULARY.powf(share) as u64;
        if rank <= 100 {
            return FUNCTION_WORDS[rank as usize % FUNCTION_WORDS.len()].to_owned();
        }
        let mut letters = Seed(rank);
        let syllables = 2 + usize::from(rank > 500) + usize::from(rank > 5000);
        let syllable = |_| {
            let (a, b) = (letters.below(20), letters.below(5));
            [b"bcdfghjklmnpqrstvwxz"[a] as char, b"aeiou"[b] as char]
        };
        (0..syllables).flat_map(syllable).collect()
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let start = SystemStopwatch.elapsed();
    let done = what();
    (done, SystemStopwatch.elapsed() - start)
}

/// Milliseconds at a percentile.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3
}

fn print(what: &str, mut times: Vec<Duration>, goal: &str) -> f64 {
    let (half, most) = (at(&mut times, 50), at(&mut times, 99));
    println!("{what} (n = {}): p50 {half:.3} ms, p99 {most:.3} ms; goal {goal}", times.len());
    half
}

fn user(number: usize) -> UserId {
    UserId::new(Uuid::from_u128(0xa_0000_0000 + number as u128))
}

/// A turn of a person, said on one of the days before 2026.
fn turn(user: usize, number: usize) -> Record {
    let mixed = Seed((user as u64) << 32 | number as u64).next();
    let id = RecordId::new(Uuid::from_u64_pair(mixed, (user as u64) << 32 | number as u64));
    let session = SessionId::new(Uuid::from_u64_pair(user as u64 + 1, (number / SESSION) as u64));
    let text = Seed(mixed).text(LENGTH);
    let at = Timestamp::from_millis(1_600_000_000_000 + number as i64 * 1_000_000);
    Record::new(id, at, Body::TurnAccepted(TurnAcceptedRecord::new(text, Locale::En, RiskLevel::None)))
        .session(session)
}

fn fill(store: &SqliteStore, who: usize, memories: usize) {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let ledger = ConsentLedger::folded(&given);
    let decisions = (1..).zip(given).map(|(number, decision)| {
        let id = RecordId::new(Uuid::from_u64_pair(u64::MAX - number, who as u64));
        Record::new(id, Timestamp::from_millis(1_600_000_000_000), Body::Consent(decision))
    });
    let agreed = ledger.admit(decisions.fold(Draft::new(), Draft::record)).unwrap();
    block_on(store.append(user(who), Expect::Any, agreed)).unwrap();
    for from in (0..memories).step_by(1000) {
        let records = (from..memories.min(from + 1000)).map(|number| turn(who, number));
        let batch = ledger.admit(records.fold(Draft::new(), Draft::record)).unwrap();
        block_on(store.append(user(who), Expect::Any, batch)).unwrap();
    }
}

/// What somebody says: six words of something said before, and six others.
fn cue(seed: &mut Seed, who: usize, memories: usize) -> Cue {
    let turn = turn(who, seed.below(memories));
    let Body::TurnAccepted(said) = &turn.body else { return Cue::new("") };
    let before: Vec<&str> = said.text.split(' ').step_by(5).collect();
    Cue::new(format!("I remember {} and {}", before.join(" "), seed.text(6)))
        .at(Timestamp::from_millis(1_760_000_000_000))
}

fn recalled(recall: &Recall, store: &SqliteStore, who: usize, cue: &Cue) -> Duration {
    let (found, time) = timed(|| block_on(recall.recall(store, user(who), cue)).unwrap());
    assert!(found.len() <= cue.limit);
    time
}

fn main() {
    let is_full = env::var("ALLIANCE_BENCH").is_ok_and(|size| size == "full");
    let thousand =
        one_person(1_000, if is_full { 200 } else { 20 }, ["≤ 2 ms p99", "≤ 0.1 ms p50, ≤ 1 ms p99"]);
    let many = if is_full { 100_000 } else { 10_000 };
    one_person(many, if is_full { 5 } else { 2 }, ["≤ 150 ms p99", "≤ 5 ms p50, ≤ 15 ms p99"]);
    many_people(if is_full { (1000, 1000) } else { (300, 100) }, thousand);
}

/// First and later recalls of one person.
fn one_person(memories: usize, openings: usize, goals: [&str; 2]) -> f64 {
    let place = Place::new("one");
    let store = place.open(1);
    fill(&store, 0, memories);
    let mut seed = Seed(1);
    let cues: Vec<Cue> = (0..openings).map(|_| cue(&mut seed, 0, memories)).collect();
    let first = |what: &str, close: bool| {
        let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
        for cue in &cues {
            if close {
                // One person's file is open at a time.
                block_on(store.read(user(1), &Selection::all())).unwrap();
            }
            let before = processor_time();
            times.push(recalled(&Recall::new(), &store, 0, cue));
            spent += processor_time() - before;
        }
        print(&format!("first recall over {memories} memories, {what}"), times, goals[0]);
        println!(
            "the same, on a processor: {:.3} ms on average",
            spent.as_secs_f64() * 1e3 / openings as f64
        );
    };
    first("nothing saved, file open", false);
    let ((), saving) = timed(|| block_on(Recall::new().save(&store, user(0))).unwrap());
    println!("reading and saving it: {:.3} ms", saving.as_secs_f64() * 1e3);
    first("file open", false);
    fill(&store, 1, 1);
    first("file not open", true);
    let recall = Recall::new();
    recalled(&recall, &store, 0, &Cue::new("hello"));
    let cues: Vec<Cue> = (0..2000).map(|_| cue(&mut seed, 0, memories)).collect();
    let before = processor_time();
    let warm = cues.iter().map(|cue| recalled(&recall, &store, 0, cue)).collect();
    let spent = (processor_time() - before).as_secs_f64() * 1e3 / cues.len() as f64;
    let half = print(&format!("recall over {memories} memories"), warm, goals[1]);
    println!("the same, on a processor: {spent:.3} ms on average");
    half
}

/// Many people, all open, and a random one of them where 256 are.
fn many_people((people, memories): (usize, usize), alone: f64) {
    let place = Place::new("many");
    let store = place.open(people);
    for who in 0..people {
        fill(&store, who, memories);
        block_on(Recall::new().save(&store, user(who))).unwrap();
    }
    let mut seed = Seed(2);
    let recall = Recall::new().open_people(people);
    // So that what is made once, and what the store keeps of those whom it has open, does not count.
    for who in 0..people {
        block_on(store.read(user(who), &Selection::all())).unwrap();
    }
    recalled(&recall, &store, 0, &Cue::new("hello"));
    let before = resident_kib();
    for who in 1..people {
        recalled(&recall, &store, who, &Cue::new("hello"));
    }
    let open = (resident_kib() - before) as f64 * 1.024 / (people - 1) as f64;
    println!("an open person of {memories} memories: {open:.0} kB of index; goal ≤ 400 kB");
    let mut random = |recall: &Recall| {
        let who = seed.below(people);
        recalled(recall, &store, who, &cue(&mut seed, who, memories))
    };
    let all: Vec<_> = (0..3000).map(|_| random(&recall)).collect();
    let all = print(
        &format!("recall, {people} people with {memories} each, all open"),
        all,
        "≤ 1.5 × one alone, p50",
    );
    println!("all open / one alone, p50: {:.2}; goal ≤ 1.5", all / alone);
    drop(store);
    let (store, recall) = (place.open(Recall::OPEN_PEOPLE), Recall::new());
    let mut random = |recall: &Recall| {
        let who = seed.below(people);
        recalled(recall, &store, who, &cue(&mut seed, who, memories))
    };
    for _ in 0..300 {
        random(&recall);
    }
    let some = (0..1000).map(|_| random(&recall)).collect();
    print(&format!("recall for a random one of {people}, 256 open"), some, "≤ 3 ms p50");
    println!("files: {} MB", size(&place.0) / 1_000_000);
}

/// How much memory the process holds; 0 where the system does not say.
fn resident_kib() -> usize {
    let status = fs::read_to_string("/proc/self/statm").ok();
    let pages =
        status.as_deref().and_then(|pages| pages.split(' ').nth(1)).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4
}

/// How long this process was on a processor, which others that run beside it do not change much; 0 where the
/// system does not say.
fn processor_time() -> Duration {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = threads.filter_map(|thread| {
        let line = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        line.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() }).sum()
}
