//! What is wrong from outside is a typed error that touches nothing, and what comes from another version is kept.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{collections::BTreeMap, fs, path::PathBuf};

use alliance_core::{
    consent::Draft,
    host::{HostError, HostErrorKind, KeyStore},
    id::UserId,
    record::{Body, Record, RecordKind},
    safety::{SealKey, Timestamp},
    store::{
        Expect, Forget, Handle, HandleKind, HandleQuery, Lease, MemoryStore, Selection, StoreError,
        StoreErrorKind,
    },
};
use alliance_memory::{FileKeys, InMemoryStore, MasterKey, SqliteOptions, SqliteStore};
use async_trait::async_trait;
use common::{Place, Stuck, admitted, all, batch, episode, id, keep, user};
use futures::executor::block_on;
use uuid::Uuid;

fn filled() -> Place {
    let place = Place::new();
    let store = place.open().unwrap();
    keep(&store, user(1), (0..5).map(|number| episode(number, "one"))).unwrap();
    keep(&store, user(2), [episode(1, "two")]).unwrap();
    place
}

fn contents(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    place.files().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn kind<T>(outcome: Result<T, StoreError>) -> StoreErrorKind {
    match outcome {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.kind,
    }
}

#[test]
fn a_wrong_master_key_touches_nothing() {
    let place = filled();
    let before = contents(&place);
    let keys = FileKeys::open(place.path().join("keys"), MasterKey::new([8; 32])).unwrap();
    assert_eq!(kind(block_on(SqliteStore::open(place.people(), keys))), StoreErrorKind::Key);
    assert_eq!(contents(&place), before);
    assert_eq!(all(&place.open().unwrap(), user(1)).unwrap().records.len(), 5);
}

#[test]
fn a_key_that_is_missing_or_of_somebody_else_touches_nothing() {
    let place = filled();
    let key = |who: UserId| place.path().join("keys").join(format!("{who}.key"));
    let kept = fs::read(key(user(1))).unwrap();
    fs::remove_file(key(user(1))).unwrap();
    let file = fs::read(place.file_of(user(1))).unwrap();
    let store = place.open().unwrap();
    assert_eq!(kind(all(&store, user(1))), StoreErrorKind::Key);
    assert_eq!(kind(keep(&store, user(1), [episode(9, "more")])), StoreErrorKind::Key);
    assert_eq!(kind(block_on(store.salvage(user(1)))), StoreErrorKind::Key);
    assert!(!key(user(1)).exists(), "no key is made for what another wrote");
    fs::copy(key(user(2)), key(user(1))).unwrap();
    assert_eq!(kind(all(&store, user(1))), StoreErrorKind::Key);
    assert_eq!(all(&store, user(2)).unwrap().records.len(), 1);
    assert_eq!(fs::read(place.file_of(user(1))).unwrap(), file);
    fs::write(key(user(1)), kept).unwrap();
    assert_eq!(all(&store, user(1)).unwrap().records.len(), 5);
    // Whoever lost their key can be erased all the same.
    drop(store);
    fs::remove_file(key(user(1))).unwrap();
    let store = place.open().unwrap();
    block_on(store.forget(user(1), &Forget::Everything)).unwrap();
    assert!(all(&store, user(1)).unwrap().records.is_empty() && !place.file_of(user(1)).exists());
}

/// A key service that has a key for everybody and makes no difference between held and made.
#[derive(Debug)]
struct Service(u8);

#[async_trait]
impl KeyStore for Service {
    async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
        let mut key = [self.0; 32];
        key[..16].copy_from_slice(user.uuid().as_bytes());
        Ok(SealKey::new(key))
    }

    async fn destroy(&self, _: UserId) -> Result<(), HostError> {
        Err(HostError::new(HostErrorKind::Unavailable))
    }
}

#[test]
fn a_key_service_of_the_host_will_do() {
    let place = Place::new();
    let open = |service| block_on(SqliteStore::open(place.people(), service));
    let store = open(Service(1)).unwrap();
    keep(&store, user(1), [episode(1, "one")]).unwrap();
    drop(store);
    assert_eq!(kind(open(Service(2))), StoreErrorKind::Key);
    let store = open(Service(1)).unwrap();
    assert_eq!(all(&store, user(1)).unwrap().records.len(), 1);
    // A key that cannot be destroyed now: the erasure is not done, and what was erased is not shown either.
    let everything = || block_on(store.forget(user(1), &Forget::Everything));
    assert_eq!(kind(everything()), StoreErrorKind::Unavailable);
    assert_eq!(kind(all(&store, user(1))), StoreErrorKind::Unavailable);
    assert_eq!(kind(everything()), StoreErrorKind::Unavailable);
}

#[test]
fn an_erasure_that_was_cut_short_is_finished_at_the_next_opening() {
    let place = filled();
    let store = place.open().unwrap();
    let copy = {
        // As after a crash between the first step and the key's end.
        let keys = place.keys();
        let stuck = place.copy();
        let opened = block_on(SqliteStore::open(stuck.people(), Stuck(keys))).unwrap();
        assert_eq!(kind(block_on(opened.forget(user(1), &Forget::Everything))), StoreErrorKind::Unavailable);
        stuck.copy()
    };
    assert!(copy.file_of(user(1)).exists());
    let again = copy.open().unwrap();
    assert!(!copy.file_of(user(1)).exists());
    let page = all(&again, user(1)).unwrap();
    assert_eq!((page.records.len(), page.erasures, page.revision.number()), (0, 1, 10));
    assert_eq!(kind(keep(&again, user(1), [episode(1, "one")])), StoreErrorKind::Erased);
    drop(store);
}

#[test]
fn a_second_owner_of_the_folder_is_told_so() {
    let place = filled();
    let store = place.open().unwrap();
    assert_eq!(kind(place.open()), StoreErrorKind::InUse);
    assert_eq!(kind(place.open_with(SqliteOptions::default().read_only())), StoreErrorKind::InUse);
    drop(store);
    place.open().unwrap();
}

#[test]
fn a_newer_format_is_refused_before_anything_is_touched() {
    let place = filled();
    let lock = place.people().join("store.lock");
    let marked = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, marked.replace("alliance-store 1", "alliance-store 2")).unwrap();
    let before = contents(&place);
    assert_eq!(kind(place.open()), StoreErrorKind::Newer);
    assert_eq!(contents(&place), before);
    fs::write(&lock, "something else").unwrap();
    assert_eq!(kind(place.open()), StoreErrorKind::Damaged);
}

#[test]
fn a_folder_may_be_opened_for_reading_only() {
    let place = filled();
    let options = SqliteOptions::default().read_only();
    let before = contents(&place);
    let store = place.open_with(options).unwrap();
    assert_eq!(all(&store, user(1)).unwrap().records.len(), 5);
    assert!(all(&store, user(3)).unwrap().records.is_empty());
    assert_eq!(kind(keep(&store, user(1), [episode(9, "more")])), StoreErrorKind::ReadOnly);
    assert_eq!(kind(keep(&store, user(3), [episode(9, "more")])), StoreErrorKind::ReadOnly);
    assert_eq!(kind(block_on(store.forget(user(1), &Forget::Everything))), StoreErrorKind::ReadOnly);
    assert!(block_on(store.salvage(user(1))).unwrap().is_whole);
    drop(store);
    assert_eq!(contents(&place), before);
    // Also where a crash left journals.
    let store = place.open().unwrap();
    keep(&store, user(1), [episode(9, "more")]).unwrap();
    let crashed = place.copy();
    let before = contents(&crashed);
    let store = crashed.open_with(options).unwrap();
    assert_eq!(all(&store, user(1)).unwrap().records.len(), 6);
    drop(store);
    assert_eq!(contents(&crashed), before);
    assert_eq!(kind(Place::new().open_with(options)), StoreErrorKind::Unavailable);
}

#[test]
fn a_kind_that_is_not_known_is_kept_as_it_is() {
    let text = r#"{"id":"00000000-0000-0000-0000-000000000001","session":null,"turn":null,
        "at":"1970-01-01T00:00:00Z","derived_from":[],"kind":"dream","data":{"vivid":true,"share":0.1}}"#;
    let dream: Record = serde_json::from_str(text).unwrap();
    let place = Place::new();
    let store = place.open().unwrap();
    keep(&store, user(1), [dream.clone()]).unwrap();
    drop(store);
    let store = place.open().unwrap();
    let kinds = Selection::all().kinds([RecordKind::Unknown("dream".into())]);
    let page = block_on(store.read(user(1), &kinds)).unwrap();
    assert_eq!(*page.records[0].record, dream);
    assert!(matches!(&page.records[0].record.body, Body::Unknown(_)));
    assert_eq!(block_on(store.append(user(1), Expect::Any, batch([dream]))).unwrap().number(), 1);
}

#[test]
fn a_clock_that_jumps_back_changes_no_order_and_keeps_nothing_claimed_for_good() {
    let place = Place::new();
    let store = place.open().unwrap();
    for (number, at) in [(1, 5000), (2, -7_000_000), (3, 5000), (4, 0)] {
        let mut record = episode(number, "said");
        record.at = Timestamp::from_millis(at);
        let handle = Handle::new(user(1), record.id, HandleKind::Timer, record.at);
        let draft = Draft::new().record(record).open(handle);
        block_on(store.append(user(1), Expect::Any, admitted(draft))).unwrap();
    }
    let order: Vec<_> = all(&store, user(1)).unwrap().records.iter().map(|stored| stored.record.id).collect();
    assert_eq!(order, [id(1), id(2), id(3), id(4)]);
    let at = Timestamp::from_millis;
    let claim = |holder, now, until| {
        let lease = Lease::new(Uuid::from_u128(holder), at(until));
        block_on(store.handles(&HandleQuery::due(at(now), 9).lease(lease))).unwrap().handles.len()
    };
    assert_eq!(claim(1, 6000, 9000), 4);
    // A little back in time what is claimed stays claimed, and is free again later.
    assert_eq!((claim(2, 100, 9000), claim(2, 9000, 9900)), (0, 4));
    // A claim of a clock that was a year ahead is none.
    let year = 365 * 24 * 60 * 60 * 1000;
    assert_eq!((claim(3, year, year + 60_000), claim(2, 9000, 9900)), (4, 4));
    // Handles outlive the store, with their leases.
    drop(store);
    let store = place.open().unwrap();
    assert!(block_on(store.handles(&HandleQuery::due(at(9500), 9))).unwrap().handles.is_empty());
    assert_eq!(block_on(store.handles(&HandleQuery::due(at(9900), 3))).unwrap().handles.len(), 3);
}

#[test]
fn few_files_are_open_at_once_and_nothing_is_lost() {
    let place = Place::new();
    let store = place.open_with(SqliteOptions::default().open_people(3).threads(2)).unwrap();
    for round in 0..3 {
        for who in 0..9 {
            let record = episode(who * 10 + round, "one");
            let handle = Handle::new(user(who), record.id, HandleKind::Timer, Timestamp::UNIX_EPOCH);
            let draft = Draft::new().record(record).open(handle);
            block_on(store.append(user(who), Expect::Any, admitted(draft))).unwrap();
        }
    }
    let journals = || place.files().iter().filter(|path| path.to_string_lossy().ends_with("-wal")).count();
    for who in 0..9 {
        assert_eq!(all(&store, user(who)).unwrap().records.len(), 3);
    }
    // One more may be open while another is closed, and the index has a journal of its own.
    assert!(journals() <= 5, "{}", journals());
    let due = HandleQuery::due(Timestamp::from_millis(1), Selection::MAX);
    assert_eq!(block_on(store.handles(&due)).unwrap().handles.len(), 27);
}

#[test]
fn what_one_store_holds_another_takes_as_it_is() {
    let place = filled();
    let store = place.open().unwrap();
    let page = all(&store, user(1)).unwrap();
    let (memory, other) = (InMemoryStore::new(), Place::new());
    let copy = other.open().unwrap();
    let records: Vec<Record> = page.records.iter().map(|stored| stored.record.as_ref().clone()).collect();
    keep(&memory, user(1), records.clone()).unwrap();
    keep(&copy, user(1), records).unwrap();
    assert_eq!(all(&memory, user(1)).unwrap(), page);
    assert_eq!(all(&copy, user(1)).unwrap(), page);
    assert!(format!("{store:?}").contains("people open"));
}

#[cfg(unix)]
#[test]
fn the_folder_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let place = filled();
    let rights = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [place.people(), place.people().join("people")] {
        assert_eq!(rights(folder), 0o700);
    }
}
