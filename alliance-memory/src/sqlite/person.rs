//! One person's file: opening it, making it, and what it says of itself.

use std::path::Path;

use alliance_core::{
    id::{RecordId, UserId},
    safety::Timestamp,
    store::{Handle, HandleKind, Revision, StoreError},
};
use rusqlite::{Connection, OptionalExtension, config::DbConfig, params};

use super::{
    connect::{Access, Back, FileKey, beside, connect, write_back},
    error::{SqliteError, engine, file, unsound},
    folder::Folder,
    index,
    schema::{PERSON, format, migrate},
    witness::Witness,
};

/// After so many appends the journal is written back.
const APPENDS_A_JOURNAL: u32 = 128;

/// A person's file while it is open.
pub(super) struct PersonFile {
    pub(super) connection: Connection,
    pub(super) user: UserId,
    pub(super) head: u64,
    pub(super) erasures: u64,
    /// Whether the index knows that this person's handles may be changing.
    pub(super) is_marked: bool,
    /// The journal was not written back when the file was closed: a crash left it.
    pub(super) has_left_over: bool,
    witness: Option<Witness>,
    since_write_back: u32,
    /// So much was written at once that its journal is not left lying.
    is_journal_large: bool,
}

impl PersonFile {
    /// Opens a file that is there. One without tables, or with less than was acknowledged, is damaged.
    pub(super) fn open(folder: &Folder, user: UserId, key: &FileKey) -> Result<Self, StoreError> {
        let path = folder.person(user);
        if !holds_something(&path)? {
            return Err(unsound("the person's file is not there, or is empty"));
        }
        let access = if folder.writes() { Access::Write } else { Access::Read };
        let has_left_over = holds_something(&beside(&path, "-wal"))?;
        let mut connection = connect(&path, key, access)?;
        // Until it is known to be whole, closing it must not write the journal back, and so take its end away.
        keep_journal(&connection, true)?;
        if format(&connection, "a person's file", PERSON)? == 0 {
            return Err(unsound("the person's file has no tables"));
        }
        if folder.writes() {
            migrate(&mut connection, "a person's file", PERSON)?;
        }
        let path = folder.witness(user);
        let acknowledged = Witness::look(&path);
        let mut opened = Self { has_left_over, ..Self::around(connection, user)? };
        if acknowledged > opened.head {
            let error = SqliteError::Short { part: "the person's file", held: opened.head, acknowledged };
            return Err(error.damaged());
        }
        if folder.writes() {
            opened.witness = Some(Witness::open(&path).map_err(file)?);
            keep_journal(&opened.connection, false)?;
        }
        Ok(opened)
    }

    /// Makes a file that goes on from what is left of the person. What was begun before is taken away.
    pub(super) fn create(
        folder: &Folder,
        user: UserId,
        key: &FileKey,
        left: &index::Entry,
        tombstones: &[RecordId],
    ) -> Result<Self, StoreError> {
        folder.remove(user)?;
        let mut connection = connect(&folder.person(user), key, Access::Write)?;
        migrate(&mut connection, "a person's file", PERSON)?;
        let change = connection.transaction().map_err(engine)?;
        change
            .execute(
                "INSERT INTO meta (user, floor, erasures) VALUES (?1, ?2, ?3)",
                params![user.uuid().as_bytes(), left.head, left.erasures],
            )
            .map_err(engine)?;
        bury(&change, tombstones).map_err(engine)?;
        change.commit().map_err(engine)?;
        let mut created = Self::around(connection, user)?;
        created.witness = Some(Witness::open(&folder.witness(user)).map_err(file)?);
        folder.sync_people()?;
        Ok(created)
    }

    fn around(connection: Connection, user: UserId) -> Result<Self, StoreError> {
        let mut opened = Self {
            connection,
            user,
            head: 0,
            erasures: 0,
            is_marked: false,
            has_left_over: false,
            witness: None,
            since_write_back: 0,
            is_journal_large: false,
        };
        opened.look_again()?;
        Ok(opened)
    }

    /// Reads the snapshot: the head and the number of erasures.
    pub(super) fn look_again(&mut self) -> Result<(), StoreError> {
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT user, max(floor, coalesce((SELECT max(revision) FROM records), 0)), erasures FROM meta",
            )
            .map_err(engine)?;
        let found =
            select.query_row([], |row| Ok((index::uuid(row, 0)?, row.get(1)?, row.get(2)?))).optional();
        let Some((user, head, erasures)) = found.map_err(engine)? else {
            return Err(unsound("the person's file says nothing of itself"));
        };
        if UserId::new(user) != self.user {
            return Err(unsound("the file is another person's"));
        }
        (self.head, self.erasures) = (head, erasures);
        Ok(())
    }

    /// Closing the file does not write the journal back.
    pub(super) fn leave_journal(&self) {
        // The engine refuses this of no connection; and then closing does what it did before.
        let _kept = keep_journal(&self.connection, true);
    }

    pub(super) const fn revision(&self) -> Revision {
        Revision::new(self.head)
    }

    /// Notes that everything up to the head was acknowledged.
    pub(super) fn acknowledge(&mut self) {
        if let Some(witness) = &mut self.witness {
            witness.say(self.head);
        }
        self.since_write_back += 1;
    }

    pub(super) const fn note_large_write(&mut self) {
        self.is_journal_large = true;
    }

    /// Writes the journal back from time to time. What cannot be written back now stays in the journal.
    pub(super) fn tidy(&mut self) {
        if self.is_journal_large && self.write_back().is_ok() {
            return;
        }
        if self.since_write_back >= APPENDS_A_JOURNAL && write_back(&self.connection, Back::Passive).is_ok() {
            self.since_write_back = 0;
        }
    }

    /// Writes everything back, so that nothing erased is left in the journal.
    pub(super) fn write_back(&mut self) -> Result<(), StoreError> {
        write_back(&self.connection, Back::Whole)?;
        (self.since_write_back, self.has_left_over, self.is_journal_large) = (0, false, false);
        Ok(())
    }

    /// Looks at every page and every record.
    pub(super) fn check(&mut self, writes: bool) -> Result<(), StoreError> {
        if writes {
            // What stands in the journal was checked when it was read; from here on all of it is in the file.
            self.write_back()?;
        }
        let pages: Vec<String> = self.column("PRAGMA cipher_integrity_check", [], |row| row.get(0))?;
        if !pages.is_empty() {
            return Err(unsound("a page that does not hold"));
        }
        let trees: Vec<String> = self.column("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if trees != ["ok"] {
            return Err(unsound("a table that does not hold together"));
        }
        let positions: Vec<u64> = self.column("SELECT revision FROM records", [], |row| row.get(0))?;
        positions.into_iter().try_for_each(|at| self.record(at).map(drop))
    }

    /// The person's open handles, which the index has a copy of.
    pub(super) fn handles(&self) -> Result<Vec<Handle>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT record, kind, due, version FROM handles")
            .map_err(engine)?;
        let rows = select
            .query_map([], |row| {
                let record = RecordId::new(index::uuid(row, 0)?);
                Ok((record, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
            })
            .map_err(engine)?;
        let mut handles = Vec::new();
        for row in rows {
            let (record, kind, due, version) = row.map_err(engine)?;
            // A kind of a newer version stays in the file, and cannot be told to anybody here.
            let Ok(kind) = serde_json::from_str::<HandleKind>(&kind) else { continue };
            let mut handle = Handle::new(self.user, record, kind, Timestamp::from_millis(due));
            handle.version = version;
            handles.push(handle);
        }
        Ok(handles)
    }

    /// Which of these have a handle.
    pub(super) fn handled<'a>(
        &self,
        records: impl IntoIterator<Item = &'a RecordId>,
    ) -> Result<Vec<RecordId>, StoreError> {
        let mut select =
            self.connection.prepare_cached("SELECT 1 FROM handles WHERE record = ?1").map_err(engine)?;
        let mut handled = Vec::new();
        for record in records {
            if select.exists([record.uuid().as_bytes()]).map_err(engine)? {
                handled.push(*record);
            }
        }
        Ok(handled)
    }
}

fn keep_journal(connection: &Connection, keep: bool) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).map(drop).map_err(engine)
}

/// Whether there is a file with anything in it. What cannot be looked at is an error, and never "no".
pub(super) fn holds_something(path: &Path) -> Result<bool, StoreError> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(file(error)),
    }
}

pub(super) fn bury<'a>(
    change: &Connection,
    records: impl IntoIterator<Item = &'a RecordId>,
) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached("INSERT OR IGNORE INTO tombstones (record) VALUES (?1)")?;
    for record in records {
        insert.execute([record.uuid().as_bytes()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alliance_core::{safety::SealKey, store::StoreErrorKind};

    use super::*;
    use crate::place::{Place, user};

    #[test]
    fn a_newer_format_is_refused_and_left_as_it_is() {
        let (place, key) = (Place::new(), FileKey::new(&SealKey::new([5; 32])));
        let (folder, _) = Folder::take(&place.people()).unwrap();
        let left =
            index::Entry { state: index::State::Creating, key_check: Vec::new(), head: 0, erasures: 0 };
        let made = PersonFile::create(&folder, user(1), &key, &left, &[]).unwrap();
        made.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(made);
        let before = std::fs::read(folder.person(user(1))).unwrap();
        let refused = PersonFile::open(&folder, user(1), &key).err().unwrap();
        assert_eq!(refused.kind, StoreErrorKind::Newer);
        assert_eq!(std::fs::read(folder.person(user(1))).unwrap(), before);
    }
}
