//! The folder: who has it, what lies where, and in which format.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use alliance_core::{
    id::UserId,
    store::{StoreError, StoreErrorKind},
};

use super::{
    connect::beside,
    error::{SqliteError, file, unsound},
};
use crate::keys::sync_folder;

/// The format of the folder: which files there are, and what they are called.
const FORMAT: u32 = 1;

const LOCK: &str = "store.lock";

/// A folder that nobody else has while this lives.
pub(super) struct Folder {
    root: PathBuf,
    lock: File,
    writes: bool,
}

/// What the lock file says.
pub(super) enum Marked {
    /// Nothing: the folder is new.
    Fresh,
    /// The check of the key of its index.
    Check(String),
}

impl Folder {
    /// Takes the folder, and makes it where it is not there.
    pub(super) fn take(root: &Path) -> Result<(Self, Marked), StoreError> {
        let mut folder = Self::lock(root)?;
        let marked = folder.marked()?;
        Ok((folder, marked))
    }

    /// Takes the folder, whatever its lock file says.
    pub(super) fn lock(root: &Path) -> Result<Self, StoreError> {
        make_private(root).map_err(file)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(root.join(LOCK)).map_err(file)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::new(StoreErrorKind::InUse)),
            Err(TryLockError::Error(error)) => return Err(file(error)),
        }
        let folder = Self { root: root.to_owned(), lock, writes: true };
        make_private(&folder.people()).map_err(file)?;
        Ok(folder)
    }

    /// Takes a folder for reading only: it may lie on a medium that cannot be written to.
    pub(super) fn look(root: &Path) -> Result<(Self, Marked), StoreError> {
        let lock = File::open(root.join(LOCK)).map_err(file)?;
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => return Err(StoreError::new(StoreErrorKind::InUse)),
            // A medium without locks has no writers either.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut folder = Self { root: root.to_owned(), lock, writes: false };
        let marked = folder.marked()?;
        Ok((folder, marked))
    }

    pub(super) const fn writes(&self) -> bool {
        self.writes
    }

    pub(super) fn marked(&mut self) -> Result<Marked, StoreError> {
        let mut text = String::new();
        if let Err(error) = self.lock.read_to_string(&mut text) {
            return Err(if error.kind() == io::ErrorKind::InvalidData { unmarked() } else { file(error) });
        }
        if text.is_empty() {
            return Ok(Marked::Fresh);
        }
        let mut words = text.split_whitespace();
        let (Some("alliance-store"), Some(format)) = (words.next(), words.next()) else {
            return Err(unmarked());
        };
        let found: u32 = format.parse().map_err(|_| unmarked())?;
        if found > FORMAT {
            let error = SqliteError::Format { part: "the folder", found, known: FORMAT };
            return Err(error.kind(StoreErrorKind::Newer));
        }
        match (words.next(), words.next()) {
            (Some(check), Some("end")) => Ok(Marked::Check(check.to_owned())),
            _ => Err(unmarked()),
        }
    }

    /// Says durably that this is a store, and which key its index has.
    pub(super) fn mark(&mut self, check: &str) -> Result<(), StoreError> {
        let text = format!("alliance-store {FORMAT} {check} end\n");
        let mut write = || {
            self.lock.seek(SeekFrom::Start(0))?;
            self.lock.write_all(text.as_bytes())?;
            self.lock.set_len(text.len() as u64)?;
            self.lock.sync_all()?;
            sync_folder(&self.root)
        };
        write().map_err(file)
    }

    pub(super) fn index(&self) -> PathBuf {
        self.root.join("index.db")
    }

    pub(super) fn index_witness(&self) -> PathBuf {
        self.root.join("index.head")
    }

    pub(super) fn people(&self) -> PathBuf {
        self.root.join("people")
    }

    pub(super) fn person(&self, user: UserId) -> PathBuf {
        self.people().join(format!("{user}.db"))
    }

    pub(super) fn witness(&self, user: UserId) -> PathBuf {
        self.people().join(format!("{user}.head"))
    }

    /// Says that the person is being erased, for whoever has lost the index.
    pub(super) fn erasing(&self, user: UserId) -> PathBuf {
        self.people().join(format!("{user}.erasing"))
    }

    /// Notes durably that the person is being erased.
    pub(super) fn note_erasing(&self, user: UserId) -> Result<(), StoreError> {
        File::create(self.erasing(user)).and_then(|note| note.sync_all()).map_err(file)?;
        self.sync_people()
    }

    /// Where a damaged file is copied to while it is read.
    pub(super) fn scratch(&self, user: UserId) -> PathBuf {
        self.people().join(format!("{user}.salvage"))
    }

    /// Makes the names of people's files durable.
    pub(super) fn sync_people(&self) -> Result<(), StoreError> {
        sync_folder(&self.people()).map_err(file)
    }

    /// Whose files there are.
    pub(super) fn everybody(&self) -> Result<Vec<UserId>, StoreError> {
        let mut people = Vec::new();
        for entry in fs::read_dir(self.people()).map_err(file)? {
            let name = entry.map_err(file)?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".db")).and_then(|id| id.parse().ok());
            people.extend(id.map(UserId::new));
        }
        people.sort_unstable();
        Ok(people)
    }

    /// Removes what there is of a person. Their key is gone before, so what a disk keeps of it says nothing.
    pub(super) fn remove(&self, user: UserId) -> Result<(), StoreError> {
        let main = self.person(user);
        // The main file after the others, and the note of an erasure after that: as long as it is there, the person is not taken for one who never came.
        for path in [
            beside(&main, "-wal"),
            beside(&main, "-shm"),
            beside(&main, "-journal"),
            self.witness(user),
            main.clone(),
            self.erasing(user),
        ] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(error)),
                _ => {}
            }
        }
        match fs::remove_dir_all(self.scratch(user)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(error)),
            _ => {}
        }
        self.sync_people()
    }
}

fn unmarked() -> StoreError {
    unsound("the lock file does not say what the folder is")
}

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
