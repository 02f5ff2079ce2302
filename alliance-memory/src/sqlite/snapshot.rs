//! Snapshots: what was computed from a person's log, in their file beside it.
//!
//! They go in the transaction of any erasure and of any decision about consent. Those that come late are refused, so no
//! word that was erased comes back with one. Their bytes stand in no record and are covered by the checksums of pages;
//! whoever computed them has one of its own.

use alliance_core::{
    record::{Record, RecordKind},
    store::{Revision, Snapshot, StoreError, StoreErrorKind},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    connect::transact,
    error::engine,
    person::PersonFile,
    schema::{PERSON, SNAPSHOTS, format},
};

impl PersonFile {
    /// Keeps a snapshot in place of the one of its name.
    pub(super) fn keep_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        if snapshot.erasures != self.erasures || self.last_decision()? > snapshot.through.number() {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        transact(&self.connection, |change| {
            change.execute("DELETE FROM snapshots WHERE name = ?1", [snapshot.name])?;
            change.execute(
                "INSERT INTO snapshots (name, through, erasures, bytes) VALUES (?1, ?2, ?3, ?4)",
                params![snapshot.name, snapshot.through.number(), snapshot.erasures, snapshot.bytes],
            )
        })?;
        self.note_large_write();
        Ok(())
    }

    pub(super) fn snapshot(&self, name: &'static str) -> Result<Option<Snapshot>, StoreError> {
        // An older format that is only read has no such table.
        if format(&self.connection, "a person's file", PERSON)? < SNAPSHOTS {
            return Ok(None);
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT through, erasures, bytes FROM snapshots WHERE name = ?1")
            .map_err(engine)?;
        let found = select.query_row([name], |row| {
            Ok(Snapshot::new(name, Revision::new(row.get(0)?), row.get(1)?, row.get(2)?))
        });
        found.optional().map_err(engine)
    }

    /// The position of the newest decision about consent, 0 where there is none.
    fn last_decision(&self) -> Result<u64, StoreError> {
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT coalesce(max(revision), 0) FROM records INDEXED BY record_by_kind WHERE folded = ?1",
            )
            .map_err(engine)?;
        select.query_row([RecordKind::Consent.as_str()], |row| row.get(0)).map_err(engine)
    }
}

/// Takes all snapshots away where one of the records decides about consent.
pub(super) fn obey(change: &Connection, records: &[Record]) -> rusqlite::Result<()> {
    if records.iter().any(|record| record.kind() == RecordKind::Consent) { remove(change) } else { Ok(()) }
}

/// Takes all snapshots away.
pub(super) fn remove(change: &Connection) -> rusqlite::Result<()> {
    change.execute("DELETE FROM snapshots", []).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        place::{Place, user},
        sqlite::{
            connect::{Access, FileKey, connect},
            folder::Folder,
            index::{Entry, State},
            schema::migrate,
        },
    };

    #[test]
    fn a_file_of_the_format_before_has_no_snapshot_and_gets_a_place_for_one() {
        let (place, key) = (Place::new(), FileKey::none());
        let (folder, _) = Folder::take(&place.people()).unwrap();
        let left = Entry { state: State::Creating, key_check: Vec::new(), head: 0, erasures: 0 };
        let mut made = PersonFile::create(&folder, user(1), &key, &left, &[]).unwrap();
        let snapshot = Snapshot::new("recall", Revision::ZERO, 0, vec![7; 5000]);
        made.keep_snapshot(&snapshot).unwrap();
        assert_eq!(made.snapshot("recall").unwrap().as_ref(), Some(&snapshot));
        made.connection.execute_batch("DROP TABLE snapshots; PRAGMA user_version = 1;").unwrap();
        assert!(made.snapshot("recall").unwrap().is_none());
        drop(made);
        let mut file = connect(&folder.person(user(1)), &key, Access::Write).unwrap();
        migrate(&mut file, "a person's file", PERSON).unwrap();
        drop(file);
        let mut made = PersonFile::open(&folder, user(1), &key).unwrap();
        assert!(made.snapshot("recall").unwrap().is_none());
        made.keep_snapshot(&snapshot).unwrap();
        assert_eq!(made.snapshot("recall").unwrap(), Some(snapshot));
    }
}
