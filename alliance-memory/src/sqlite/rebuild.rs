//! A store whose index, or whose lock file, is damaged: the index is made anew from people's files.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use alliance_core::{
    host::KeyStore,
    store::{StoreError, StoreErrorKind},
};

use super::{
    connect::{FileKey, beside},
    error::{file, unsound},
    folder::{Folder, Marked},
    index::Index,
    slot::{Given, Ground, Need},
    store::{SqliteOptions, SqliteStore, ask, check_of, gone},
    witness::Witness,
};
use crate::pool::Pool;

impl SqliteStore {
    /// Opens a store of which [`open`](Self::open) says that it is [`Damaged`](StoreErrorKind::Damaged): one whose index or
    /// lock file does not hold. The index is made anew from people's files; the old one stays beside it as
    /// `index.db.damaged`. One that holds is left as it is.
    ///
    /// What the index alone knew is lost: which ids are refused of people who were erased or who were never there, and
    /// who has a lease on which handle. A person whose erasure was not brought to its end is erased now. Whoever's file cannot be
    /// read says so when they are asked for.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); `Key` where the key of the index is missing, or is not the one that the lock file names.
    pub async fn rebuild(
        folder: impl Into<PathBuf>,
        keys: impl KeyStore + 'static,
    ) -> Result<Self, StoreError> {
        let options = SqliteOptions::default();
        let (root, pool) = (folder.into(), Pool::new(options.threads));
        let keys: Arc<dyn KeyStore> = Arc::new(keys);
        let taken = pool.run(move || take(&root)).await.ok_or_else(gone)??;
        let Given::Key(key) = ask(&*keys, Self::INDEX, Need::Held).await? else {
            return Err(StoreError::new(StoreErrorKind::Key));
        };
        let ground = pool.run(move || prepare(taken, &key)).await.ok_or_else(gone)??;
        Self::around(ground, keys, pool, options).await
    }
}

/// Takes the folder, whatever its lock file says, unless a newer version wrote it.
fn take(root: &Path) -> Result<(Folder, Option<Marked>), StoreError> {
    let mut folder = Folder::lock(root)?;
    match folder.marked() {
        Ok(marked) => Ok((folder, Some(marked))),
        Err(error) if error.kind == StoreErrorKind::Damaged => Ok((folder, None)),
        Err(error) => Err(error),
    }
}

fn prepare((mut folder, marked): (Folder, Option<Marked>), key: &FileKey) -> Result<Ground, StoreError> {
    let check = check_of(key);
    match marked {
        Some(Marked::Check(found)) if found != check => return Err(StoreError::new(StoreErrorKind::Key)),
        Some(Marked::Fresh) if folder.everybody()?.is_empty() => {
            return Err(unsound("there is no store in the folder"));
        }
        _ => {}
    }
    let index = match Index::open(&folder, key, false).and_then(|index| index.checked()) {
        Ok(index) => index,
        Err(error) if error.kind == StoreErrorKind::Damaged => anew(&folder, key)?,
        Err(error) => return Err(error),
    };
    folder.mark(&check)?;
    Ok(Ground::new(folder, index))
}

/// An index that says of itself that it lost everything, so that everybody's file is asked, also where this is cut off.
fn anew(folder: &Folder, key: &FileKey) -> Result<Index, StoreError> {
    let path = folder.index();
    for old in [path.clone(), beside(&path, "-wal")] {
        match fs::rename(&old, beside(&old, ".damaged")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(error)),
            _ => {}
        }
    }
    let witness = folder.index_witness();
    Witness::open(&witness).map_err(file)?.say(Witness::look(&witness) + 1);
    Index::open(folder, key, true)
}
