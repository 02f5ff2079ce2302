//! Where people are kept on the disk: the folder, its keys, and what can be wrong with it.

use std::{
    env,
    fs::DirBuilder,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use alliance::{
    memory::{FileKeys, KeyFileError, MasterKey, MasterKeyError, SqliteStore},
    store::{StoreError, StoreErrorKind},
};
use etcetera::BaseStrategy;
use futures::executor::block_on;

use crate::texts::Store;

/// Holds the master key in place of a file beside the data, where it is set.
const MASTER: &str = "ALLIANCE_MASTER_KEY";

/// What the program keeps on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) store: SqliteStore,
    pub(crate) keys: FileKeys,
}

/// Why a folder cannot be used. Nothing in it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    NoFolder,
    NoKey,
    WrongKey,
    ExposedKey,
    InUse,
    ReadOnly,
    Newer,
    Damaged,
    Full,
    Unreachable,
}

impl Trouble {
    pub(crate) fn text(self, texts: &Store) -> &str {
        match self {
            Self::NoFolder => &texts.no_folder,
            Self::NoKey => &texts.no_key,
            Self::WrongKey => &texts.wrong_key,
            Self::ExposedKey => &texts.exposed_key,
            Self::InUse => &texts.in_use,
            Self::ReadOnly => &texts.read_only,
            Self::Newer => &texts.newer,
            Self::Damaged => &texts.damaged,
            Self::Full => &texts.full,
            Self::Unreachable => &texts.unreachable,
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Unreachable,
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error.kind {
            StoreErrorKind::Key => Self::WrongKey,
            StoreErrorKind::InUse => Self::InUse,
            StoreErrorKind::ReadOnly => Self::ReadOnly,
            StoreErrorKind::Newer => Self::Newer,
            StoreErrorKind::Damaged => Self::Damaged,
            StoreErrorKind::Full => Self::Full,
            _ => Self::Unreachable,
        }
    }
}

impl From<MasterKeyError> for Trouble {
    fn from(error: MasterKeyError) -> Self {
        match error {
            MasterKeyError::Exposed(_) => Self::ExposedKey,
            MasterKeyError::Unreachable { source, .. } => source.into(),
            _ => Self::WrongKey,
        }
    }
}

impl From<KeyFileError> for Trouble {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::Unreachable(source) => source.into(),
            KeyFileError::Newer => Self::Newer,
            _ => Self::WrongKey,
        }
    }
}

impl Data {
    /// Opens a folder, which is made, for its owner only, where it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Trouble> {
        make_private(folder)?;
        let people = folder.join("people");
        let master = master(folder, &people)?;
        let keys = FileKeys::open(folder.join("keys"), master)?;
        let store = block_on(SqliteStore::open(people, keys.clone()))?;
        Ok(Self { store, keys })
    }
}

/// The folder that the platform has for the data of programs.
pub(crate) fn platform_folder() -> Result<PathBuf, Trouble> {
    let platform = etcetera::choose_base_strategy().map_err(|_| Trouble::NoFolder)?;
    Ok(platform.data_dir().join("alliance-companion"))
}

fn master(folder: &Path, people: &Path) -> Result<MasterKey, Trouble> {
    if env::var_os(MASTER).is_some() {
        return Ok(MasterKey::from_env(MASTER)?);
    }
    let file = folder.join("master");
    match MasterKey::from_file(&file) {
        Err(MasterKeyError::Unreachable { source, .. }) if source.kind() == ErrorKind::NotFound => {
            // A new key for what an older one wrote would only hide that it is lost.
            if people.join("store.lock").exists() {
                return Err(Trouble::NoKey);
            }
            Ok(MasterKey::create_file(&file)?)
        }
        other => Ok(other?),
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
