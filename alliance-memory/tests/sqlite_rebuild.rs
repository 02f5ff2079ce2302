//! A store whose index or lock file does not hold is made whole from people's files.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::{
    fs,
    sync::{Arc, Mutex},
};

use alliance_core::{
    consent::Draft,
    host::{HostError, KeyStore},
    id::UserId,
    safety::{SealKey, Timestamp},
    store::{Expect, Forget, Handle, HandleKind, HandleQuery, MemoryStore, Selection, StoreErrorKind},
};
use alliance_memory::{FileKeys, MasterKey, SqliteStore};
use async_trait::async_trait;
use common::{Place, Stuck, admitted, all, episode, id, keep, user};
use futures::executor::block_on;

/// Two people, one with a handle; a third was erased.
fn filled() -> Place {
    let place = Place::new();
    let store = place.open().unwrap();
    for who in 1..=3 {
        keep(&store, user(who), (0..5).map(|number| episode(number, format!("{number}")))).unwrap();
    }
    let handle = Handle::new(user(1), id(900), HandleKind::Timer, Timestamp::UNIX_EPOCH);
    let draft = Draft::new().record(episode(900, "due")).open(handle);
    block_on(store.append(user(1), Expect::Any, admitted(draft))).unwrap();
    block_on(store.forget(user(3), &Forget::Everything)).unwrap();
    place
}

fn rebuilt(place: &Place) -> SqliteStore {
    block_on(SqliteStore::rebuild(place.people(), place.keys())).unwrap()
}

fn is_whole(store: &SqliteStore) {
    let counts = [1, 2, 3].map(|who| all(store, user(who)).unwrap().records.len());
    assert_eq!(counts, [6, 5, 0]);
    let due = block_on(store.handles(&HandleQuery::due(Timestamp::from_millis(9), Selection::MAX))).unwrap();
    assert_eq!(due.handles.iter().map(|handle| handle.record).collect::<Vec<_>>(), [id(900)]);
}

#[test]
fn a_damaged_index_costs_nobody_their_records() {
    let place = filled();
    let index = place.people().join("index.db");
    let pages = usize::try_from(fs::metadata(&index).unwrap().len() / 2048).unwrap();
    assert!(pages > 3);
    for page in 0..pages {
        let copy = place.copy();
        let index = copy.people().join("index.db");
        let mut bytes = fs::read(&index).unwrap();
        bytes[page * 2048 + 100] ^= 1;
        fs::write(&index, bytes).unwrap();
        is_whole(&rebuilt(&copy));
        // From then on it opens as any other.
        is_whole(&copy.open().unwrap());
    }
}

#[test]
fn a_lost_index_and_a_damaged_lock_file_too() {
    let place = filled();
    let lock = fs::read(place.people().join("store.lock")).unwrap();
    for at in 0..lock.len() {
        let copy = place.copy();
        let mut bytes = lock.clone();
        bytes[at] ^= 0x80;
        fs::write(copy.people().join("store.lock"), bytes).unwrap();
        if at % 2 == 0 {
            fs::remove_file(copy.people().join("index.db")).unwrap();
            fs::remove_file(copy.people().join("index.head")).unwrap();
        }
        is_whole(&rebuilt(&copy));
        is_whole(&copy.open().unwrap());
    }
}

#[test]
fn a_sound_store_is_left_as_it_is() {
    let place = filled();
    is_whole(&rebuilt(&place));
    assert!(!place.people().join("index.db.damaged").exists());
    let nobody = Place::new();
    let error = block_on(SqliteStore::rebuild(nobody.people(), nobody.keys())).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Key);
}

#[test]
fn another_key_touches_nothing() {
    let place = filled();
    fs::write(place.people().join("index.db"), "").unwrap();
    let other = FileKeys::open(place.path().join("other"), MasterKey::new([8; 32])).unwrap();
    block_on(other.key(SqliteStore::INDEX)).unwrap();
    let error = block_on(SqliteStore::rebuild(place.people(), other)).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Key);
    is_whole(&rebuilt(&place));
}

#[test]
fn an_erasure_that_was_begun_is_brought_to_its_end() {
    let place = filled();
    let store = block_on(SqliteStore::open(place.people(), Stuck(place.keys()))).unwrap();
    block_on(store.forget(user(2), &Forget::Everything)).unwrap_err();
    drop(store);
    assert!(place.file_of(user(2)).exists());
    fs::write(place.people().join("index.db"), "").unwrap();
    let store = rebuilt(&place);
    assert_eq!(all(&store, user(2)).unwrap().records.len(), 0);
    assert!(!place.file_of(user(2)).exists());
    assert_eq!(block_on(place.keys().held(user(2))).unwrap(), None);
    keep(&store, user(2), [episode(77, "new")]).unwrap();
    drop(store);
    assert_eq!(all(&place.open().unwrap(), user(2)).unwrap().records.len(), 1);
}

/// Keys of a slow service: between asking for a person's first key and having it, the person comes and goes.
#[derive(Clone, Debug)]
struct Slow(Arc<FileKeys>, Arc<Mutex<Option<SqliteStore>>>);

#[async_trait]
impl KeyStore for Slow {
    async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
        let key = self.0.key(user).await?;
        let once = self.1.lock().unwrap().take();
        if let Some(store) = once {
            let batch = admitted(Draft::new().record(episode(1, "quick")));
            store.append(user, Expect::Any, batch).await.unwrap();
            store.forget(user, &Forget::Everything).await.unwrap();
        }
        Ok(key)
    }

    async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
        self.0.held(user).await
    }

    async fn destroy(&self, user: UserId) -> Result<(), HostError> {
        self.0.destroy(user).await
    }
}

#[test]
fn a_file_is_never_made_under_a_key_that_was_destroyed() {
    let place = Place::new();
    let keys = Slow(Arc::new(place.keys()), Arc::default());
    let store = block_on(SqliteStore::open(place.people(), keys.clone())).unwrap();
    *keys.1.lock().unwrap() = Some(store.clone());
    keep(&store, user(1), [episode(2, "slow")]).unwrap();
    drop(store);
    assert_eq!(all(&place.open().unwrap(), user(1)).unwrap().records.len(), 1);
}
