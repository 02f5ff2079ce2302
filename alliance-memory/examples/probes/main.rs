//! Asks the probes of `probes.jsonl` of recall, through the encrypted store, beside what agents commonly do:
//! `cargo run --release -p alliance-memory --features sqlite --example probes`.
//!
//! Each log is appended to a person of its own, what is to be forgotten is erased, and the question is put to `Recall`,
//! for at most eight memories. The baseline recalls only where the person speaks of remembering, and then gives the eight
//! turns nearest by cosine of word counts. For each kind and language it prints: of what was expected, how much was
//! found and how much first; what must not be recalled and was; and how often nothing was recalled where nothing was
//! expected. With `--embedder static` (feature `static-embedder`) recall looks at what is meant too.

mod baseline;
#[path = "../shared/meaning.rs"]
mod meaning;
mod probe;

use std::{env, error::Error, fmt, fs, io::Write, path::PathBuf, process};

use alliance_core::{
    recall::Recaller,
    store::{Forget, MemoryStore},
};
use alliance_memory::{FileKeys, MasterKey, SqliteStore};
use futures::executor::block_on;
use probe::{KINDS, Probe};

/// How many memories are asked for.
const LIMIT: usize = 8;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let place = Place(env::temp_dir().join(format!("alliance-probes-{}", process::id())));
    fs::create_dir_all(&place.0)?;
    let keys = FileKeys::open(place.0.join("keys"), MasterKey::new([7; 32]))?;
    let store = block_on(SqliteStore::open(place.0.join("store"), keys))?;
    let args: Vec<_> = env::args().skip(1).collect();
    let with_meaning = match &*args.iter().map(|arg| &**arg).collect::<Vec<_>>() {
        [] => false,
        ["--embedder", "static"] => true,
        _ => return Err("the option is `--embedder static`".into()),
    };
    let recall = meaning::recall(with_meaning)?;
    let probes = probe::read(include_str!("probes.jsonl"))?;
    let mut answers = Vec::new();
    for (number, probe) in probes.iter().enumerate() {
        let user = probe.fill(&store, number)?;
        if !probe.forget.is_empty() {
            let ids = probe.forget.iter().map(|id| probe.record(id)).collect::<Outcome<_>>()?;
            block_on(store.forget(user, &Forget::Records(ids)))?;
        }
        let found = block_on(recall.recall(&store, user, &probe.cue().limit(LIMIT)))?;
        answers.push(found.iter().filter_map(|memory| probe.name(memory.record)).collect());
    }
    let usual: Vec<Vec<String>> = probes.iter().map(|probe| baseline::answer(probe, LIMIT)).collect();

    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} probes, at most {LIMIT} memories each: recall / eight nearest on explicit mention",
        probes.len()
    )?;
    for locale in ["en", "de"] {
        for kind in KINDS {
            let tally = |answers: &[Vec<String>]| {
                let mut tally = Tally::default();
                let both = probes.iter().zip(answers).filter(|(p, _)| p.kind == kind && p.locale == locale);
                both.for_each(|(probe, answer)| tally.count(probe, answer));
                tally
            };
            writeln!(out, "{locale} {kind:<13} {} / {}", tally(&answers), tally(&usual))?;
        }
    }
    Ok(())
}

/// What came of some probes.
#[derive(Default)]
struct Tally {
    expected: usize,
    found: usize,
    asked: usize,
    first: usize,
    wrong: usize,
    nothing_expected: usize,
    abstained: usize,
}

impl Tally {
    fn count(&mut self, probe: &Probe, answer: &[String]) {
        self.expected += probe.expect.len();
        self.found += probe.expect.iter().filter(|id| answer.contains(id)).count();
        self.asked += usize::from(!probe.expect.is_empty());
        self.first += usize::from(answer.first().is_some_and(|first| probe.expect.contains(first)));
        self.wrong += probe.not.iter().filter(|id| answer.contains(id)).count();
        self.nothing_expected += usize::from(probe.expect.is_empty());
        self.abstained += usize::from(probe.expect.is_empty() && answer.is_empty());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found, asked, first, wrong, nothing_expected, abstained } = self;
        write!(
            f,
            "found {found:>2} of {expected:>2}, first {first:>2} of {asked:>2}, wrong {wrong:>2}, \
             silent {abstained:>2} of {nothing_expected:>2}"
        )
    }
}

/// A folder that goes when it is dropped.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
