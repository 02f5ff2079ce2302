//! The fault-injecting store does what it was told to do, and nothing else.
#![cfg(feature = "testing")]

#[expect(dead_code, reason = "the flaws are for the tests that laws can fail")]
mod common;

use alliance_core::{
    consent::{Batch, ConsentLedger, Draft},
    id::{RecordId, SessionId, TurnId, UserId},
    record::{Body, OutboxRecord, Record},
    safety::{Category, RiskLevel, Timestamp},
    store::{Expect, HandleQuery, MemoryStore, Selection, StoreErrorKind},
    testing::{CountingIds, FaultyStore, StoreCall, block_on, poll_once},
};
use common::PlainStore;

type Outcome = Result<usize, StoreErrorKind>;

fn user() -> UserId {
    UserId::from_name("ann")
}

fn batch(number: u64) -> Batch {
    let id = CountingIds::id(number);
    let (session, turn) = (SessionId::new(id), TurnId::new(id));
    let item = OutboxRecord::pending(session, turn, RiskLevel::High, Category::Sos);
    let record = Record::new(RecordId::new(id), Timestamp::UNIX_EPOCH, Body::Outbox(item));
    // An escalation item is kept without anybody's consent.
    let admitted = ConsentLedger::default().admit_permitted(Draft::new().record(record));
    admitted.unwrap_or_else(|| unreachable!("an escalation item needs no consent"))
}

fn append(store: &FaultyStore<PlainStore>, number: u64) -> Result<(), StoreErrorKind> {
    block_on(store.append(user(), Expect::Any, batch(number))).map(drop).map_err(|error| error.kind)
}

fn held(store: &impl MemoryStore) -> Outcome {
    let page = block_on(store.read(user(), &Selection::all()));
    page.map(|page| page.records.len()).map_err(|error| error.kind)
}

#[test]
fn fails_before_and_after_the_effect() {
    let store = FaultyStore::new(PlainStore::default())
        .fail(StoreCall::Append, 1, StoreErrorKind::Unavailable)
        .fail_after(StoreCall::Append, 2, StoreErrorKind::TimedOut);
    assert_eq!(append(&store, 1), Err(StoreErrorKind::Unavailable));
    assert_eq!(held(&store), Ok(0));
    assert_eq!(append(&store, 2), Err(StoreErrorKind::TimedOut));
    assert_eq!(held(&store), Ok(1));
    assert_eq!(append(&store, 2), Ok(()));
    assert_eq!(held(&store), Ok(1));
    assert_eq!((store.calls(StoreCall::Append), store.calls(StoreCall::Read)), (3, 3));
}

#[test]
fn fails_and_heals_on_command() {
    let store =
        FaultyStore::new(PlainStore::default()).fail_from(StoreCall::Read, 2, StoreErrorKind::Damaged);
    assert_eq!(
        (held(&store), held(&store), held(&store)),
        (Ok(0), Err(StoreErrorKind::Damaged), Err(StoreErrorKind::Damaged))
    );
    store.heal();
    assert_eq!(held(&store), Ok(0));
    store.fail_next(StoreCall::Read, StoreErrorKind::Key);
    assert_eq!((held(&store), held(&store)), (Err(StoreErrorKind::Key), Ok(0)));
    assert_eq!(held(store.inner()), Ok(0));
}

#[test]
fn hangs_once_or_from_then_on() {
    let store = FaultyStore::new(PlainStore::default()).hang(StoreCall::Append, 1);
    assert!(poll_once(&mut store.append(user(), Expect::Any, batch(1))).is_none());
    assert_eq!(append(&store, 2), Ok(()));
    let store = store.hang_from(StoreCall::Read, 1);
    let all = Selection::all();
    assert!(poll_once(&mut store.read(user(), &all)).is_none());
    assert!(poll_once(&mut store.read(user(), &all)).is_none());
    store.heal();
    assert_eq!(held(&store), Ok(1));
    store.hang_now();
    let query = HandleQuery::due(Timestamp::UNIX_EPOCH, 1);
    assert!(poll_once(&mut store.handles(&query)).is_none());
}
