//! Answers questions over long conversations, one JSON object a line, for an evaluator of recall:
//! `cargo run --release -p alliance-memory --features sqlite --example recall`.
//!
//! Each conversation is a person with a file of their own in an encrypted store, each turn an episode with whoever
//! spoke among its people. In come `hello`, `add` (`conv`, `session`, `session_date`, `speaker`, `id`, `text`, `caption`), `commit`, `query` (`qid`,
//! `conv`, `text`, `k`, `now`) and `bye`; out go `ready`, `committed` and `result` (`qid`, `ids`, `us`). With `--tokens N`, an
//! answer holds no more tokens than that, and at `bye` standard error says which share of its conversation an answer was on average.
//! `--threshold 0` has recall never abstain where a word is shared; `--embedder static` (feature `static-embedder`) looks at
//! what is meant too.

#[path = "shared/meaning.rs"]
mod meaning;

use std::{
    collections::HashMap,
    env,
    error::Error,
    fs,
    io::{self, BufRead, Write},
    path::PathBuf,
    process,
};

use alliance_core::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    recall::{Cue, Recaller},
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record},
    safety::{Stopwatch, SystemStopwatch, Timestamp},
    store::{Expect, MemoryStore},
    token::{ByteEstimate, TokenCounter},
};
use alliance_memory::{FileKeys, MasterKey, Recall, SqliteStore};
use futures::executor::block_on;
use serde_json::{Value, json};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let options = Options::read(env::args().skip(1))?;
    let place = Place(env::temp_dir().join(format!("alliance-recall-{}", process::id())));
    fs::create_dir_all(&place.0)?;
    let keys = FileKeys::open(place.0.join("keys"), MasterKey::new([7; 32]))?;
    let store = block_on(SqliteStore::open(place.0.join("store"), keys))?;
    let mut log = Log::new(store, options)?;
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let answer = match field(&line, "op")? {
            "hello" => {
                json!({"op": "ready", "name": "alliance-memory", "version": env!("CARGO_PKG_VERSION")})
            }
            "add" => {
                log.add(&line)?;
                continue;
            }
            "commit" => log.commit()?,
            "query" => log.query(&line)?,
            "bye" => break,
            _ => continue,
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    log.report()
}

/// What was asked for when it was started.
struct Options {
    tokens: usize,
    threshold: f32,
    with_meaning: bool,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { tokens: usize::MAX, threshold: Recall::THRESHOLD, with_meaning: false };
        while let Some(name) = args.next() {
            let value = args.next().ok_or("a value is missing")?;
            match &*name {
                "--tokens" => options.tokens = value.parse()?,
                "--threshold" => options.threshold = value.parse()?,
                "--embedder" if value == "static" => options.with_meaning = true,
                _ => {
                    let known = "options are `--tokens N`, `--threshold X` and `--embedder static`";
                    return Err(known.into());
                }
            }
        }
        Ok(options)
    }
}

fn field<'a>(line: &'a Value, name: &str) -> Outcome<&'a str> {
    line[name].as_str().ok_or_else(|| format!("no `{name}`").into())
}

fn moment(text: &str) -> Outcome<Timestamp> {
    Ok(format!("{text}Z").parse()?)
}

fn admitted(draft: Draft) -> Outcome<alliance_core::consent::Batch> {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    Ok(ConsentLedger::folded(&given).admit(draft)?)
}

/// The people, and how their records are called outside.
struct Log {
    store: SqliteStore,
    recall: Recall,
    options: Options,
    names: HashMap<RecordId, String>,
    waiting: HashMap<String, Vec<Record>>,
    /// How long each conversation is, in tokens.
    lengths: HashMap<String, usize>,
    answers: usize,
    share: f64,
}

impl Log {
    fn new(store: SqliteStore, options: Options) -> Outcome<Self> {
        let (names, waiting, lengths) = (HashMap::new(), HashMap::new(), HashMap::new());
        let recall = meaning::recall(options.with_meaning)?.threshold(options.threshold);
        Ok(Self { store, recall, options, names, waiting, lengths, answers: 0, share: 0.0 })
    }

    fn add(&mut self, line: &Value) -> Outcome<()> {
        let conversation = field(line, "conv")?;
        let said = match line["caption"].as_str() {
            Some(caption) => format!("{} [shares {caption}]", field(line, "text")?),
            None => field(line, "text")?.to_owned(),
        };
        let number = self.names.len() as u128 + 1;
        let id = RecordId::new(Uuid::from_u128(number));
        let session = UserId::from_name(&format!("{conversation}/{}", line["session"])).uuid();
        let at = moment(field(line, "session_date")?)?;
        *self.lengths.entry(conversation.to_owned()).or_default() += ByteEstimate.count(&said);
        let mut episode = EpisodeRecord::new(said);
        episode.people = vec![field(line, "speaker")?.to_owned()];
        episode.happened = Some(at);
        let record = Record::new(id, at, Body::Episode(episode)).session(SessionId::new(session));
        self.names.insert(id, field(line, "id")?.to_owned());
        self.waiting.entry(conversation.to_owned()).or_default().push(record);
        Ok(())
    }

    fn commit(&mut self) -> Outcome<Value> {
        let start = SystemStopwatch.elapsed();
        for (conversation, records) in self.waiting.drain() {
            let user = UserId::from_name(&conversation);
            for part in records.chunks(500) {
                let batch = admitted(part.iter().cloned().fold(Draft::new(), Draft::record))?;
                block_on(self.store.append(user, Expect::Any, batch))?;
            }
            block_on(self.recall.recall(&self.store, user, &Cue::new("hello")))?;
        }
        Ok(json!({"op": "committed", "seconds": (SystemStopwatch.elapsed() - start).as_secs_f64()}))
    }

    fn query(&mut self, line: &Value) -> Outcome<Value> {
        let conversation = field(line, "conv")?;
        let limit = line["k"].as_u64().and_then(|k| usize::try_from(k).ok()).ok_or("no `k`")?;
        let cue = Cue::new(field(line, "text")?)
            .limit(limit)
            .tokens(self.options.tokens)
            .at(moment(field(line, "now")?)?);
        let start = SystemStopwatch.elapsed();
        let found = block_on(self.recall.recall(&self.store, UserId::from_name(conversation), &cue))?;
        let us = (SystemStopwatch.elapsed() - start).as_micros();
        let taken: usize = found.iter().map(|memory| ByteEstimate.count(&memory.text)).sum();
        self.answers += 1;
        self.share += taken as f64 / *self.lengths.get(conversation).unwrap_or(&1) as f64;
        let ids: Vec<_> = found.iter().filter_map(|memory| self.names.get(&memory.record)).collect();
        Ok(json!({"op": "result", "qid": field(line, "qid")?, "ids": ids, "us": us as u64}))
    }

    fn report(&self) -> Outcome<()> {
        let share = 100.0 * self.share / self.answers.max(1) as f64;
        Ok(writeln!(io::stderr(), "an answer is {share:.1} % of its conversation on average")?)
    }
}

/// A folder that goes when it is dropped.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
