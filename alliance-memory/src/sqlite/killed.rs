//! What is left of erased words inside the files when the process that erases them is killed at any moment: nothing,
//! once the store was opened again. The files are written in the clear here; under their encryption nobody could look.
//!
//! 20 kills; `ALLIANCE_ERASE_KILLS=500 cargo test --release -p alliance-memory --features sqlite killed` for more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{
    cell::{Cell, RefCell},
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
    time::Duration,
};

use alliance_core::{
    consent::{ConsentLedger, Draft, Purpose},
    host::{HostError, KeyStore},
    id::UserId,
    recall::Recaller,
    record::{Body, ConsentChoice, ConsentRecord, FactRecord, Record, RecordKind, SafetyPlanRecord},
    safety::{SealKey, Stopwatch, SystemStopwatch, Timestamp},
    store::{Expect, Forget, Handle, HandleKind, MemoryStore, Selection, Topic},
};
use futures::executor::block_on;

use super::{SqliteOptions, SqliteStore};
use crate::{
    Recall, RecallTerms,
    place::{Place, admitted, episode, id, user},
};

/// The folder and the number of the erasure, in a process that is to be killed.
const CHILD: &str = "ALLIANCE_TEST_ERASES";
const RUNS: &str = "ALLIANCE_ERASE_KILLS";

/// What is erased, and words made from it that nobody said.
const CANARIES: [&str; 2] = ["Xylocanary", "Derivocanary"];

/// What recall calls what it saves.
const SAVED: &str = "recall";

/// How many records an erasure leaves: half of what is said, and the decisions.
const LEFT: usize = 40 + Purpose::ALL.len();

/// No keys: a store of files in the clear.
#[derive(Debug)]
struct Clear;

#[async_trait::async_trait]
impl KeyStore for Clear {
    async fn key(&self, _user: UserId) -> Result<SealKey, HostError> {
        Ok(SealKey::new([0; 32]))
    }

    async fn destroy(&self, _user: UserId) -> Result<(), HostError> {
        Ok(())
    }
}

thread_local! {
    static BEFORE_WRITING_BACK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// An erasure is committed, and its journal is not written back yet.
pub(super) fn before_writing_back() {
    if let Some(what) = BEFORE_WRITING_BACK.take() {
        what();
    }
}

fn open(people: &Path) -> SqliteStore {
    let options = SqliteOptions::default().threads(0);
    block_on(SqliteStore::open_with(people, Clear, options)).unwrap()
}

fn erasures() -> Vec<Forget> {
    let (from, to) = (Timestamp::from_millis(100), Timestamp::from_millis(200));
    vec![
        Forget::Records((100..140).map(id).collect()),
        Forget::Session(crate::fixture::session(7)),
        Forget::Between(from, to),
        Forget::About(Topic::new("xylocanary", RecallTerms).unwrap()),
        Forget::Kind(RecordKind::Unknown("dream".into())),
        Forget::Safety,
        Forget::Everything,
    ]
}

/// Records of which `what` means those that hold the canary, among others of all lengths, in many appends.
fn fill(store: &SqliteStore, what: &Forget) {
    let mut draft = Draft::new();
    for number in 0..80 {
        let length = [3, 100, 900][usize::try_from(number).unwrap() % 3];
        let is_meant = number % 2 == 1;
        let text = if is_meant { CANARIES[0] } else { "nothing" };
        let text = format!("{text} {}", "word ".repeat(length));
        let id_number = if is_meant { 100 + number / 2 } else { number };
        let mut record = match what {
            Forget::Kind(_) if is_meant => {
                let written = serde_json::json!({ "id": id(id_number).uuid(), "at": "1970-01-01T00:00:00Z",
                    "kind": "dream", "data": text });
                serde_json::from_value::<Record>(written).unwrap()
            }
            Forget::Safety if is_meant => {
                let plan = SafetyPlanRecord::new(vec![vec![text]]);
                Record::new(id(id_number), Timestamp::UNIX_EPOCH, Body::SafetyPlan(plan))
            }
            _ => episode(id_number, text),
        };
        if is_meant {
            record = record.session(crate::fixture::session(7));
        }
        if number.is_multiple_of(5) {
            draft = draft.open(Handle::new(user(1), record.id, HandleKind::Timer, Timestamp::UNIX_EPOCH));
        }
        draft = draft.record(record);
        if number % 8 == 7 {
            let batch = admitted(std::mem::take(&mut draft));
            block_on(store.append(user(1), Expect::Any, batch)).unwrap();
        }
    }
    if !matches!(what, Forget::Safety) {
        let made = FactRecord::new("it", "is", CANARIES[1]);
        let made =
            Record::new(id(200), Timestamp::from_millis(999), Body::Fact(made)).derived_from([id(103)]);
        crate::fixture::keep(store, user(1), [made]);
    }
    crate::fixture::agree(store, user(1));
    // What recall saves holds the words too, and the terms that it made of them.
    block_on(Recall::new().save(store, user(1))).unwrap();
    assert!(block_on(store.snapshot(user(1), SAVED)).unwrap().is_some());
}

/// How often a canary stands in any file, as text in either case, in UTF-16, or as the term that recall has of it.
fn residue(place: &Place) -> usize {
    let mut shapes: Vec<Vec<u8>> = Vec::new();
    for word in CANARIES {
        let mut terms = vec![word.to_owned(), word.to_lowercase(), word.to_uppercase(), word[..7].to_owned()];
        crate::recall::scan(word, |term| terms.push(term.to_owned()));
        for term in terms {
            shapes.push(term.encode_utf16().flat_map(u16::to_le_bytes).collect());
            shapes.push(term.encode_utf16().flat_map(u16::to_be_bytes).collect());
            shapes.push(term.into_bytes());
        }
    }
    shapes.sort();
    shapes.dedup();
    // Searching a text is quick in the standard library, so each byte stands as the letter of its number.
    let letters = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let shapes: Vec<String> = shapes.iter().map(|shape| letters(shape)).collect();
    let files = place.files().into_iter().map(|path| letters(&fs::read(path).unwrap()));
    files.map(|text| shapes.iter().filter(|shape| text.contains(&***shape)).count()).sum()
}

fn held(store: &SqliteStore) -> usize {
    block_on(store.read(user(1), &Selection::all())).unwrap().records.len()
}

/// Numbers that look random (SplitMix64).
fn roll(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[test]
fn nothing_of_what_was_erased_is_left_after_a_kill_at_any_moment() {
    if let Ok(order) = env::var(CHILD) {
        let (number, people) = order.split_once(' ').unwrap();
        let store = open(&PathBuf::from(people));
        BEFORE_WRITING_BACK.set(Some(Box::new(|| println!("committed"))));
        println!("open");
        let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
        let saved = block_on(store.snapshot(user(1), SAVED)).unwrap().unwrap();
        let saved = ConsentLedger::folded(&given).admit_snapshot(saved, []).unwrap();
        block_on(store.keep_snapshot(user(1), saved)).unwrap();
        block_on(store.forget(user(1), &erasures()[number.parse::<usize>().unwrap()])).unwrap();
        println!("done");
        // Whoever kills is not kept from it by an end that comes first.
        std::thread::park();
        return;
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let runs = env::var(RUNS).map_or(20, |runs| runs.parse().unwrap());
    let span = how_long();
    let (mut seed, mut before, mut after) = (1, 0, 0);
    for (run, (number, what)) in (0..runs).zip(erasures().into_iter().enumerate().cycle()) {
        let place = Place::new();
        let store = open(&place.people());
        fill(&store, &what);
        let all = held(&store);
        drop(store);
        assert!(residue(&place) > 0, "the words can be found before");
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", &name, "--nocapture"])
            .env(CHILD, format!("{number} {}", place.people().display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while !lines.next().unwrap().unwrap().ends_with("open") {}
        if run % 3 == 0 {
            // Some ends fall where the words and their erasure both stand in the files.
            let is_there = |line: &str| line.ends_with("committed") || line.ends_with("done");
            while !is_there(&lines.next().unwrap().unwrap()) {}
        } else {
            wait(Duration::from_micros(roll(&mut seed) % span));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = open(&place.people());
        let left = held(&store);
        if left == all {
            // It had not begun: whoever asked got no answer, and asks again.
            before += 1;
            assert!(block_on(store.snapshot(user(1), SAVED)).unwrap().is_some(), "the saved index is whole");
            block_on(store.forget(user(1), &what)).unwrap();
        } else {
            after += 1;
            assert_eq!(residue(&place), 0, "run {run}, {what:?}, while the store is open");
        }
        let wanted = if what == Forget::Everything { 0 } else { LEFT };
        assert_eq!(held(&store), wanted, "run {run}, {what:?}: half of it went");
        assert!(block_on(store.snapshot(user(1), SAVED)).unwrap().is_none(), "run {run}, {what:?}");
        drop(store);
        assert_eq!(residue(&place), 0, "run {run}, {what:?}");
    }
    println!("{runs} kills: {before} before the erasure, {after} in it or after; 0 canary bytes left");
    assert!(after >= runs / 3, "{before} {after}");
}

/// Twice the time that saving and an erasure take here, in microseconds.
fn how_long() -> u64 {
    let place = Place::new();
    let (store, what) = (open(&place.people()), &erasures()[0]);
    fill(&store, what);
    let start = SystemStopwatch.elapsed();
    block_on(Recall::new().save(&store, user(1))).unwrap();
    block_on(store.forget(user(1), what)).unwrap();
    let span = SystemStopwatch.elapsed().saturating_sub(start);
    u64::try_from(span.as_micros()).unwrap() * 2 + 1
}

#[expect(
    clippy::disallowed_methods,
    reason = "the moment of the end is to fall anywhere; nothing waits for it"
)]
fn wait(span: Duration) {
    std::thread::sleep(span);
}

/// The one moment at which the words and their erasure both stand in the files.
#[test]
fn an_erasure_whose_journal_was_not_written_back_is_finished_when_the_store_is_opened() {
    for what in erasures().into_iter().filter(|what| *what != Forget::Everything) {
        let place = Place::new();
        let store = open(&place.people());
        fill(&store, &what);
        let (here, copied) = (place.path().to_owned(), Rc::new(Cell::new(None)));
        let there = copied.clone();
        BEFORE_WRITING_BACK.set(Some(Box::new(move || there.set(Some(Place::copy_of(&here))))));
        block_on(store.forget(user(1), &what)).unwrap();
        let copy = copied.take().unwrap();
        assert!(residue(&copy) > 0, "{what:?}: the words stand in the journal or in the file");
        let store = open(&copy.people());
        assert_eq!(residue(&copy), 0, "{what:?}: opening the store is enough, nobody asks for the person");
        assert_eq!(held(&store), LEFT, "{what:?}");
    }
}
