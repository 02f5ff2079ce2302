//! What the tests of this crate share.

use alliance_core::{
    consent::{Batch, ConsentLedger, Draft, Purpose},
    id::{RecordId, SessionId, UserId},
    record::{
        Body, ConsentChoice, ConsentRecord, EpisodeRecord, FactRecord, Record, SafetyPlanRecord,
        TurnAcceptedRecord, TurnEndedRecord, TurnOutcome,
    },
    safety::{Locale, RiskLevel, Timestamp},
    store::{Expect, MemoryStore, Revision, Stored},
};
use futures::executor::block_on;
use uuid::Uuid;

pub(crate) fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

pub(crate) fn session(number: u128) -> SessionId {
    SessionId::new(Uuid::from_u128(number))
}

pub(crate) fn id(number: u128) -> RecordId {
    RecordId::new(Uuid::from_u128(number))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn record(number: u128, body: Body) -> Record {
    Record::new(id(number), at(i64::try_from(number).unwrap()), body)
}

pub(crate) fn said(number: u128, text: &str) -> Record {
    record(number, Body::TurnAccepted(TurnAcceptedRecord::new(text, Locale::En, RiskLevel::None)))
}

pub(crate) fn shown(number: u128, text: &str) -> Record {
    record(number, Body::TurnEnded(TurnEndedRecord::new(text, TurnOutcome::Whole)))
}

pub(crate) fn fact(number: u128, subject: &str, predicate: &str, value: &str) -> Record {
    record(number, Body::Fact(FactRecord::new(subject, predicate, value)))
}

pub(crate) fn plan(number: u128, entry: &str) -> Record {
    record(number, Body::SafetyPlan(SafetyPlanRecord::new(vec![vec![entry.to_owned()]])))
}

pub(crate) fn episode(number: u128, text: &str, people: &[&str]) -> Record {
    let mut episode = EpisodeRecord::new(text);
    episode.people = people.iter().map(|&name| name.to_owned()).collect();
    record(number, Body::Episode(episode))
}

pub(crate) fn admitted(draft: Draft) -> Batch {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    ConsentLedger::folded(&given).admit(draft).unwrap()
}

pub(crate) fn batch(records: impl IntoIterator<Item = Record>) -> Batch {
    admitted(records.into_iter().fold(Draft::new(), Draft::record))
}

pub(crate) fn keep(
    store: &dyn MemoryStore,
    user: UserId,
    records: impl IntoIterator<Item = Record>,
) -> Revision {
    block_on(store.append(user, Expect::Any, batch(records))).unwrap()
}

/// Notes that a person agrees to everything, in as many records as there are purposes.
pub(crate) fn agree(store: &dyn MemoryStore, user: UserId) {
    let yes = |purpose| Body::Consent(ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    let agreed = (0..)
        .zip(Purpose::ALL)
        .map(|(number, purpose)| Record::new(id(1 << 100 | number), at(1 << 40), yes(purpose)));
    keep(store, user, agreed);
}

pub(crate) fn numbers(records: &[Stored]) -> Vec<u128> {
    records.iter().map(|stored| stored.record.id.uuid().as_u128()).collect()
}
