//! The index across people: who is held and in which state, and everybody's handles. No content.
//!
//! A person's own file has the last word on their handles; what the index says of them is a copy, written before
//! the file is. Before the first such write the person is marked, durably, as unsettled, and whoever is marked when
//! the store opens is compared. So a handle costs no second wait for the disk at each append.

use std::{cell::Cell, collections::HashMap, path::PathBuf};

use alliance_core::{
    id::{RecordId, UserId},
    safety::Timestamp,
    store::{Handle, HandleKind, HandlePage, HandleQuery, Lease, Selection, StoreError, StoreErrorKind},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{
    connect::{Access, Back, FileKey, connect, transact, write_back},
    error::{engine, file, unsound},
    folder::Folder,
    schema::{INDEX, format, migrate},
    witness::Witness,
};

/// After so many changes the journal is written back.
const CHANGES_A_JOURNAL: u64 = 512;

pub(super) struct Index {
    connection: Connection,
    path: PathBuf,
    key: FileKey,
    /// A connection that met a failure may answer nothing any more: the next piece of work has another.
    has_failed: Cell<bool>,
    witness: Option<Witness>,
    changes: u64,
    since_write_back: u64,
    /// What the journal lost, if it lost something.
    lost: bool,
}

/// In which state a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Their file is being made; nothing in it was acknowledged.
    Creating = 1,
    /// Their file has the last word.
    Live = 2,
    /// Their key and their file are to go.
    Erasing = 3,
    /// There is no file.
    Gone = 4,
}

/// What the index holds of a person who has no file, or whose file is made or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) state: State,
    pub(super) key_check: Vec<u8>,
    pub(super) head: u64,
    pub(super) erasures: u64,
}

impl Entry {
    /// Whether a key is that of the file, as far as is known.
    pub(super) fn takes(&self, key: &FileKey) -> bool {
        self.key_check.is_empty() || self.key_check == key.check()
    }
}

/// Whether a change is on the disk when it is done, or soon after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    Now,
    Soon,
}

impl Index {
    /// Opens the index; in a folder that `is_fresh` it is made.
    pub(super) fn open(folder: &Folder, key: &FileKey, is_fresh: bool) -> Result<Self, StoreError> {
        let access = if folder.writes() { Access::Write } else { Access::Read };
        let mut connection = connect(&folder.index(), key, access)?;
        if format(&connection, "the index", INDEX)? == 0 && !is_fresh {
            return Err(unsound("the index has no tables"));
        }
        if folder.writes() {
            migrate(&mut connection, "the index", INDEX)?;
            connection.pragma_update(None, "synchronous", "NORMAL").map_err(engine)?;
        }
        let changes: u64 =
            connection.query_row("SELECT changes FROM meta", [], |row| row.get(0)).map_err(engine)?;
        let path = folder.index_witness();
        let acknowledged = Witness::look(&path);
        let witness = if folder.writes() { Some(Witness::open(&path).map_err(file)?) } else { None };
        let lost = acknowledged > changes;
        // Counting goes on from what was acknowledged, so that the next change says that all was found again.
        let (path, key, has_failed) = (folder.index(), key.clone(), Cell::new(false));
        Ok(Self {
            connection,
            path,
            key,
            has_failed,
            witness,
            changes: changes.max(acknowledged),
            since_write_back: 0,
            lost,
        })
    }

    /// Gives itself where every page and every table is what was written.
    pub(super) fn checked(self) -> Result<Self, StoreError> {
        for pragma in ["cipher_integrity_check", "quick_check"] {
            let mut select = self.connection.prepare(&format!("PRAGMA {pragma}")).map_err(engine)?;
            let said = select.query_map([], |row| row.get::<_, String>(0)).map_err(engine)?;
            for line in said {
                if line.map_err(engine)? != "ok" {
                    return Err(unsound("the index is not what was written"));
                }
            }
        }
        Ok(self)
    }

    /// After a failure, opens the file anew. Where that fails too, it is tried again before the next piece of work.
    pub(super) fn recover(&mut self) {
        if self.has_failed.get() && self.witness.is_some() {
            let _again = self.reconnect();
        }
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        // Only one connection can have the file; an empty one takes its place meanwhile, and answers nothing.
        self.connection = Connection::open_in_memory().map_err(engine)?;
        let again = connect(&self.path, &self.key, Access::Write)?;
        again.pragma_update(None, "synchronous", "NORMAL").map_err(engine)?;
        let changes: u64 =
            again.query_row("SELECT changes FROM meta", [], |row| row.get(0)).map_err(engine)?;
        // A change that was told as failed may have happened.
        self.changes = self.changes.max(changes);
        self.connection = again;
        self.has_failed.set(false);
        Ok(())
    }

    fn noting<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let is_failure =
            |error: &StoreError| matches!(error.kind, StoreErrorKind::Damaged | StoreErrorKind::Unavailable);
        if done.as_ref().is_err_and(is_failure) {
            self.has_failed.set(true);
        }
        done
    }

    /// Whether changes that were acknowledged are not there: then people's files have to be asked again.
    pub(super) const fn lost_changes(&self) -> bool {
        self.lost
    }

    /// Notes that people's files were asked.
    pub(super) fn found_again(&mut self) -> Result<(), StoreError> {
        self.change(Sync::Soon, |_| Ok(()))?;
        self.lost = false;
        Ok(())
    }

    pub(super) fn change<T>(
        &mut self,
        sync: Sync,
        what: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if sync == Sync::Now {
            self.noting(self.connection.pragma_update(None, "synchronous", "FULL").map_err(engine))?;
        }
        let done = self.noting(self.try_change(what));
        if sync == Sync::Now {
            // A pragma that fails leaves the stricter setting.
            let _stricter = self.connection.pragma_update(None, "synchronous", "NORMAL");
        }
        let value = done?;
        self.changes += 1;
        self.since_write_back += 1;
        if let Some(witness) = &mut self.witness {
            witness.say(self.changes);
        }
        if self.since_write_back >= CHANGES_A_JOURNAL {
            // What cannot be written back now stays in the journal, and is tried at the next change.
            if write_back(&self.connection, Back::Passive).is_ok() {
                self.since_write_back = 0;
            }
        }
        Ok(value)
    }

    fn try_change<T>(&self, what: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        transact(&self.connection, |change| {
            let value = what(change)?;
            change.prepare_cached("UPDATE meta SET changes = ?1")?.execute([self.changes + 1])?;
            Ok(value)
        })
    }

    pub(super) fn person(&self, user: UserId) -> Result<Option<Entry>, StoreError> {
        self.noting(self.find(user))
    }

    fn find(&self, user: UserId) -> Result<Option<Entry>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT state, key_check, head, erasures FROM people WHERE user = ?1")
            .map_err(engine)?;
        let found = select
            .query_row([user.uuid().as_bytes()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
            .map_err(engine)?;
        let Some((state, key_check, head, erasures)) = found else { return Ok(None) };
        let state = match state {
            1 => State::Creating,
            2 => State::Live,
            3 => State::Erasing,
            4 => State::Gone,
            _ => return Err(unsound("a state that no version wrote")),
        };
        Ok(Some(Entry { state, key_check, head, erasures }))
    }

    /// Who is in this state.
    pub(super) fn people_in(&self, state: State) -> Result<Vec<UserId>, StoreError> {
        self.users("SELECT user FROM people WHERE state = ?1", [state as i64])
    }

    /// Whose handles may be other than their file says.
    pub(super) fn unsettled(&self) -> Result<Vec<UserId>, StoreError> {
        self.users("SELECT user FROM unsettled", [])
    }

    fn users(&self, statement: &str, values: impl rusqlite::Params) -> Result<Vec<UserId>, StoreError> {
        self.noting(self.list(statement, values))
    }

    fn list(&self, statement: &str, values: impl rusqlite::Params) -> Result<Vec<UserId>, StoreError> {
        let mut select = self.connection.prepare(statement).map_err(engine)?;
        let found = select.query_map(values, |row| uuid(row, 0).map(UserId::new)).map_err(engine)?;
        found.collect::<rusqlite::Result<_>>().map_err(engine)
    }

    /// The ids that are refused of a person who has no file.
    pub(super) fn tombstones(&self, user: UserId) -> Result<Vec<RecordId>, StoreError> {
        self.noting(self.buried(user))
    }

    fn buried(&self, user: UserId) -> Result<Vec<RecordId>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT record FROM tombstones WHERE user = ?1")
            .map_err(engine)?;
        let found = select
            .query_map([user.uuid().as_bytes()], |row| uuid(row, 0).map(RecordId::new))
            .map_err(engine)?;
        found.collect::<rusqlite::Result<_>>().map_err(engine)
    }

    /// Makes the handles of a person those of their file. Leases on what stays are kept.
    pub(super) fn settle(&mut self, user: UserId, wanted: &[Handle]) -> Result<(), StoreError> {
        let held = self.noting(self.handles_of(user))?;
        let wanted: HashMap<RecordId, &Handle> =
            wanted.iter().map(|handle| (handle.record, handle)).collect();
        let stale: Vec<RecordId> = held
            .iter()
            .filter(|(record, held)| wanted.get(record) != Some(held))
            .map(|(record, _)| *record)
            .collect();
        let missing: Vec<&Handle> = wanted
            .iter()
            .filter(|(record, handle)| held.get(record) != Some(handle))
            .map(|(_, handle)| *handle)
            .collect();
        if stale.is_empty() && missing.is_empty() && !self.is_unsettled(user)? {
            return Ok(());
        }
        self.change(Sync::Soon, |change| {
            close(change, user, &stale)?;
            for handle in missing {
                open(change, user, handle)?;
            }
            change.execute("DELETE FROM unsettled WHERE user = ?1", [user.uuid().as_bytes()])?;
            Ok(())
        })
    }

    fn is_unsettled(&self, user: UserId) -> Result<bool, StoreError> {
        self.connection
            .prepare_cached("SELECT 1 FROM unsettled WHERE user = ?1")
            .and_then(|mut select| select.exists([user.uuid().as_bytes()]))
            .map_err(engine)
    }

    fn handles_of(&self, user: UserId) -> Result<HashMap<RecordId, Handle>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT user, record, kind, due, version FROM handles WHERE user = ?1")
            .map_err(engine)?;
        let rows = select.query_map([user.uuid().as_bytes()], handle).map_err(engine)?;
        let mut held = HashMap::new();
        for row in rows {
            let (record, found) = row.map_err(engine)?;
            // A kind of a newer version is in its person's file too, and is not this one's to change.
            held.extend(found.map(|handle| (record, handle)));
        }
        Ok(held)
    }

    /// Lists what is due and free for the asker, soonest first, and claims it where there is a lease.
    pub(super) fn take(&mut self, query: &HandleQuery) -> Result<HandlePage, StoreError> {
        let limit = query.limit.min(Selection::MAX);
        let mut found = self.noting(self.due(query, limit))?;
        let more = found.len() > limit;
        found.truncate(limit);
        if let (Some(lease), false) = (query.lease, found.is_empty()) {
            self.change(Sync::Soon, |change| {
                let mut claim = change.prepare_cached(
                    "UPDATE handles SET holder = ?3, until = ?4 WHERE user = ?1 AND record = ?2",
                )?;
                for handle in &found {
                    claim.execute(params![
                        handle.user.uuid().as_bytes(),
                        handle.record.uuid().as_bytes(),
                        lease.holder.as_bytes(),
                        lease.until.as_millis()
                    ])?;
                }
                Ok(())
            })?;
        }
        Ok(HandlePage::new(found).more(more))
    }

    /// One more than the limit, where there is one more.
    fn due(&self, query: &HandleQuery, limit: usize) -> Result<Vec<Handle>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT user, record, kind, due, version FROM handles
                 WHERE due <= ?1 AND (until IS NULL OR until <= ?1 OR until > ?4 OR holder = ?2)
                   AND (?3 IS NULL OR user = ?3)
                 ORDER BY due, user, record",
            )
            .map_err(engine)?;
        let holder = query.lease.map(|lease| *lease.holder.as_bytes());
        let user = query.user.map(|user| *user.uuid().as_bytes());
        // As `Lease::hides_from` has it.
        let longest = query.now.after(Lease::LONGEST).as_millis();
        let values = params![query.now.as_millis(), holder, user, longest];
        let rows = select.query_map(values, handle).map_err(engine)?;
        let mut found = Vec::new();
        for row in rows {
            let (_, Some(handle)) = row.map_err(engine)? else { continue };
            if !query.kinds.is_empty() && !query.kinds.contains(&handle.kind) {
                continue;
            }
            found.push(handle);
            if found.len() > limit {
                break;
            }
        }
        Ok(found)
    }

    /// Writes everything back, so that nothing is left in the journal.
    pub(super) fn write_back(&self) -> Result<(), StoreError> {
        write_back(&self.connection, Back::Whole)
    }
}

pub(super) fn set_person(change: &Connection, user: UserId, entry: &Entry) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO people (user, state, key_check, head, erasures) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            user.uuid().as_bytes(),
            entry.state as i64,
            entry.key_check,
            entry.head,
            entry.erasures
        ])
        .map(drop)
}

pub(super) fn bury<'a>(
    change: &Connection,
    user: UserId,
    records: impl IntoIterator<Item = &'a RecordId>,
) -> rusqlite::Result<()> {
    let mut insert =
        change.prepare_cached("INSERT OR IGNORE INTO tombstones (user, record) VALUES (?1, ?2)")?;
    for record in records {
        insert.execute([user.uuid().as_bytes(), record.uuid().as_bytes()])?;
    }
    Ok(())
}

pub(super) fn mark_unsettled(change: &Connection, user: UserId) -> rusqlite::Result<()> {
    change.execute("INSERT OR IGNORE INTO unsettled (user) VALUES (?1)", [user.uuid().as_bytes()]).map(drop)
}

pub(super) fn settled(change: &Connection, user: UserId) -> rusqlite::Result<()> {
    change.execute("DELETE FROM unsettled WHERE user = ?1", [user.uuid().as_bytes()]).map(drop)
}

/// Opens a handle in the place of the one that its record may have, and of its lease.
pub(super) fn open(change: &Connection, user: UserId, handle: &Handle) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO handles (user, record, kind, due, version) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            user.uuid().as_bytes(),
            handle.record.uuid().as_bytes(),
            kind_name(handle.kind),
            handle.due.as_millis(),
            handle.version
        ])
        .map(drop)
}

pub(super) fn close<'a>(
    change: &Connection,
    user: UserId,
    records: impl IntoIterator<Item = &'a RecordId>,
) -> rusqlite::Result<()> {
    let mut delete = change.prepare_cached("DELETE FROM handles WHERE user = ?1 AND record = ?2")?;
    for record in records {
        delete.execute([user.uuid().as_bytes(), record.uuid().as_bytes()])?;
    }
    Ok(())
}

pub(super) fn close_all(change: &Connection, user: UserId) -> rusqlite::Result<()> {
    change.execute("DELETE FROM handles WHERE user = ?1", [user.uuid().as_bytes()]).map(drop)
}

/// The name of a kind as serde writes it.
pub(super) fn kind_name(kind: HandleKind) -> String {
    serde_json::to_string(&kind).unwrap_or_default()
}

fn handle(row: &Row<'_>) -> rusqlite::Result<(RecordId, Option<Handle>)> {
    let (user, record) = (UserId::new(uuid(row, 0)?), RecordId::new(uuid(row, 1)?));
    let due = Timestamp::from_millis(row.get(3)?);
    let kind = serde_json::from_str::<HandleKind>(&row.get::<_, String>(2)?).ok();
    let version = row.get(4)?;
    let handle = kind.map(|kind| {
        let mut handle = Handle::new(user, record, kind, due);
        handle.version = version;
        handle
    });
    Ok((record, handle))
}

pub(super) fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}
