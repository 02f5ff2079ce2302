//! What is sound of a file that is not.
//!
//! First the log is read position by position. Where anything fails, a copy is read page by page instead: each page
//! is taken for the root of the table in turn, so that neither a lost root nor a lost first page takes the rest with
//! it. The checksum of a record covers person, position and bytes, so nothing wrong is taken for a record. The file
//! itself is not written to.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use alliance_core::{
    id::UserId,
    store::{Revision, StoreError, Stored},
};
use rusqlite::Connection;

use super::{
    connect::{Access, Back, FileKey, PAGE, connect, write_back},
    error::{engine, file},
    folder::{Folder, make_private},
    schema::{PERSON, migrate},
    witness::Witness,
};

/// What is sound of a person's log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Salvage {
    /// The records that are as they were written, oldest first.
    pub records: Vec<Stored>,
    /// Whether nothing that was acknowledged is missing, as far as the file can still say. Where it is false, the
    /// records may be what is left of more.
    pub is_whole: bool,
    /// The highest position of which anything is known: of a record, or acknowledged.
    pub reached: Revision,
}

impl Salvage {
    pub(super) const fn nothing(reached: Revision) -> Self {
        Self { records: Vec::new(), is_whole: true, reached }
    }
}

type Found = BTreeMap<u64, Stored>;

pub(super) fn salvage(folder: &Folder, user: UserId, key: &FileKey) -> Result<Salvage, StoreError> {
    let path = folder.person(user);
    let acknowledged = Witness::look(&folder.witness(user));
    let mut found = Found::new();
    let head = read_through(&path, user, key, &mut found).unwrap_or_default();
    let is_whole = head.is_some_and(|head| head >= acknowledged);
    if !is_whole {
        // Where there is no place for a copy, what was found so far is what is left.
        for place in [folder.writes().then(|| folder.scratch(user)), elsewhere()].into_iter().flatten() {
            let read =
                Scratch::new(place).and_then(|scratch| scratch.read_pages(&path, user, key, &mut found));
            if read.is_ok() {
                break;
            }
        }
    }
    let highest = found.keys().next_back().copied().unwrap_or_default();
    Ok(Salvage {
        records: found.into_values().collect(),
        is_whole,
        reached: Revision::new(highest.max(acknowledged).max(head.unwrap_or_default())),
    })
}

/// Reads all records in order. Gives the head where all of them are sound.
fn read_through(
    path: &Path,
    user: UserId,
    key: &FileKey,
    found: &mut Found,
) -> Result<Option<u64>, StoreError> {
    let connection = connect(path, key, Access::Read)?;
    let are_sound = take_rows(&connection, user, found)?;
    let head: u64 = connection
        .query_row(
            "SELECT max(floor, coalesce((SELECT max(revision) FROM records), 0)) FROM meta",
            [],
            |row| row.get(0),
        )
        .map_err(engine)?;
    Ok(Some(head).filter(|_| are_sound))
}

/// Takes every row that is what was written. Says whether all of them are.
fn take_rows(connection: &Connection, user: UserId, found: &mut Found) -> Result<bool, StoreError> {
    let mut select =
        connection.prepare("SELECT revision, body, sum FROM records NOT INDEXED").map_err(engine)?;
    let mut rows = select.query([]).map_err(engine)?;
    let mut are_sound = true;
    while let Some(row) = rows.next().map_err(engine)? {
        let read = || -> rusqlite::Result<_> {
            let at: u64 = row.get(0)?;
            Ok((at, super::codec::decode(user, at, row.get_ref(1)?.as_blob()?, row.get_ref(2)?.as_blob()?)))
        };
        match read() {
            Ok((at, Ok(record))) => {
                found.insert(at, Stored::new(Revision::new(at), record.into()));
            }
            _ => are_sound = false,
        }
    }
    Ok(are_sound)
}

/// The system's place for what is soon gone, for where the folder of the store cannot be written to, or is full.
fn elsewhere() -> Option<PathBuf> {
    let name: [u8; 32] = *crate::keys::random().ok()?;
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(std::env::temp_dir().join(format!("alliance-salvage-{name}")))
}

/// A folder for a copy, which goes when it is dropped. What is in it is encrypted like the file.
struct Scratch(PathBuf);

impl Scratch {
    fn new(path: PathBuf) -> Result<Self, StoreError> {
        let scratch = Self(path);
        scratch.clear();
        make_private(&scratch.0).map_err(file)?;
        Ok(scratch)
    }

    fn clear(&self) {
        // What cannot be removed now is before the next use, and with the person.
        let _later = fs::remove_dir_all(&self.0);
    }

    fn read_pages(
        &self,
        path: &Path,
        user: UserId,
        key: &FileKey,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let copy = self.0.join("copy.db");
        fs::copy(path, &copy).map_err(file)?;
        let journal = path.with_extension("db-wal");
        if journal.exists() {
            fs::copy(journal, copy.with_extension("db-wal")).map_err(file)?;
        }
        // Where the journal cannot be joined to the file, the file is read without it.
        let _alone = connect(&copy, key, Access::Write).and_then(|joined| write_back(&joined, Back::Whole));
        let pages = fs::metadata(&copy).map_err(file)?.len().div_ceil(PAGE);
        self.give_first_page(&copy, pages, key)?;
        let mut connection = None;
        for root in 2..=pages {
            let open = match connection.take() {
                Some(open) => open,
                None => rootless(&copy, key)?,
            };
            // A page of another kind, or one that does not hold, is no root; the next is tried on a connection that
            // has seen no failure.
            if read_as_root(&open, root, user, found).is_ok() {
                connection = Some(open);
            }
        }
        Ok(())
    }

    /// The first page of a new file under the same key says where every table begins, for they all begin where
    /// they do in every file of this format; it is made to say that there are as many pages.
    fn give_first_page(&self, copy: &Path, pages: u64, key: &FileKey) -> Result<(), StoreError> {
        let fresh = self.0.join("fresh.db");
        let mut connection = connect(&fresh, key, Access::Write)?;
        migrate(&mut connection, "a person's file", PERSON)?;
        let filler = i64::try_from(pages * PAGE).unwrap_or(i64::MAX);
        connection
            .execute("INSERT INTO meta (user, floor, erasures) VALUES (zeroblob(?1), 0, 0)", [filler])
            .map_err(engine)?;
        write_back(&connection, Back::Whole)?;
        drop(connection);
        let mut page = vec![0; usize::try_from(PAGE).unwrap_or_default()];
        fs::File::open(&fresh).and_then(|mut fresh| fresh.read_exact(&mut page)).map_err(file)?;
        let mut copy = fs::OpenOptions::new().write(true).open(copy).map_err(file)?;
        copy.write_all(&page).map_err(file)?;
        // The engine refuses a file that ends in the middle of a page, or before the page that it says is the last.
        let whole = fs::metadata(&fresh).map_err(file)?.len().max(pages * PAGE);
        copy.set_len(whole).map_err(file)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A connection on which the schema may be changed and nothing is kept.
fn rootless(copy: &Path, key: &FileKey) -> Result<Connection, StoreError> {
    let connection = connect(copy, key, Access::Write)?;
    connection
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA writable_schema = ON; BEGIN IMMEDIATE;")
        .map_err(engine)?;
    Ok(connection)
}

fn read_as_root(
    connection: &Connection,
    root: u64,
    user: UserId,
    found: &mut Found,
) -> Result<(), StoreError> {
    connection
        .execute("UPDATE sqlite_schema SET rootpage = ?1 WHERE name = 'records'", [root])
        .and_then(|_| {
            connection.execute_batch("PRAGMA writable_schema = RESET; PRAGMA writable_schema = ON;")
        })
        .map_err(engine)?;
    take_rows(connection, user, found).map(drop)
}
