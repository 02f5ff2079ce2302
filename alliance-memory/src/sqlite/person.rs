//! One person's file: opening it, making it, and what it says of itself.

use std::path::Path;

use alliance_core::{
    id::{RecordId, UserId},
    safety::Timestamp,
    store::{Handle, HandleKind, Revision, StoreError},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    connect::{Access, Back, FileKey, connect, write_back},
    error::{SqliteError, engine, file, unsound},
    folder::Folder,
    index,
    schema::{PERSON, migrate},
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
    witness: Option<Witness>,
    since_write_back: u32,
}

impl PersonFile {
    /// Opens a file that is there. One without tables, or with less than was acknowledged, is damaged.
    pub(super) fn open(folder: &Folder, user: UserId, key: &FileKey) -> Result<Self, StoreError> {
        let path = folder.person(user);
        if !holds_something(&path)? {
            return Err(unsound("the person's file is not there, or is empty"));
        }
        let access = if folder.writes() { Access::Write } else { Access::Read };
        let mut connection = connect(&path, key, access)?;
        let format: u32 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(engine)?;
        if format == 0 {
            return Err(unsound("the person's file has no tables"));
        }
        if folder.writes() || format as usize > PERSON.len() {
            migrate(&mut connection, "a person's file", PERSON)?;
        }
        let path = folder.witness(user);
        let acknowledged = Witness::look(&path);
        let mut opened = Self::around(connection, user)?;
        if acknowledged > opened.head {
            let error = SqliteError::Short { part: "the person's file", held: opened.head, acknowledged };
            return Err(error.damaged());
        }
        if folder.writes() {
            opened.witness = Some(Witness::open(&path).map_err(file)?);
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
            witness: None,
            since_write_back: 0,
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

    /// Writes the journal back from time to time. What cannot be written back now stays in the journal.
    pub(super) fn tidy(&mut self) {
        if self.since_write_back >= APPENDS_A_JOURNAL && write_back(&self.connection, Back::Passive).is_ok() {
            self.since_write_back = 0;
        }
    }

    /// Writes everything back, so that nothing erased is left in the journal.
    pub(super) fn write_back(&mut self) -> Result<(), StoreError> {
        write_back(&self.connection, Back::Whole)?;
        self.since_write_back = 0;
        Ok(())
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
