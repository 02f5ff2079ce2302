//! M5: what was not meant stays, whatever it came from, and a topic is decided record by record.

use alliance_safety::{Category, RiskLevel, Standing, Timestamp};

use super::fixture::{Law, at, draft, handle, id, later, session, user};
use crate::{
    consent::Purpose,
    id::{RecordId, TurnId, UserId},
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, OutboxRecord, Record, RecordKind,
        RiskRecord, SafetyPlanRecord,
    },
    store::{Expect, Forget, MemoryStore, Selection, StoreErrorKind, Terms, Topic},
};

const CLAUSE: &str = "M5 forgets what is meant and no more";

/// M5 forgets completely, and no more: a decision about consent, the safety plan, the history of levels and a notice
/// stay when their session, their time, a topic or what they came from is erased, and go when they are asked for.
/// A topic is decided by the words of each record, also of a kind that nobody knows yet.
///
/// # Panics
///
/// Where the clause is broken.
pub fn m5_forgets_what_is_meant_and_no_more<S: MemoryStore>(make: impl Fn() -> S) {
    for (what, left) in cases() {
        let store = make();
        let law = Law::new(CLAUSE, &store);
        fill(&law);
        let before = law.all(ann());
        let receipt = law.forget(ann(), &what);
        let after = law.all(ann());
        law.holds(present(&law) == left, "what was meant goes, and nothing else");
        let gone = before.records.len() - after.records.len();
        law.holds(receipt.total() == gone as u64, "the receipt counts what went");
        law.holds(receipt.revision == after.revision, "the receipt names the head after erasing");
        let handled = law.handled().contains(&(ann(), id(4)));
        law.holds(handled == left.contains(&4), "a notice keeps its handle while it stays");
        for number in (1..=10).filter(|number| !left.contains(number)) {
            let again = draft([at(number, 1)]);
            law.refuses(ann(), Expect::Any, again, StoreErrorKind::Erased, "what went, in any form,");
        }
    }
}

/// Words between spaces. Whoever recalls brings a better one.
#[derive(Debug)]
struct Spaced;

impl Terms for Spaced {
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
        text.split_whitespace().for_each(found);
    }
}

/// What [`fill`] writes, all of session 1 and at 1 ms unless said otherwise: 1 consent, 2 risk, 3 a safety plan that
/// came from 5 and names the topic, 4 a notice with a handle, 5 an episode on the topic, 6 an episode on another, 7
/// a fact on the topic, of session 2 and at 9 ms, 8 derived from 7 and on another topic, 9 of a kind that nobody
/// knows, on the topic, 10 of session 2 and on a part of the topic.
fn cases() -> Vec<(Forget, Vec<u64>)> {
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(5));
    let about = |words| Topic::new(words, Spaced).map(Forget::About);
    let mut cases = vec![
        (Forget::Session(session(1)), vec![1, 2, 3, 4, 7, 8, 10]),
        (Forget::Between(from, to), vec![1, 2, 3, 4, 7, 8]),
        (Forget::Records(vec![id(5)]), vec![1, 2, 3, 4, 6, 7, 8, 9, 10]),
        (Forget::Kind(RecordKind::Episode), vec![1, 2, 3, 4, 7, 9]),
        (Forget::Safety, vec![1, 4, 5, 6, 7, 8, 9, 10]),
        (Forget::Kind(RecordKind::SafetyPlan), vec![1, 2, 4, 5, 6, 7, 8, 9, 10]),
        (Forget::Kind(RecordKind::Risk), vec![1, 3, 4, 5, 6, 7, 8, 9, 10]),
        (Forget::Kind(RecordKind::Consent), vec![2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (Forget::Kind(RecordKind::Unknown("dream".into())), vec![1, 2, 3, 4, 5, 6, 7, 8, 10]),
        (Forget::Records(vec![id(2), id(3)]), vec![1, 4, 5, 6, 7, 8, 9, 10]),
        (Forget::Everything, vec![]),
    ];
    cases.extend(about("amber harbour").map(|what| (what, vec![1, 2, 3, 4, 6, 10])));
    cases.extend(about("nowhere").map(|what| (what, (1..=10).collect())));
    cases
}

fn ann() -> UserId {
    user(1)
}

fn fill<S: MemoryStore>(law: &Law<'_, S>) {
    let (of, moment) = (session(1), Timestamp::from_millis(1));
    let record = |number: u64, body: Body| Record::new(id(number), moment, body).session(of);
    let episode = |words: &str| Body::Episode(EpisodeRecord::new(words));
    let yes = ConsentRecord::new(Purpose::Conversation, ConsentChoice::Given, "1", "");
    let risk = RiskRecord::new(Standing::default(), Vec::new());
    let plan = SafetyPlanRecord::new(vec![vec!["amber harbour".to_owned()]]);
    let turn = TurnId::new(uuid::Uuid::nil());
    let notice = OutboxRecord::pending(of, turn, RiskLevel::High, Category::Other);
    let fact = Body::Fact(FactRecord::new("harbour", "is", "amber"));
    law.append(ann(), draft([record(1, Body::Consent(yes)), record(5, episode("an amber harbour"))]));
    law.append(
        ann(),
        draft([
            record(2, Body::Risk(risk)).derived_from([id(5)]),
            record(3, Body::SafetyPlan(plan)).derived_from([id(5)]),
            record(4, Body::Outbox(notice)),
        ])
        .open(handle(ann(), 4)),
    );
    let mut fact = record(7, fact).session(session(2));
    fact.at = Timestamp::from_millis(9);
    let mut derived = record(8, episode("made from it")).session(session(2)).derived_from([id(7)]);
    derived.at = Timestamp::from_millis(9);
    law.append(ann(), draft([record(6, episode("a green field")), fact, derived]));
    law.append(ann(), draft(dream(&record(9, episode("")))));
    law.append(ann(), draft([record(10, episode("an amber lamp")).session(session(2))]));
    law.holds(law.all(ann()).records.len() == 10, "what was appended is read");
    law.holds(law.handled().contains(&(ann(), id(4))) && later() > moment, "its handle is listed");
}

/// A record of a kind that this version does not know, in the place of `other`.
fn dream(other: &Record) -> Option<Record> {
    let mut written = serde_json::to_value(other).ok()?;
    let fields = written.as_object_mut()?;
    fields.insert("kind".to_owned(), "dream".into());
    fields.insert("data".to_owned(), serde_json::json!({ "seen": ["an amber", "harbour"] }));
    serde_json::from_value(written).ok()
}

fn present<S: MemoryStore>(law: &Law<'_, S>) -> Vec<u64> {
    let ids = law.ids(ann(), &Selection::all());
    let number = |wanted: &RecordId| (1..=10).find(|number| id(*number) == *wanted).unwrap_or(u64::MAX);
    let mut numbers: Vec<u64> = ids.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}
