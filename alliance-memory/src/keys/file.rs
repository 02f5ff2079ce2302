//! A folder of wrapped keys.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use alliance_core::{
    host::{HostError, HostErrorKind, KeyStore},
    id::UserId,
    safety::SealKey,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{
    master::{MasterKey, private},
    random, wrap,
};
use crate::pool::Pool;

/// Keeps the key of each person in a file of its own, with the rights 0600, wrapped under one [`MasterKey`].
///
/// A wrong master key, or a file that is damaged, is an error that touches nothing; a missing file is a new key
/// for [`key`](KeyStore::key) and `None` for [`held`](KeyStore::held). Destroying overwrites the file before it is
/// removed; on a disk that writes elsewhere what is overwritten, only losing the master key is beyond doubt. Keys
/// are overwritten in memory after use and are never in `Debug`. Clones share one folder.
#[derive(Clone)]
pub struct FileKeys {
    inner: Arc<Inner>,
    pool: Arc<Pool>,
}

struct Inner {
    folder: PathBuf,
    master: MasterKey,
    // Two askers must not both make the first key of a person.
    changing: Mutex<()>,
}

/// A key file that is of no use. Holds nothing of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It was wrapped under another master key, or belongs to somebody else.
    #[error("the key was wrapped under another master key")]
    WrongMaster,
    /// It is damaged.
    #[error("the key file is damaged")]
    Damaged,
    /// It was written by a newer version.
    #[error("the key file was written by a newer version")]
    Newer,
    /// It cannot be read, written or removed.
    #[error("the key file cannot be reached")]
    Unreachable(#[source] io::Error),
}

impl FileKeys {
    /// Keys in `folder`, which is made, for its owner only, where it is not there.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>, master: MasterKey) -> Result<Self, KeyFileError> {
        let folder = folder.into();
        crate::sqlite::make_private_folder(&folder).map_err(KeyFileError::Unreachable)?;
        let inner = Inner { folder, master, changing: Mutex::new(()) };
        Ok(Self { inner: Arc::new(inner), pool: Arc::new(Pool::new(1)) })
    }

    async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Inner) -> Result<T, KeyFileError> + Send + 'static,
    ) -> Result<T, HostError> {
        let inner = self.inner.clone();
        let answer = self.pool.run(move || what(&inner)).await;
        answer.ok_or(HostError::new(HostErrorKind::Unavailable))?.map_err(|error| {
            let kind = match error {
                KeyFileError::Unreachable(_) => HostErrorKind::Unavailable,
                _ => HostErrorKind::Rejected,
            };
            HostError::new(kind).source(error)
        })
    }
}

#[async_trait]
impl KeyStore for FileKeys {
    async fn key(&self, user: UserId) -> Result<SealKey, HostError> {
        self.ask(move |inner| inner.key(user)).await
    }

    async fn held(&self, user: UserId) -> Result<Option<SealKey>, HostError> {
        self.ask(move |inner| inner.held(user)).await
    }

    async fn destroy(&self, user: UserId) -> Result<(), HostError> {
        self.ask(move |inner| inner.destroy(user)).await
    }
}

impl Inner {
    fn key(&self, user: UserId) -> Result<SealKey, KeyFileError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.held(user)? {
            return Ok(key);
        }
        let key = random::<32>().map_err(KeyFileError::Unreachable)?;
        let wrapped = wrap::wrap(&self.master, user.uuid().as_bytes(), &key)?;
        match self.write(user, &wrapped) {
            Ok(()) => Ok(SealKey::new(*key)),
            // Another process was first: its key counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.held(user)?.ok_or(KeyFileError::Unreachable(error))
            }
            Err(error) => Err(KeyFileError::Unreachable(error)),
        }
    }

    fn held(&self, user: UserId) -> Result<Option<SealKey>, KeyFileError> {
        let wrapped = match fs::read(self.path(user)) {
            Ok(wrapped) => wrapped,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeyFileError::Unreachable(error)),
        };
        let key: Zeroizing<[u8; 32]> = wrap::unwrap(&self.master, user.uuid().as_bytes(), &wrapped)?;
        Ok(Some(SealKey::new(*key)))
    }

    /// Whole or not at all, and durable: a key that was used and then lost would lose a person's file.
    fn write(&self, user: UserId, wrapped: &[u8]) -> io::Result<()> {
        let (path, draft) = (self.path(user), self.folder.join(format!("{user}.new")));
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&draft)?;
        file.write_all(wrapped)?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft)?;
        linked?;
        sync_folder(&self.folder)
    }

    fn destroy(&self, user: UserId) -> Result<(), KeyFileError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let erase = || {
            let path = self.path(user);
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.write_all(&[0; wrap::LENGTH])?;
            file.sync_all()?;
            fs::remove_file(&path)?;
            sync_folder(&self.folder)
        };
        match erase() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(KeyFileError::Unreachable(error)),
            _ => Ok(()),
        }
    }

    fn path(&self, user: UserId) -> PathBuf {
        self.folder.join(format!("{user}.key"))
    }
}

impl fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKeys(..)")
    }
}

/// Makes names that were added or removed durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and names are durable with their file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
