//! Opening a file of the store: key, journal, and how much memory it may take.

use std::{
    path::{Path, PathBuf},
    sync::Once,
};

use alliance_core::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::{
    error::{engine, unsound},
    person::holds_something,
};

/// The key of a file, and a check by which a wrong one is known before the file is touched.
#[derive(Clone)]
pub(super) struct FileKey {
    key: Zeroizing<[u8; 32]>,
    salt: [u8; 16],
    check: [u8; 8],
}

impl FileKey {
    pub(super) fn new(seal: &alliance_core::safety::SealKey) -> Self {
        #[cfg(test)]
        if *seal == alliance_core::safety::SealKey::new([0; 32]) {
            return Self::none();
        }
        let derived = Zeroizing::new(seal.derive("store file 1"));
        let whole = Zeroizing::new(seal.derive("store key check 1"));
        let (mut check, mut salt) = ([0; 8], [0; 16]);
        check.copy_from_slice(whole.split_at(8).0);
        // The rest of the hash. A salt that is known without the file is not lost with its first bytes.
        salt.copy_from_slice(whole.split_at(16).1);
        Self { key: derived, salt, check }
    }

    /// No key: the file is written in the clear, so that a test can look for what was erased from it. In a test, a
    /// key of zeros stands for it.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { key: Zeroizing::default(), salt: [0; 16], check: [0; 8] }
    }

    /// Says nothing of the key to whoever does not have it.
    pub(super) const fn check(&self) -> [u8; 8] {
        self.check
    }
}

/// Bytes of a page. Each append encrypts and writes some pages whole, most of which are indexes of short keys.
pub(super) const PAGE: u64 = 2048;

#[cfg(feature = "measuring")]
static RELAXED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// From here on an append of this process is acknowledged before it is on the disk: a power failure can take it. Only
/// to say what waiting costs; no host can want it, so it is hidden and behind a feature of its own.
#[cfg(feature = "measuring")]
pub fn do_not_wait_for_the_disk() {
    RELAXED.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// Starts the engine, once and alone. It counts itself as started before its cipher is: a second thread that opens
/// its first file in that moment would find no cipher, and fail.
fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| drop(Connection::open_in_memory()));
}

/// Opens a file under a raw key: a passphrase would cost 420 ms of stretching, and 32 random bytes need none.
pub(super) fn connect(path: &Path, key: &FileKey, access: Access) -> Result<Connection, StoreError> {
    start();
    let threads = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = match access {
        Access::Write => {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | threads;
            Connection::open_with_flags(path, flags)
        }
        // Without a journal there is nothing to join, and nothing may be made to join it in.
        Access::Read if !holds_something(&beside(path, "-wal"))? => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | threads;
            Connection::open_with_flags(unchanging(path)?, flags)
        }
        // With one it is joined in memory. The lock that this would need cannot be had on a file that is only
        // read, and the folder has one already.
        #[cfg(unix)]
        Access::Read => Connection::open_with_flags_and_vfs(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | threads,
            c"unix-none",
        ),
        #[cfg(not(unix))]
        Access::Read => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | threads),
    };
    let connection = connection.map_err(engine)?;
    give_key(&connection, key)?;
    // A hash of 256 bits is as good as one of 512 here, and takes a third of the time of a page where the processor
    // has instructions for it. The engine's own log goes to the error stream; what is wrong is told as an error.
    // Nobody else may have the file, so the index of the journal needs no file and no locks of its own.
    // 128 pages are 256 KiB.
    connection
        .execute_batch(&format!(
            "PRAGMA cipher_log_level = NONE; PRAGMA cipher_page_size = {PAGE};
             PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = 128; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
             PRAGMA trusted_schema = OFF;",
        ))
        .map_err(engine)?;
    if access == Access::Write {
        let mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(engine)?;
        if mode != "wal" {
            return Err(unsound("a file that keeps no write-ahead log"));
        }
        // Checkpoints are made after the answer, not in front of it.
        connection
            .execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;")
            .map_err(engine)?;
        #[cfg(feature = "measuring")]
        if RELAXED.load(std::sync::atomic::Ordering::Relaxed) {
            connection.execute_batch("PRAGMA synchronous = NORMAL;").map_err(engine)?;
        }
    }
    connection.set_prepared_statement_cache_capacity(24);
    Ok(connection)
}

/// The name of a file for one that is not changed while it is read.
fn unchanging(path: &Path) -> Result<String, StoreError> {
    let path = path.to_str().ok_or_else(|| unsound("a path that is no text"))?;
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok(format!("file:{escaped}?immutable=1"))
}

/// A file beside another: the same name with something after it.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn give_key(connection: &Connection, key: &FileKey) -> Result<(), StoreError> {
    #[cfg(test)]
    if key.salt == [0; 16] {
        return Ok(());
    }
    let mut statement = Zeroizing::new(String::with_capacity(128));
    statement.push_str("PRAGMA key = \"x'");
    for byte in key.key.iter().chain(&key.salt) {
        for half in [byte >> 4, byte & 15] {
            statement.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    statement.push_str("'\"");
    connection.execute_batch(&statement).map_err(engine)
}

/// One commit, or nothing. Its statements are kept, which those of the engine's own transaction are not.
pub(super) fn transact<T>(
    connection: &Connection,
    what: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    let run = |statement| connection.prepare_cached(statement).and_then(|mut run| run.execute([])).map(drop);
    if !connection.is_autocommit() {
        run("ROLLBACK").map_err(engine)?;
    }
    run("BEGIN IMMEDIATE").map_err(engine)?;
    let done = what(connection).and_then(|value| run("COMMIT").map(|()| value));
    if done.is_err() && !connection.is_autocommit() {
        // Where even this fails, it is tried again before the next beginning.
        let _gone = run("ROLLBACK");
    }
    done.map_err(engine)
}

/// Writes the journal back into the file. With [`Back::Whole`] nothing is left in the journal either.
pub(super) fn write_back(connection: &Connection, how: Back) -> Result<(), StoreError> {
    let statement = match how {
        Back::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Back::Whole => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let busy: i64 = connection.query_row(statement, [], |row| row.get(0)).map_err(engine)?;
    if busy == 0 { Ok(()) } else { Err(unsound("a journal that somebody else reads")) }
}

/// How much of a journal is written back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    Passive,
    Whole,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::{env, process::Command, sync::Barrier, thread};

    use alliance_core::safety::SealKey;

    use super::*;
    use crate::place::Place;

    /// Set in a process that is to open files.
    const CHILD: &str = "ALLIANCE_TEST_OPENS_AT_ONCE";
    const THREADS: usize = 16;

    /// The engine is started once in a process, so each attempt needs one of its own. Without [`start`] one or two in a
    /// hundred fail on two cores.
    #[test]
    fn files_that_are_the_first_of_a_process_open_together() {
        if env::var_os(CHILD).is_some() {
            return open_at_once();
        }
        let name = thread::current().name().unwrap().to_owned();
        for _ in 0..300 {
            let mut again = Command::new(env::current_exe().unwrap());
            let done = again.env(CHILD, "1").args(["--exact", &name]).output().unwrap();
            let out = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success() && out.contains("1 passed"), "{out}");
        }
    }

    fn open_at_once() {
        let (place, key, start) = (Place::new(), FileKey::new(&SealKey::new([5; 32])), Barrier::new(THREADS));
        thread::scope(|scope| {
            for number in 0..THREADS {
                let path = place.path().join(number.to_string());
                let (key, start) = (&key, &start);
                scope.spawn(move || {
                    start.wait();
                    drop(connect(&path, key, Access::Write).unwrap());
                });
            }
        });
    }
}
