//! Reading pages.

use std::sync::Arc;

use alliance_core::store::{Order, Page, Revision, Selection, StoreError, Stored};
use rusqlite::{OptionalExtension, ToSql, params};

use super::{
    append::is_folded,
    codec::decode,
    error::{SqliteError, engine},
    person::PersonFile,
};

impl PersonFile {
    pub(super) fn page(&self, selection: &Selection) -> Result<Page, StoreError> {
        let limit = selection.limit.min(Selection::MAX);
        let mut positions = self.positions(selection, limit + 1)?;
        let more = positions.len() > limit;
        positions.truncate(limit);
        let next = positions.last().copied().map(Revision::new).filter(|_| more);
        let records = positions.into_iter().map(|at| self.record(at)).collect::<Result<_, _>>()?;
        Ok(Page::new(records, self.revision(), self.erasures).next(next))
    }

    /// The record at a position at which one is known to be.
    pub(super) fn record(&self, revision: u64) -> Result<Stored, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT body, sum FROM records WHERE revision = ?1")
            .map_err(engine)?;
        let found = select
            .query_row([revision], |row| {
                let (body, sum) = (row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?);
                Ok(decode(self.user, revision, body, sum))
            })
            .optional()
            .map_err(engine)?;
        let record = found.ok_or_else(|| SqliteError::Record(revision).damaged())??;
        Ok(Stored::new(Revision::new(revision), Arc::new(record)))
    }

    /// Where the first `most` records are that a selection means, in its order.
    fn positions(&self, selection: &Selection, most: usize) -> Result<Vec<u64>, StoreError> {
        if !selection.ids.is_empty() {
            return self.named(selection, most);
        }
        let has_no_index = |kind| !is_folded(kind);
        if selection.session.is_some()
            || selection.kinds.is_empty()
            || selection.kinds.iter().any(has_no_index)
        {
            return self.range(selection, most);
        }
        let mut positions = Vec::new();
        for kind in &selection.kinds {
            let statement = match selection.order {
                Order::OldestFirst => {
                    "SELECT revision FROM records INDEXED BY record_by_kind
                     WHERE folded = ?3 AND revision > ?1 AND revision < ?2 ORDER BY revision LIMIT ?4"
                }
                Order::NewestFirst => {
                    "SELECT revision FROM records INDEXED BY record_by_kind
                     WHERE folded = ?3 AND revision > ?1 AND revision < ?2 ORDER BY revision DESC LIMIT ?4"
                }
            };
            let (after, before) = span(selection);
            let mut select = self.connection.prepare_cached(statement).map_err(engine)?;
            let rows = select
                .query_map(params![after, before, kind.as_str(), most as i64], |row| row.get(0))
                .map_err(engine)?;
            for row in rows {
                positions.push(row.map_err(engine)?);
            }
        }
        Ok(in_order(positions, selection.order, most))
    }

    fn range(&self, selection: &Selection, most: usize) -> Result<Vec<u64>, StoreError> {
        let statement = match (selection.session.is_some(), selection.order) {
            (true, Order::OldestFirst) => {
                "SELECT revision, kind FROM records
                 WHERE session = ?3 AND revision > ?1 AND revision < ?2 ORDER BY revision"
            }
            (true, Order::NewestFirst) => {
                "SELECT revision, kind FROM records
                 WHERE session = ?3 AND revision > ?1 AND revision < ?2 ORDER BY revision DESC"
            }
            (false, Order::OldestFirst) => {
                "SELECT revision, kind FROM records WHERE revision > ?1 AND revision < ?2 ORDER BY revision"
            }
            (false, Order::NewestFirst) => {
                "SELECT revision, kind FROM records
                 WHERE revision > ?1 AND revision < ?2 ORDER BY revision DESC"
            }
        };
        let (after, before) = span(selection);
        let session = selection.session.map(|session| *session.uuid().as_bytes());
        let mut values: Vec<&dyn ToSql> = vec![&after, &before];
        if let Some(session) = &session {
            values.push(session);
        }
        let mut select = self.connection.prepare_cached(statement).map_err(engine)?;
        let mut rows = select.query(&*values).map_err(engine)?;
        let mut positions = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            let kind = row.get_ref(1).map_err(engine)?;
            let kind = kind.as_str().map_err(|error| engine(error.into()))?;
            if !selection.kinds.is_empty() && !selection.kinds.iter().any(|wanted| wanted.as_str() == kind) {
                continue;
            }
            positions.push(row.get(0).map_err(engine)?);
            if positions.len() == most {
                break;
            }
        }
        Ok(positions)
    }

    fn named(&self, selection: &Selection, most: usize) -> Result<Vec<u64>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT revision, kind, session FROM records WHERE id = ?1")
            .map_err(engine)?;
        let (after, before) = span(selection);
        let session = selection.session.map(|session| *session.uuid().as_bytes());
        let mut positions = Vec::new();
        for id in &selection.ids {
            let found = select
                .query_row([id.uuid().as_bytes()], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<[u8; 16]>>(2)?))
                })
                .optional()
                .map_err(engine)?;
            let Some((revision, kind, of)) = found else { continue };
            let meant = revision > after
                && revision < before
                && (session.is_none() || session == of)
                && (selection.kinds.is_empty()
                    || selection.kinds.iter().any(|wanted| wanted.as_str() == kind));
            positions.extend(u64::try_from(revision).ok().filter(|_| meant));
        }
        Ok(in_order(positions, selection.order, most))
    }
}

/// After which and before which position, as the engine counts.
fn span(selection: &Selection) -> (i64, i64) {
    let number = |revision: Revision| i64::try_from(revision.number()).unwrap_or(i64::MAX);
    (number(selection.after), selection.before.map_or(i64::MAX, number))
}

fn in_order(mut positions: Vec<u64>, order: Order, most: usize) -> Vec<u64> {
    positions.sort_unstable();
    positions.dedup();
    if order == Order::NewestFirst {
        positions.reverse();
    }
    positions.truncate(most);
    positions
}
