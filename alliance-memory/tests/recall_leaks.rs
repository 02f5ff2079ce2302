//! What is recalled for a person is theirs: random people, random words, no exception.
//!
//! Ten thousand queries here; a million with
//! `cargo test --release -p alliance-memory --test recall_leaks -- --ignored`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use alliance_core::{
    consent::{ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    recall::{Cue, Recaller},
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, Record, TurnAcceptedRecord,
        TurnEndedRecord, TurnOutcome,
    },
    safety::{Locale, RiskLevel, Timestamp},
    store::{Expect, Forget, MemoryStore},
};
use alliance_memory::{InMemoryStore, Recall};
use futures::executor::block_on;
use uuid::Uuid;

const PEOPLE: u64 = 60;
/// Fewer than there are people, so that indexes come and go.
const OPEN: usize = 20;
/// Words that everybody uses, so that everybody's memories would fit everybody's queries.
const WORDS: [&str; 24] = [
    "sister",
    "train",
    "late",
    "sleep",
    "work",
    "garden",
    "doctor",
    "rain",
    "music",
    "quiet",
    "letter",
    "kitchen",
    "Schwester",
    "Garten",
    "Arbeit",
    "Angst",
    "Prüfung",
    "Prüfungsangst",
    "schlafen",
    "geweint",
    "Anna",
    "yesterday",
    "gestern",
    "März",
];

/// Numbers that look random and are the same in each run.
struct Seed(u64);

impl Seed {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn text(&mut self) -> String {
        let words = 1 + self.below(6);
        (0..words).map(|_| WORDS[self.below(WORDS.len() as u64) as usize]).collect::<Vec<_>>().join(" ")
    }

    fn body(&mut self) -> Body {
        let text = self.text();
        match self.below(4) {
            0 => Body::Fact(FactRecord::new(self.text(), "is", text)),
            1 => {
                let mut episode = EpisodeRecord::new(text);
                episode.people.push("Anna".to_owned());
                Body::Episode(episode)
            }
            2 => Body::TurnEnded(TurnEndedRecord::new(text, TurnOutcome::Whole)),
            _ => Body::TurnAccepted(TurnAcceptedRecord::new(text, Locale::En, RiskLevel::None)),
        }
    }
}

fn user(number: u64) -> UserId {
    UserId::new(Uuid::from_u128(u128::from(number) + 1))
}

fn no_leak_in(queries: u64) {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let ledger = ConsentLedger::folded(&given);
    let (store, recall, mut seed) = (InMemoryStore::new(), Recall::new().open_people(OPEN), Seed(20_261_126));
    // Whose each record is, for as long as it is held.
    let mut owners: HashMap<RecordId, u64> = HashMap::new();
    let (mut recalled, mut next) = (0, 1_u128);
    for query in 0..queries {
        let who = seed.below(PEOPLE);
        // Things are added and erased all along, at most some hundred to a person.
        if query < PEOPLE * 20 || seed.below(10) == 0 {
            let id = RecordId::new(Uuid::from_u128(next));
            let session = SessionId::new(Uuid::from_u128(next / 5 + 1));
            let at = Timestamp::from_millis(i64::try_from(next).unwrap() * 3_600_000);
            let record = Record::new(id, at, seed.body()).session(session);
            let batch = ledger.admit(Draft::new().record(record)).unwrap();
            block_on(store.append(user(who), Expect::Any, batch)).unwrap();
            owners.insert(id, who);
            next += 1;
        }
        if seed.below(200) == 0 {
            block_on(store.forget(user(who), &Forget::Everything)).unwrap();
            owners.retain(|_, owner| *owner != who);
        }
        let now = Timestamp::from_millis(i64::try_from(next).unwrap() * 3_600_000);
        let locale = if seed.below(2) == 0 { Locale::En } else { Locale::De };
        let cue = Cue::new(seed.text()).limit(8).at(now).locale(locale);
        for memory in block_on(recall.recall(&store, user(who), &cue)).unwrap() {
            assert_eq!(owners.get(&memory.record), Some(&who), "query {query}");
            recalled += 1;
        }
    }
    assert!(recalled > queries, "what recalls nothing leaks nothing");
}

#[test]
fn nothing_of_another_person_is_recalled() {
    no_leak_in(10_000);
}

#[test]
#[ignore = "takes minutes: run it with --release"]
fn nothing_of_another_person_is_recalled_in_a_million() {
    no_leak_in(1_000_000);
}
