//! Erasing part of a person's log.

use std::collections::{BTreeMap, BTreeSet};

use alliance_core::{
    id::RecordId,
    record::RecordKind,
    store::{ErasureReceipt, Forget, Revision, StoreError},
};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::{
    append::close,
    codec::decode,
    error::engine,
    index,
    person::{PersonFile, bury},
    snapshot,
};

impl PersonFile {
    /// The ids that `what` means and everything derived from them, directly or not. Ids that are named but
    /// not held are among them: what was derived from them goes too.
    pub(super) fn meant(&self, what: &Forget) -> Result<BTreeSet<RecordId>, StoreError> {
        let mut open = match what {
            Forget::Records(ids) => ids.clone(),
            Forget::Session(session) => self.ids_without_lasting(
                "SELECT id, kind FROM records WHERE session = ?1",
                [session.uuid().as_bytes()],
            )?,
            Forget::Kind(kind) => self.ids("SELECT id FROM records WHERE kind = ?1", [kind.as_str()])?,
            Forget::Between(from, to) => self.ids_without_lasting(
                "SELECT id, kind FROM records WHERE at >= ?1 AND at < ?2",
                [from.as_millis(), to.as_millis()],
            )?,
            Forget::Everything => self.ids("SELECT id FROM records", [])?,
            _ => self.each(what)?,
        };
        let mut select =
            self.connection.prepare_cached("SELECT record FROM derived WHERE source = ?1").map_err(engine)?;
        let mut meant = BTreeSet::new();
        while let Some(id) = open.pop() {
            if meant.insert(id) {
                let rows = select
                    .query_map([id.uuid().as_bytes()], |row| index::uuid(row, 0).map(RecordId::new))
                    .map_err(engine)?;
                for row in rows {
                    open.push(row.map_err(engine)?);
                }
            }
        }
        Ok(meant)
    }

    /// Every record, with its kind.
    pub(super) fn everything(&self) -> Result<Vec<(RecordId, String)>, StoreError> {
        self.column("SELECT id, kind FROM records", [], |row| {
            Ok((RecordId::new(index::uuid(row, 0)?), row.get(1)?))
        })
    }

    /// The ids that are refused.
    pub(super) fn buried(&self) -> Result<Vec<RecordId>, StoreError> {
        self.ids("SELECT record FROM tombstones", [])
    }

    /// What a later version can mean is asked of each record.
    fn each(&self, what: &Forget) -> Result<Vec<RecordId>, StoreError> {
        let positions: Vec<u64> = self.column("SELECT revision FROM records", [], |row| row.get(0))?;
        let mut meant = Vec::new();
        for at in positions {
            let record = self.record(at)?.record;
            meant.extend(Some(record.id).filter(|_| what.means(&record)));
        }
        Ok(meant)
    }

    /// What outlasts the words that it came from is not among them.
    fn ids_without_lasting(&self, statement: &str, values: impl Params) -> Result<Vec<RecordId>, StoreError> {
        let mut found: Vec<(RecordId, String)> =
            self.column(statement, values, |row| Ok((RecordId::new(index::uuid(row, 0)?), row.get(1)?)))?;
        found.retain(|(_, kind)| !RecordKind::named(kind).outlasts_words());
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    fn ids(&self, statement: &str, values: impl Params) -> Result<Vec<RecordId>, StoreError> {
        self.column(statement, values, |row| index::uuid(row, 0).map(RecordId::new))
    }

    pub(super) fn column<T>(
        &self,
        statement: &str,
        values: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.connection.prepare_cached(statement).map_err(engine)?;
        let rows = select.query_map(values, read).map_err(engine)?;
        rows.collect::<rusqlite::Result<_>>().map_err(engine)
    }

    /// Erases what is held of `doomed`, and refuses all of it from now on. One commit; nothing erased is left in
    /// free pages or in the journal.
    pub(super) fn erase(&mut self, doomed: &BTreeSet<RecordId>) -> Result<ErasureReceipt, StoreError> {
        let user = self.user;
        let change = self.connection.transaction().map_err(engine)?;
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for id in doomed {
            let key = id.uuid().into_bytes();
            let found = change
                .prepare_cached("SELECT revision, kind, body, sum FROM records WHERE id = ?1")
                .and_then(|mut select| {
                    select
                        .query_row([key], |row| {
                            let (at, kind): (u64, String) = (row.get(0)?, row.get(1)?);
                            let (body, sum) = (row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?);
                            Ok((kind, decode(user, at, body, sum).ok()))
                        })
                        .optional()
                })
                .map_err(engine)?;
            if let Some((kind, record)) = found {
                *counts.entry(kind).or_default() += 1;
                let sources = record.map(|record| record.derived_from);
                unlink(&change, *id, sources.as_deref()).map_err(engine)?;
            }
            change
                .prepare_cached("DELETE FROM records WHERE id = ?1")
                .and_then(|mut delete| delete.execute([key]))
                .and_then(|_| change.prepare_cached("DELETE FROM derived WHERE source = ?1"))
                .and_then(|mut delete| delete.execute([key]))
                .map_err(engine)?;
        }
        close(&change, doomed)
            .and_then(|()| bury(&change, doomed))
            .and_then(|()| snapshot::remove(&change))
            .map_err(engine)?;
        let erased: u64 = counts.values().sum();
        let (head, erasures) = (self.head + erased, self.erasures + u64::from(erased > 0));
        change
            .execute("UPDATE meta SET floor = ?1, erasures = ?2", params![head, erasures])
            .map_err(engine)?;
        change.commit().map_err(engine)?;
        (self.head, self.erasures) = (head, erasures);
        self.acknowledge();
        let mut receipt = ErasureReceipt::new(Revision::new(head));
        receipt.erased = counts;
        Ok(receipt)
    }
}

/// Takes a record out of what is derived from its sources. Where it cannot be read any more, they are not known.
fn unlink(change: &Connection, record: RecordId, sources: Option<&[RecordId]>) -> rusqlite::Result<()> {
    let Some(sources) = sources else {
        return change.execute("DELETE FROM derived WHERE record = ?1", [record.uuid().as_bytes()]).map(drop);
    };
    let mut delete = change.prepare_cached("DELETE FROM derived WHERE source = ?1 AND record = ?2")?;
    for source in sources {
        delete.execute([source.uuid().as_bytes(), record.uuid().as_bytes()])?;
    }
    Ok(())
}
