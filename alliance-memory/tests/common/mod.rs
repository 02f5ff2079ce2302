//! What the tests of the encrypted store share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test takes what it needs")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use alliance_core::{
    consent::{Batch, ConsentLedger, Draft, Purpose},
    host::{HostError, HostErrorKind, KeyStore},
    id::{RecordId, UserId},
    record::{Body, ConsentChoice, ConsentRecord, EpisodeRecord, Record},
    safety::{SealKey, Timestamp},
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page,
        Revision, Selection, Snapshot, StoreError,
    },
};
use alliance_memory::{FileKeys, MasterKey, SqliteOptions, SqliteStore};
use async_trait::async_trait;
use futures::executor::block_on;
use uuid::Uuid;

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("alliance-{}-{number}", std::process::id()));
        let _gone = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn people(&self) -> PathBuf {
        self.0.join("store")
    }

    pub fn keys(&self) -> FileKeys {
        FileKeys::open(self.0.join("keys"), MasterKey::new([9; 32])).unwrap()
    }

    pub fn open(&self) -> Result<SqliteStore, StoreError> {
        block_on(SqliteStore::open(self.people(), self.keys()))
    }

    pub fn open_with(&self, options: SqliteOptions) -> Result<SqliteStore, StoreError> {
        block_on(SqliteStore::open_with(self.people(), self.keys(), options))
    }

    /// What is on the disk now, as after a crash: whoever has this place open is not asked.
    pub fn copy(&self) -> Self {
        Self::copy_of(&self.0)
    }

    pub fn copy_of(path: &Path) -> Self {
        let copy = Self::new();
        copy_all(path, &copy.0);
        copy
    }

    /// Every file below, by its path.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.0, &mut files);
        files.sort();
        files
    }

    pub fn file_of(&self, user: UserId) -> PathBuf {
        self.people().join("people").join(format!("{user}.db"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// A store and the folder that it lies in.
#[derive(Debug)]
pub struct Placed {
    pub store: SqliteStore,
    pub place: Arc<Place>,
}

impl Placed {
    pub fn new() -> Self {
        Self::at(Place::new())
    }

    pub fn with(options: SqliteOptions) -> Self {
        let place = Place::new();
        Self { store: place.open_with(options).unwrap(), place: Arc::new(place) }
    }

    pub fn at(place: Place) -> Self {
        Self { store: place.open().unwrap(), place: Arc::new(place) }
    }

    /// Goes on from what a crash at this moment would have left.
    pub fn crash(self) -> Self {
        Self::at(self.place.copy())
    }
}

#[async_trait]
impl MemoryStore for Placed {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.store.append(user, expect, batch).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        self.store.read(user, selection).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        self.store.forget(user, what).await
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        self.store.handles(query).await
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        self.store.keep_snapshot(user, snapshot).await
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        self.store.snapshot(user, name).await
    }
}

pub fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(0xa << 64 | number))
}

pub fn id(number: u128) -> RecordId {
    RecordId::new(Uuid::from_u128(0xb << 64 | number))
}

pub fn episode(number: u128, text: impl Into<String>) -> Record {
    let at = Timestamp::from_millis(i64::try_from(number).unwrap());
    Record::new(id(number), at, Body::Episode(EpisodeRecord::new(text)))
}

pub fn admitted(draft: Draft) -> Batch {
    let given = Purpose::ALL.map(|purpose| ConsentRecord::new(purpose, ConsentChoice::Given, "1", ""));
    ConsentLedger::folded(&given).admit(draft).unwrap()
}

pub fn batch(records: impl IntoIterator<Item = Record>) -> Batch {
    admitted(records.into_iter().fold(Draft::new(), Draft::record))
}

pub fn keep(
    store: &impl MemoryStore,
    user: UserId,
    records: impl IntoIterator<Item = Record>,
) -> Result<Revision, StoreError> {
    block_on(store.append(user, Expect::Any, batch(records)))
}

pub fn all(store: &impl MemoryStore, user: UserId) -> Result<Page, StoreError> {
    block_on(store.read(user, &Selection::all()))
}

/// Holds keys and destroys none.
#[derive(Debug)]
pub struct Stuck(pub FileKeys);

#[async_trait]
impl KeyStore for Stuck {
    async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
        self.0.key(user).await
    }

    async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
        self.0.held(user).await
    }

    async fn destroy(&self, _: UserId) -> Result<(), HostError> {
        Err(HostError::new(HostErrorKind::Unavailable))
    }
}
