//! The store as a host sees it: asks for keys, hands work in, and waits for it.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use alliance_core::{
    consent::Batch,
    host::{HostError, HostErrorKind, KeyStore},
    id::UserId,
    store::{
        AdmittedSnapshot, ErasureReceipt, Expect, Forget, HandlePage, HandleQuery, MemoryStore, Page,
        Revision, Selection, Snapshot, StoreError, StoreErrorKind,
    },
};
use async_trait::async_trait;
use futures::channel::oneshot;
use uuid::Uuid;

use super::{
    connect::FileKey,
    error::unsound,
    folder::{Folder, Marked},
    index::{Index, State},
    people::People,
    person::holds_something,
    salvage::Salvage,
    slot::{Given, Ground, Halt, Need, Slot, is_beyond_reading},
};
use crate::pool::Pool;

/// How often the key store is asked before a piece of work is given up. Three are enough for any.
const ASKS: usize = 8;

/// Keeps each person's log in an encrypted file of its own.
///
/// - One SQLCipher file a person, under a key derived from theirs in the [`KeyStore`]; erasing everything destroys
///   the key and removes the file. What stays is what M5 allows: ids, the head and the number of erasures.
/// - An append is one transaction, on the disk before it returns. It is done on a thread of the store, so no
///   executor waits for a disk, and a future that is dropped leaves it done or not begun.
/// - Each record has a checksum over person, position and bytes; a file that holds less than was acknowledged is
///   [`Damaged`](StoreErrorKind::Damaged). [`salvage`](Self::salvage) reads what is sound of it.
/// - One process has a folder at a time; another gets [`InUse`](StoreErrorKind::InUse).
/// - Where the contract leaves room, it decides like [`InMemoryStore`](crate::InMemoryStore).
///
/// Clones share the store. When the last is dropped, it finishes what was handed in, writes the journals back, and
/// blocks until that is done.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) inner: Arc<Inner>,
}

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How many people's files stay open at most, beside those that are at work. An open one takes some 300 kB at
    /// most.
    pub open_people: usize,
    /// How many threads work at most; they are made when they are needed. As many people can wait for the disk at
    /// once. With 0 there are none, and each call works and waits for the disk where it is polled: quicker by two
    /// switches of threads, and only for hosts that may block there.
    pub threads: usize,
    /// Reads only, also from a medium that cannot be written to.
    pub read_only: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { open_people: 256, threads: 64, read_only: false }
    }
}

impl SqliteOptions {
    /// At most this many people's files open.
    #[must_use]
    pub const fn open_people(mut self, most: usize) -> Self {
        self.open_people = most;
        self
    }

    /// At most this many threads.
    #[must_use]
    pub const fn threads(mut self, most: usize) -> Self {
        self.threads = most;
        self
    }

    /// Only for reading.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

pub(super) struct Inner {
    people: Arc<People>,
    pub(super) keys: Arc<dyn KeyStore>,
    /// Held while a key is destroyed: nobody may destroy the one that was made after it.
    erasing: futures::lock::Mutex<()>,
    pool: Pool,
}

impl SqliteStore {
    /// Whose key the index is under.
    pub const INDEX: UserId = UserId::new(Uuid::from_u128(0x1de5_0000_0000_4000_8000_0000_0000_0001));

    /// Opens the store in `folder`, which is made, for its owner only, where it is not there.
    ///
    /// What a crash left half-done is finished before this returns.
    ///
    /// # Errors
    ///
    /// `InUse` where another process has the folder; `Key` where the key of the index is missing or wrong; `Newer`
    /// where a newer version wrote it; `Damaged` where the index or the lock file is; `ReadOnly` and `Full` as they
    /// say. Nothing was changed then.
    pub async fn open(folder: impl Into<PathBuf>, keys: impl KeyStore + 'static) -> Result<Self, StoreError> {
        Self::open_with(folder, keys, SqliteOptions::default()).await
    }

    /// Opens the store in `folder` as `options` say.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(
        folder: impl Into<PathBuf>,
        keys: impl KeyStore + 'static,
        options: SqliteOptions,
    ) -> Result<Self, StoreError> {
        let (root, pool) = (folder.into(), Pool::new(options.threads));
        let keys: Arc<dyn KeyStore> = Arc::new(keys);
        let taken = pool.run(move || take(&root, options.read_only)).await.ok_or_else(gone)??;
        let is_fresh = matches!(taken.1, Marked::Fresh);
        let given = ask(&*keys, Self::INDEX, if is_fresh { Need::Made } else { Need::Held }).await?;
        let Given::Key(key) = given else { return Err(StoreError::new(StoreErrorKind::Key)) };
        let ground = pool.run(move || prepare(taken, &key)).await.ok_or_else(gone)??;
        Self::around(ground, keys, pool, options).await
    }

    pub(super) async fn around(
        ground: Ground,
        keys: Arc<dyn KeyStore>,
        pool: Pool,
        options: SqliteOptions,
    ) -> Result<Self, StoreError> {
        let people = Arc::new(People::new(Arc::new(ground), options.open_people));
        let store =
            Self { inner: Arc::new(Inner { people, keys, erasing: futures::lock::Mutex::new(()), pool }) };
        if !options.read_only {
            store.finish().await?;
        }
        Ok(store)
    }

    /// Reads what is sound of a person's log, also where [`read`](MemoryStore::read) says
    /// [`Damaged`](StoreErrorKind::Damaged): for an export, before the person is erased or the file is put back from
    /// a backup. The file is not changed.
    ///
    /// All of it at once; a damaged file is read page by page, each page of 2 KiB for itself.
    ///
    /// # Errors
    ///
    /// `Key` where the key is missing or wrong; `Full` where there is no room for a copy.
    pub async fn salvage(&self, user: UserId) -> Result<Salvage, StoreError> {
        self.work(user, |ground, slot| slot.salvage(ground)).await
    }

    /// Looks at every page and every record of a person's file.
    ///
    /// # Errors
    ///
    /// `Damaged` where anything is not what was written; from then on the person is only read, until they are
    /// closed. What [`read`](MemoryStore::read) says.
    pub async fn check(&self, user: UserId) -> Result<(), StoreError> {
        self.work(user, |ground, slot| slot.check(ground)).await
    }

    /// Finishes what a crash left: erasures, and handles that may be other than people's files say.
    async fn finish(&self) -> Result<(), StoreError> {
        let ground = self.inner.people.ground().clone();
        let everybody = move || {
            let index = ground.index();
            let mut people = index.people_in(State::Erasing)?;
            people.extend(index.unsettled()?);
            if index.lost_changes() {
                people.extend(ground.folder.everybody()?);
            }
            people.sort_unstable();
            people.dedup();
            Ok::<_, StoreError>((people, index.lost_changes()))
        };
        let (people, lost) = self.inner.pool.run(everybody).await.ok_or_else(gone)??;
        for user in people {
            // Whoever cannot be opened says so when they are asked for; the others are not kept waiting. What failed and
            // may go another time is tried again before handles are listed.
            if let Err(error) = self.work(user, |ground, slot| slot.settle(ground)).await
                && !is_beyond_reading(&error)
            {
                let ground = self.inner.people.ground().clone();
                self.inner.pool.run(move || ground.doubt(user)).await.ok_or_else(gone)??;
            }
        }
        if lost {
            let ground = self.inner.people.ground().clone();
            self.inner.pool.run(move || ground.index().found_again()).await.ok_or_else(gone)??;
        }
        Ok(())
    }

    /// Has work done for a person, and gets the keys that it asks for on the way.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        user: UserId,
        what: impl Fn(&Ground, &mut Slot) -> Result<T, Halt> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let what = Arc::new(what);
        let mut given = Given::Nothing;
        for _ in 0..ASKS {
            let what = what.clone();
            match self.once(user, given, move |ground, slot| what(ground, slot)).await? {
                Ok(value) => return Ok(value),
                Err(Halt::Failed(error)) => return Err(error),
                Err(Halt::Need(Need::Erased)) => {
                    self.finish_erasing(user).await?;
                    given = Given::Nothing;
                }
                Err(Halt::Need(need)) => {
                    let destroyed = self.inner.people.ground().destroyed();
                    given = match (ask(&*self.inner.keys, user, need).await?, need) {
                        (Given::Key(key), Need::Made) => Given::Made(key, destroyed),
                        (given, _) => given,
                    };
                }
            }
        }
        Err(StoreError::new(StoreErrorKind::Unavailable))
    }

    async fn once<T: Send + 'static>(
        &self,
        user: UserId,
        given: Given,
        what: impl FnOnce(&Ground, &mut Slot) -> Result<T, Halt> + Send + 'static,
    ) -> Result<Result<T, Halt>, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let work = move |ground: &Ground, slot: &mut Slot| {
            slot.given = given;
            let done = what(ground, slot);
            slot.given = Given::Nothing;
            match &done {
                Err(Halt::Failed(error)) if error.kind == StoreErrorKind::Damaged => slot.note_damage(),
                // After a failure of the disk a connection may answer nothing; the next piece of work has another.
                Err(Halt::Failed(error)) if error.kind == StoreErrorKind::Unavailable => slot.drop_file(),
                _ => {}
            }
            // The asker may be gone.
            let _gone = sender.send(done);
            slot.tidy();
        };
        self.inner.people.hand_in(&self.inner.pool, user, work);
        receiver.await.map_err(|_| gone())
    }

    /// Destroys the key and removes the file of a person who is being erased. Each step may be repeated.
    async fn finish_erasing(&self, user: UserId) -> Result<(), StoreError> {
        let _alone = self.inner.erasing.lock().await;
        let is_erasing = self.once(user, Given::Nothing, |ground, slot| Ok(slot.is_erasing(ground)?)).await?;
        if !flat(is_erasing)? {
            return Ok(());
        }
        // Before and after: whoever asks meanwhile may get the key that goes.
        self.inner.people.ground().count_destroyed();
        self.inner.keys.destroy(user).await.map_err(key_error)?;
        self.inner.people.ground().count_destroyed();
        let done = self.once(user, Given::Nothing, |ground, slot| Ok(slot.finish_erasing(ground)?)).await?;
        flat(done)
    }
}

#[async_trait]
impl MemoryStore for SqliteStore {
    async fn append(&self, user: UserId, expect: Expect, batch: Batch) -> Result<Revision, StoreError> {
        self.work(user, move |ground, slot| slot.append(ground, expect, &batch)).await
    }

    async fn read(&self, user: UserId, selection: &Selection) -> Result<Page, StoreError> {
        let selection = selection.clone();
        self.work(user, move |ground, slot| slot.read(ground, &selection)).await
    }

    async fn forget(&self, user: UserId, what: &Forget) -> Result<ErasureReceipt, StoreError> {
        let meant = what.clone();
        let receipt = self.work(user, move |ground, slot| slot.forget(ground, &meant)).await?;
        if matches!(what, Forget::Everything) {
            // From here on the person is gone for everybody; key and file follow, now or when the store is opened.
            self.work(user, |ground, slot| slot.settle(ground)).await?;
        }
        Ok(receipt)
    }

    async fn handles(&self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        let doubted: Vec<UserId> = self.inner.people.ground().doubted().iter().copied().collect();
        for user in doubted {
            match self.work(user, |ground, slot| slot.settle(ground)).await {
                // Who cannot be read any more says so when they are asked for.
                Err(error) if is_beyond_reading(&error) => {
                    self.inner.people.ground().doubted().remove(&user);
                }
                // Whoever cannot be read now is asked again next time, and keeps nobody else waiting.
                Err(_) | Ok(()) => {}
            }
        }
        let (ground, query) = (self.inner.people.ground().clone(), query.clone());
        self.inner.pool.run(move || ground.index().take(&query)).await.ok_or_else(gone)?
    }

    async fn keep_snapshot(&self, user: UserId, snapshot: AdmittedSnapshot) -> Result<(), StoreError> {
        self.work(user, move |ground, slot| slot.keep_snapshot(ground, snapshot.snapshot())).await
    }

    async fn snapshot(&self, user: UserId, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        self.work(user, move |ground, slot| slot.snapshot(ground, name)).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteStore({} people open)", self.inner.people.len())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The pool, which is dropped next, waits for it.
        self.people.close(&self.pool);
    }
}

fn take(root: &Path, read_only: bool) -> Result<(Folder, Marked), StoreError> {
    if read_only { Folder::look(root) } else { Folder::take(root) }
}

/// Opens the index, and makes it where the folder is new.
fn prepare((mut folder, marked): (Folder, Marked), key: &FileKey) -> Result<Ground, StoreError> {
    let check = check_of(key);
    match marked {
        Marked::Check(found) if found != check => return Err(StoreError::new(StoreErrorKind::Key)),
        Marked::Check(_) if !holds_something(&folder.index())? => {
            return Err(unsound("the index is not there, or is empty"));
        }
        Marked::Check(_) => {}
        Marked::Fresh if !folder.writes() => return Err(unsound("there is no store in the folder")),
        Marked::Fresh => {
            if !folder.everybody()?.is_empty() {
                return Err(unsound("there are people's files and no lock file"));
            }
        }
    }
    let is_fresh = matches!(marked, Marked::Fresh);
    let index = Index::open(&folder, key, is_fresh)?;
    if is_fresh {
        folder.mark(&check)?;
    }
    Ok(Ground::new(folder, index))
}

/// What the lock file says of the key of the index.
pub(super) fn check_of(key: &FileKey) -> String {
    key.check().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) async fn ask(keys: &dyn KeyStore, user: UserId, need: Need) -> Result<Given, StoreError> {
    let key = match need {
        Need::Made => keys.key(user).await.map(Some),
        _ => keys.held(user).await,
    };
    let key = key.map_err(key_error)?;
    Ok(key.map_or(Given::NoKey, |key| Given::Key(FileKey::new(&key))))
}

fn key_error(error: HostError) -> StoreError {
    let kind = match error.kind {
        HostErrorKind::Unavailable => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Key,
    };
    StoreError::new(kind).source(error)
}

fn flat<T>(done: Result<T, Halt>) -> Result<T, StoreError> {
    done.map_err(|halt| match halt {
        Halt::Failed(error) => error,
        Halt::Need(_) => StoreError::new(StoreErrorKind::Unavailable),
    })
}

pub(super) fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable)
}
