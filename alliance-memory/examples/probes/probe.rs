//! A probe, as it is written, and its log in a store.

use alliance_core::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    recall::Cue,
    record::{Body, ConsentChoice, ConsentRecord, Record, TurnAcceptedRecord},
    safety::{Locale, RiskLevel, Timestamp},
    store::{Expect, MemoryStore},
};
use futures::executor::block_on;
use serde_json::Value;
use uuid::Uuid;

use super::Outcome;

/// What probes are about, in the order of the table.
pub(crate) const KINDS: [&str; 8] = [
    "implicit",
    "update",
    "temporal",
    "retraction",
    "abstention",
    "injection",
    "other_person",
    "after_erasure",
];

/// One question to a log.
pub(crate) struct Probe {
    pub(crate) kind: String,
    pub(crate) locale: String,
    pub(crate) log: Vec<Said>,
    pub(crate) forget: Vec<String>,
    now: Timestamp,
    asks: String,
    pub(crate) ask: String,
    pub(crate) expect: Vec<String>,
    pub(crate) not: Vec<String>,
}

/// One turn of a log.
pub(crate) struct Said {
    pub(crate) id: String,
    person: String,
    session: u64,
    at: Timestamp,
    pub(crate) text: String,
}

/// Reads probes, one a line.
pub(crate) fn read(lines: &str) -> Outcome<Vec<Probe>> {
    let read =
        |(number, line)| Probe::read(line).map_err(|error| format!("line {}: {error}", number + 1).into());
    lines.lines().enumerate().map(read).collect()
}

impl Probe {
    fn read(line: &str) -> Outcome<Self> {
        let value: Value = serde_json::from_str(line)?;
        let log = value["log"].as_array().ok_or("no log")?;
        let said = |turn: &Value| -> Outcome<Said> {
            Ok(Said {
                id: word(turn, "id")?,
                person: word(turn, "person")?,
                session: turn["session"].as_u64().ok_or("no session")?,
                at: word(turn, "at")?.parse()?,
                text: word(turn, "text")?,
            })
        };
        let probe = Self {
            kind: word(&value, "kind")?,
            locale: word(&value, "locale")?,
            log: log.iter().map(said).collect::<Outcome<_>>()?,
            forget: words(&value, "forget")?,
            now: word(&value, "now")?.parse()?,
            asks: word(&value, "asks")?,
            ask: word(&value, "ask")?,
            expect: words(&value, "expect")?,
            not: words(&value, "not")?,
        };
        if KINDS.contains(&probe.kind.as_str()) { Ok(probe) } else { Err("an unknown kind".into()) }
    }

    /// Appends the log, each person's turns to a person of their own, and names the one who asks.
    pub(crate) fn fill(&self, store: &dyn MemoryStore, number: usize) -> Outcome<UserId> {
        let user = |person: &str| UserId::from_name(&format!("probe {number} {person}"));
        let yes = ConsentRecord::new(Purpose::Conversation, ConsentChoice::Given, "1", "");
        let ledger = ConsentLedger::folded([&yes]);
        let locale = self.language();
        for said in &self.log {
            let turn = TurnAcceptedRecord::new(said.text.as_str(), locale, RiskLevel::None);
            let record = Record::new(self.record(&said.id)?, said.at, Body::TurnAccepted(turn));
            let session = SessionId::new(Uuid::from_u128(u128::from(said.session)));
            let batch = ledger.admit(Draft::new().record(record.session(session)))?;
            block_on(store.append(user(&said.person), Expect::Any, batch))?;
        }
        Ok(user(&self.asks))
    }

    fn language(&self) -> Locale {
        if self.locale == "de" { Locale::De } else { Locale::En }
    }

    /// The question as the engine puts it: with the time and the language.
    pub(crate) fn cue(&self) -> Cue {
        Cue::new(self.ask.as_str()).at(self.now).locale(self.language())
    }

    /// The record of a turn.
    pub(crate) fn record(&self, id: &str) -> Outcome<RecordId> {
        let at = self.log.iter().position(|said| said.id == id).ok_or("an id that is not in the log")?;
        Ok(RecordId::new(Uuid::from_u128(u128::try_from(at)? + 1)))
    }

    /// The turn of a record.
    pub(crate) fn name(&self, record: RecordId) -> Option<String> {
        let at = usize::try_from(record.uuid().as_u128()).ok()?.checked_sub(1)?;
        self.log.get(at).map(|said| said.id.clone())
    }

    /// What a memory that keeps people apart and erases could find.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Said> {
        self.log.iter().filter(|said| said.person == self.asks && !self.forget.contains(&said.id))
    }
}

fn word(value: &Value, name: &str) -> Outcome<String> {
    Ok(value[name].as_str().ok_or_else(|| format!("no `{name}`"))?.to_owned())
}

fn words(value: &Value, name: &str) -> Outcome<Vec<String>> {
    let list = value[name].as_array().ok_or_else(|| format!("no `{name}`"))?;
    list.iter().map(|word| Ok(word.as_str().ok_or("not a word")?.to_owned())).collect()
}
