//! Appending: the checks of M2, M5 and M7, and one commit.

use std::collections::BTreeMap;

use alliance_core::{
    id::RecordId,
    record::{Record, RecordKind},
    store::{Expect, Handle, Revision, StoreError, StoreErrorKind},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    codec::{decode, encode, sum},
    connect::transact,
    error::engine,
    index,
    person::PersonFile,
    snapshot,
};

/// What an append comes to, before anything is changed.
pub(super) enum Admission {
    /// All of it is held already, and ended at this revision.
    Repeated(Revision),
    /// None of it is held, and its expectation holds. As it will stand in the file.
    New(Vec<Vec<u8>>),
}

/// What the checks ask of a person.
pub(super) trait Log {
    fn head(&self) -> u64;
    /// Where a record is held, if it is, and whether it is the same.
    fn held(&self, record: &Record, bytes: &[u8]) -> Result<Option<(u64, bool)>, StoreError>;
    fn is_buried(&self, record: RecordId) -> Result<bool, StoreError>;
    /// The position of the newest record of a session.
    fn newest(&self, session: alliance_core::id::SessionId) -> Result<Option<u64>, StoreError>;
}

/// Checks a batch: ids that are held, ids that were erased, then the expectation.
pub(super) fn admit(log: &impl Log, expect: Expect, records: &[Record]) -> Result<Admission, StoreError> {
    let bytes: Vec<Vec<u8>> = records.iter().map(encode).collect::<Result<_, _>>()?;
    let (mut held, mut newest) = (0, 0);
    for (record, bytes) in records.iter().zip(&bytes) {
        match log.held(record, bytes)? {
            Some((_, false)) => return Err(StoreError::new(StoreErrorKind::IdReused)),
            Some((revision, true)) => {
                held += 1;
                newest = newest.max(revision);
            }
            None => {}
        }
    }
    if held > 0 && held == records.len() {
        return Ok(Admission::Repeated(Revision::new(newest)));
    }
    for record in records {
        for id in record.derived_from.iter().chain([&record.id]) {
            if log.is_buried(*id)? {
                return Err(StoreError::new(StoreErrorKind::Erased));
            }
        }
    }
    if held > 0 || contradicts_itself(records, &bytes) {
        return Err(StoreError::new(StoreErrorKind::IdReused));
    }
    let holds = match expect {
        Expect::Any => true,
        Expect::Head(revision) => log.head() == revision.number(),
        Expect::Session(session, revision) => {
            log.newest(session)?.is_none_or(|newest| newest <= revision.number())
        }
        // What this version cannot check does not hold.
        _ => false,
    };
    if holds { Ok(Admission::New(bytes)) } else { Err(StoreError::new(StoreErrorKind::Conflict)) }
}

fn contradicts_itself(records: &[Record], bytes: &[Vec<u8>]) -> bool {
    let mut seen = BTreeMap::new();
    records
        .iter()
        .zip(bytes)
        .any(|(record, bytes)| seen.insert(record.id, bytes).is_some_and(|other| other != bytes))
}

impl PersonFile {
    /// Adds records that were admitted, closes handles and opens others: all or nothing.
    pub(super) fn push(
        &mut self,
        records: &[Record],
        bytes: &[Vec<u8>],
        opens: &[Handle],
        closes: &[RecordId],
    ) -> Result<(), StoreError> {
        let (user, mut revision) = (self.user, self.head);
        transact(&self.connection, |change| {
            close(change, closes)?;
            snapshot::obey(change, records)?;
            for handle in opens {
                open(change, handle)?;
            }
            let mut insert = change.prepare_cached(
                "INSERT INTO records (revision, id, session, kind, folded, at, body, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            let mut written = std::collections::BTreeSet::new();
            for (record, body) in records.iter().zip(bytes) {
                // A record that stands twice in one batch is written once.
                if !written.insert(record.id) {
                    continue;
                }
                revision += 1;
                insert.execute(params![
                    revision,
                    record.id.uuid().as_bytes(),
                    record.session.map(|session| *session.uuid().as_bytes()),
                    record.kind().as_str(),
                    is_folded(&record.kind()).then(|| record.kind().as_str().to_owned()),
                    record.at.as_millis(),
                    body,
                    sum(user, revision, body)
                ])?;
                derive(change, record)?;
            }
            Ok(())
        })?;
        self.head = revision;
        Ok(())
    }
}

impl Log for PersonFile {
    fn head(&self) -> u64 {
        self.head
    }

    fn held(&self, record: &Record, bytes: &[u8]) -> Result<Option<(u64, bool)>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT revision, body, sum FROM records WHERE id = ?1")
            .map_err(engine)?;
        let found = select
            .query_row([record.id.uuid().as_bytes()], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
            })
            .optional()
            .map_err(engine)?;
        let Some((revision, body, sum)) = found else { return Ok(None) };
        let held = decode(self.user, revision, &body, &sum)?;
        // An older version may have written the same record in other bytes.
        Ok(Some((revision, body == bytes || held == *record)))
    }

    fn is_buried(&self, record: RecordId) -> Result<bool, StoreError> {
        let mut select =
            self.connection.prepare_cached("SELECT 1 FROM tombstones WHERE record = ?1").map_err(engine)?;
        select.exists([record.uuid().as_bytes()]).map_err(engine)
    }

    fn newest(&self, session: alliance_core::id::SessionId) -> Result<Option<u64>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT max(revision) FROM records WHERE session = ?1")
            .map_err(engine)?;
        select.query_row([session.uuid().as_bytes()], |row| row.get(0)).map_err(engine)
    }
}

/// Whether a kind has an index. What people say and are shown, and what is remembered of it, is most of a log.
pub(super) const fn is_folded(kind: &RecordKind) -> bool {
    !matches!(kind, RecordKind::TurnAccepted | RecordKind::TurnEnded | RecordKind::Fact | RecordKind::Episode)
}

/// A person without a file: nothing is held, and some ids may be refused.
pub(super) struct Nobody<'a> {
    pub(super) head: u64,
    pub(super) tombstones: &'a [RecordId],
}

impl Log for Nobody<'_> {
    fn head(&self) -> u64 {
        self.head
    }

    fn held(&self, _: &Record, _: &[u8]) -> Result<Option<(u64, bool)>, StoreError> {
        Ok(None)
    }

    fn is_buried(&self, record: RecordId) -> Result<bool, StoreError> {
        Ok(self.tombstones.contains(&record))
    }

    fn newest(&self, _: alliance_core::id::SessionId) -> Result<Option<u64>, StoreError> {
        Ok(None)
    }
}

pub(super) fn derive(change: &Connection, record: &Record) -> rusqlite::Result<()> {
    let mut insert =
        change.prepare_cached("INSERT OR IGNORE INTO derived (source, record) VALUES (?1, ?2)")?;
    for source in &record.derived_from {
        insert.execute([source.uuid().as_bytes(), record.id.uuid().as_bytes()])?;
    }
    Ok(())
}

fn open(change: &Connection, handle: &Handle) -> rusqlite::Result<()> {
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO handles (record, kind, due, version) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            handle.record.uuid().as_bytes(),
            index::kind_name(handle.kind),
            handle.due.as_millis(),
            handle.version
        ])
        .map(drop)
}

pub(super) fn close<'a>(
    change: &Connection,
    records: impl IntoIterator<Item = &'a RecordId>,
) -> rusqlite::Result<()> {
    let mut delete = change.prepare_cached("DELETE FROM handles WHERE record = ?1")?;
    for record in records {
        delete.execute([record.uuid().as_bytes()])?;
    }
    Ok(())
}
