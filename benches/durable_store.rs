//! What durable memory costs: an append beside a bare append + fdatasync in the same run, 64 writers, opening a
//! person, a random one of many, and what an open one takes.
//!
//! `cargo bench -p alliance-engine --bench durable_store`; with `ALLIANCE_BENCH=full` at the sizes of
//! `docs/figures.md`. Files lie in the system's folder for temporary files, or where `ALLIANCE_BENCH_DIR` says.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and prints"
)]

use std::{
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use alliance::{
    consent::{Batch, ConsentLedger, Draft, Purpose},
    id::{RecordId, UserId},
    memory::{FileKeys, MasterKey, Recall, SqliteOptions, SqliteStore},
    recall::{Cue, Recaller},
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record},
    safety::{Stopwatch, SystemStopwatch, Timestamp},
    store::{Expect, Handle, HandleKind, MemoryStore, Selection},
};
use futures::executor::block_on;
use uuid::Uuid;

const WORDS: [&str; 16] = [
    "sister", "train", "late", "sleep", "work", "garden", "doctor", "rain", "music", "quiet", "letter",
    "kitchen", "river", "school", "friend", "window",
];

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let under = env::var_os("ALLIANCE_BENCH_DIR").map_or_else(env::temp_dir, PathBuf::from);
        let path = under.join(format!("alliance-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn open(&self, options: SqliteOptions) -> SqliteStore {
        let keys = FileKeys::open(self.0.join("keys"), MasterKey::new([7; 32])).unwrap();
        block_on(SqliteStore::open_with(self.0.join("store"), keys, options)).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// Durations of one thing, sorted.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    fn at(&self, percent: usize) -> f64 {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)].as_secs_f64() * 1e3
    }

    fn print(&self, what: &str) {
        println!("{what} (n = {}): p50 {:.3} ms, p99 {:.3} ms", self.0.len(), self.at(50), self.at(99));
    }
}

fn timed(what: impl FnOnce()) -> Duration {
    let start = SystemStopwatch.elapsed();
    what();
    SystemStopwatch.elapsed() - start
}

fn user(number: usize) -> UserId {
    UserId::new(Uuid::from_u128(0xa_0000_0000 + number as u128))
}

fn record(user: usize, number: usize) -> Record {
    let words: Vec<&str> = (0..30).map(|word| WORDS[(number * 7 + word * word + user) % 16]).collect();
    let id = RecordId::new(Uuid::from_u64_pair(
        (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        user as u64,
    ));
    let at = Timestamp::from_millis(i64::try_from(number).unwrap());
    Record::new(id, at, Body::Episode(EpisodeRecord::new(words.join(" "))))
}

fn admit(draft: Draft) -> Batch {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    ConsentLedger::folded(&given).admit(draft).unwrap()
}

fn keep(store: &SqliteStore, who: usize, draft: Draft) {
    block_on(store.append(user(who), Expect::Any, admit(draft))).unwrap();
}

fn fill(store: &SqliteStore, who: usize, memories: usize) {
    for from in (0..memories).step_by(1000) {
        let records = (from..memories.min(from + 1000)).map(|number| record(who, number));
        keep(store, who, records.fold(Draft::new(), Draft::record));
    }
}

fn bare(path: &Path) -> File {
    File::options().create(true).append(true).open(path).unwrap()
}

fn bare_append(file: &mut File, bytes: &[u8]) {
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
}

fn main() {
    let is_full = env::var("ALLIANCE_BENCH").is_ok_and(|size| size == "full");
    for (how, threads) in [("on threads of the store", 64), ("where it is polled", 0)] {
        println!("work is done {how}:");
        let options = SqliteOptions::default().threads(threads);
        one_writer(options, if is_full { 2000 } else { 200 });
        many_writers(options, if is_full { 40 } else { 10 });
    }
    opening(1_000, if is_full { 1000 } else { 100 });
    if is_full {
        opening(100_000, 40);
    }
    random_person(if is_full { (1000, 1000) } else { (300, 50) });
}

/// One append after the other, beside a bare one of the same bytes.
fn one_writer(options: SqliteOptions, rounds: usize) {
    let place = Place::new("one");
    let store = place.open(options);
    let mut file = bare(&place.0.join("bare"));
    let bytes = serde_json::to_vec(&record(1, 1)).unwrap();
    fill(&store, 1, 1000);
    let handled = |number| {
        let (record, due) = (record(1, number), Timestamp::UNIX_EPOCH);
        let handle = Handle::new(user(1), record.id, HandleKind::OpenTurn, due);
        Draft::new().record(record).open(handle).close(self::record(1, number - 2).id)
    };
    let (mut raw, mut plain, mut with) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let number = 2000 + round * 2;
        raw.push(timed(|| bare_append(&mut file, &bytes)));
        plain.push(timed(|| keep(&store, 1, Draft::new().record(record(1, number)))));
        with.push(timed(|| keep(&store, 1, handled(number + 1))));
    }
    let none = Selection::all().limit(0);
    let looks = (0..rounds).map(|_| timed(|| drop(block_on(store.read(user(1), &none)).unwrap())));
    Times::of(looks.collect()).print("a read of nothing: the way to a thread of the store and back");
    let (raw, plain, with) = (Times::of(raw), Times::of(plain), Times::of(with));
    raw.print("bare append + fdatasync");
    plain.print("durable append of one record");
    with.print("durable append that opens and closes a handle");
    println!(
        "durable / bare, p50: {:.3}; with handles {:.3}",
        plain.at(50) / raw.at(50),
        with.at(50) / raw.at(50)
    );
}

/// 64 writers on 64 files, on 64 people, and on one.
fn many_writers(options: SqliteOptions, rounds: usize) {
    const WRITERS: usize = 64;
    let place = Place::new("many");
    let store = place.open(options);
    for who in 0..WRITERS {
        fill(&store, who, 10);
    }
    let bytes = serde_json::to_vec(&record(1, 1)).unwrap();
    let at_once = |write: &(dyn Fn(usize, usize) + Sync)| {
        let span = timed(|| {
            thread::scope(|scope| {
                for writer in 0..WRITERS {
                    scope.spawn(move || (0..rounds).for_each(|round| write(writer, round)));
                }
            });
        });
        (WRITERS * rounds) as f64 / span.as_secs_f64()
    };
    let files =
        (0..WRITERS).map(|writer| std::sync::Mutex::new(bare(&place.0.join(format!("bare-{writer}")))));
    let files: Vec<_> = files.collect();
    let raw = at_once(&|writer, _| bare_append(&mut files[writer].lock().unwrap(), &bytes));
    let apart =
        at_once(&|writer, round| keep(&store, writer, Draft::new().record(record(writer, 1000 + round))));
    let before = count(&store, 0);
    let one = at_once(&|writer, round| keep(&store, 0, Draft::new().record(record(writer, 5000 + round))));
    let kept = count(&store, 0) - before;
    println!(
        "64 writers: bare {raw:.0}/s, on 64 people {apart:.0}/s ({:.3}), on one person {one:.0}/s",
        apart / raw
    );
    println!("64 writers on one person: {kept} of {} acknowledged are there", WRITERS * rounds);
}

fn count(store: &SqliteStore, who: usize) -> usize {
    let (mut count, mut selection) = (0, Selection::all());
    loop {
        let page = block_on(store.read(user(who), &selection)).unwrap();
        count += page.records.len();
        let Some(next) = page.next else { return count };
        selection = selection.after(next);
    }
}

/// The first read of a person whose file is closed: key, file, snapshot, and the newest forty records.
fn opening(memories: usize, rounds: usize) {
    let place = Place::new("open");
    let store = place.open(SqliteOptions::default().open_people(1));
    for who in 0..3 {
        fill(&store, who, memories);
    }
    let newest = Selection::all().newest_first().limit(40);
    let times = (0..rounds).map(|round| {
        // The one that was open before is closed meanwhile; that is not part of opening this one.
        let time = timed(|| drop(block_on(store.read(user(round % 3), &newest)).unwrap()));
        block_on(store.read(user(9), &newest)).unwrap();
        time
    });
    Times::of(times.collect()).print(&format!("opening a person with {memories} memories, newest 40 read"));
    let whole = (0..rounds.min(100)).map(|_| timed(|| assert_eq!(count(&store, 0), memories)));
    Times::of(whole.collect()).print(&format!("reading all {memories}"));
}

/// A person of many, of whom 256 are open.
fn random_person((people, memories): (usize, usize)) {
    let place = Place::new("random");
    let store = place.open(SqliteOptions::default());
    for who in 0..people {
        fill(&store, who, memories);
    }
    drop(store);
    let store = place.open(SqliteOptions::default());
    let newest = Selection::all().newest_first().limit(40);
    let resident = resident_kib();
    for who in 0..256 {
        block_on(store.read(user(who), &newest)).unwrap();
    }
    println!("an open person of {memories} memories: {} KiB", (resident_kib() - resident) / 256);
    let mut seed = 1_usize;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % people
    };
    let reads = (0..1000).map(|_| {
        let who = next();
        timed(|| drop(block_on(store.read(user(who), &newest)).unwrap()))
    });
    Times::of(reads.collect()).print(&format!("newest 40 of a random person of {people}, 256 open"));
    let recall = Recall::new();
    let cue = Cue::new("My sister was late for the train to school.");
    let recalls = (0..600).map(|_| {
        let who = next();
        timed(|| drop(block_on(recall.recall(&store, user(who), &cue)).unwrap()))
    });
    Times::of(recalls.collect())
        .print(&format!("recall for a random person of {people} with {memories}, 256 open"));
}

/// How much memory the process holds; 0 where the system does not say.
fn resident_kib() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let resident =
        pages.as_deref().and_then(|pages| pages.split(' ').nth(1)).and_then(|pages| pages.parse().ok());
    resident.unwrap_or(0_usize) * 4
}
