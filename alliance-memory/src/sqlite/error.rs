//! What went wrong with a file, in the words of the contract.

use std::io;

use alliance_core::store::{StoreError, StoreErrorKind};
use rusqlite::ffi;

/// What to read behind a [`StoreError`] of this store. Holds codes, names of parts and positions, never content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The database engine refused.
    #[error("the database engine gave code {code} (extended {extended})")]
    #[non_exhaustive]
    Engine {
        /// The primary result code of SQLite.
        code: i32,
        /// The extended result code.
        extended: i32,
    },
    /// A file or the folder could not be reached.
    #[error("a file of the store cannot be reached")]
    File(#[source] io::Error),
    /// A file holds less than was acknowledged.
    #[error("{part}: {held} is held, {acknowledged} was acknowledged")]
    #[non_exhaustive]
    Short {
        /// Which part.
        part: &'static str,
        /// The position that the file reaches.
        held: u64,
        /// The position that was acknowledged.
        acknowledged: u64,
    },
    /// A part is missing, or is not what it should be.
    #[error("{0}")]
    Unsound(&'static str),
    /// A record is not what was written.
    #[error("the record at position {0} is not what was written")]
    Record(u64),
    /// A part was written in a format that this version does not know.
    #[error("{part} has format {found}, this version knows {known}")]
    #[non_exhaustive]
    Format {
        /// Which part.
        part: &'static str,
        /// Its format.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
}

impl SqliteError {
    pub(super) fn kind(self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(kind).source(self)
    }

    pub(super) fn damaged(self) -> StoreError {
        self.kind(StoreErrorKind::Damaged)
    }
}

pub(super) fn unsound(what: &'static str) -> StoreError {
    SqliteError::Unsound(what).damaged()
}

/// What the engine said, without its text: that can quote a statement's values.
pub(super) fn engine(error: rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return unsound("a column is not of the type that was written");
    };
    let extended = failure.extended_code;
    let code = extended & 0xff;
    let kind = match code {
        ffi::SQLITE_FULL => StoreErrorKind::Full,
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => StoreErrorKind::Damaged,
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => StoreErrorKind::InUse,
        ffi::SQLITE_READONLY => StoreErrorKind::ReadOnly,
        // The file ends before what it says that it holds.
        ffi::SQLITE_IOERR if extended == ffi::SQLITE_IOERR_SHORT_READ => StoreErrorKind::Damaged,
        ffi::SQLITE_IOERR if extended == ffi::SQLITE_IOERR_DATA => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    };
    SqliteError::Engine { code, extended }.kind(kind)
}

pub(super) fn file(error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::ReadOnly,
        _ => StoreErrorKind::Unavailable,
    };
    SqliteError::File(error).kind(kind)
}
