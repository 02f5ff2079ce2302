//! The tables, and how an older format becomes the present one.

use alliance_core::store::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use super::error::{SqliteError, engine};

/// What one format added to the one before. The format of a file is how many of them it has had.
pub(super) type Migrations = &'static [&'static str];

/// A person's file.
///
/// `meta` is the snapshot that opening reads: the position below which nothing new may stand, and how often
/// anything was erased. The head is that position or the last record's, whichever is higher, so an append writes
/// no page for it. `folded` is the kind of what is few beside a conversation and is looked for by its kind when a
/// session opens; a conversation itself is read in its order, and pays for no index.
pub(super) const PERSON: Migrations = &[
    "
    CREATE TABLE meta (
        user BLOB NOT NULL,
        floor INTEGER NOT NULL,
        erasures INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE records (
        revision INTEGER PRIMARY KEY,
        id BLOB NOT NULL,
        session BLOB,
        kind TEXT NOT NULL,
        folded TEXT,
        at INTEGER NOT NULL,
        body BLOB NOT NULL,
        sum BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX record_by_id ON records (id);
    CREATE INDEX record_by_session ON records (session) WHERE session IS NOT NULL;
    CREATE INDEX record_by_kind ON records (folded) WHERE folded IS NOT NULL;
    CREATE TABLE derived (
        source BLOB NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (source, record)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE handles (
        record BLOB PRIMARY KEY,
        kind TEXT NOT NULL,
        due INTEGER NOT NULL,
        version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstones (
        record BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE snapshots (
        name TEXT PRIMARY KEY,
        through INTEGER NOT NULL,
        erasures INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
",
];

/// The first format of a person's file that has snapshots.
pub(super) const SNAPSHOTS: u32 = 2;

/// The index across people. No content: ids, times, kinds and counts.
pub(super) const INDEX: Migrations = &["
    CREATE TABLE meta (
        changes INTEGER NOT NULL
    ) STRICT;
    INSERT INTO meta (changes) VALUES (0);
    CREATE TABLE people (
        user BLOB PRIMARY KEY,
        state INTEGER NOT NULL,
        key_check BLOB NOT NULL,
        head INTEGER NOT NULL,
        erasures INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstones (
        user BLOB NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (user, record)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE unsettled (
        user BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE handles (
        user BLOB NOT NULL,
        record BLOB NOT NULL,
        kind TEXT NOT NULL,
        due INTEGER NOT NULL,
        version INTEGER NOT NULL,
        holder BLOB,
        until INTEGER,
        PRIMARY KEY (user, record)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX handle_by_due ON handles (due, user, record);
"];

/// The format of a file. A newer one than is known is refused before anything else is read or written.
pub(super) fn format(
    connection: &Connection,
    part: &'static str,
    migrations: Migrations,
) -> Result<u32, StoreError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(engine)?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(SqliteError::Format { part, found, known }.kind(StoreErrorKind::Newer));
    }
    Ok(found)
}

/// Brings a file to the present format, all at once or not at all.
pub(super) fn migrate(
    connection: &mut Connection,
    part: &'static str,
    migrations: Migrations,
) -> Result<(), StoreError> {
    let found = format(connection, part, migrations)?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found == known {
        return Ok(());
    }
    let change = connection.transaction().map_err(engine)?;
    for step in migrations.iter().skip(found as usize) {
        change.execute_batch(step).map_err(engine)?;
    }
    change.pragma_update(None, "user_version", known).map_err(engine)?;
    change.commit().map_err(engine)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Migrations = &["CREATE TABLE a (x)", "INSERT INTO a VALUES (1); ALTER TABLE a ADD COLUMN y"];

    fn columns(connection: &Connection) -> usize {
        connection.prepare("SELECT * FROM a").unwrap().column_count()
    }

    #[test]
    fn an_older_format_becomes_the_present_one_and_a_newer_one_is_refused() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, "a test", &TWO[..1]).unwrap();
        assert_eq!((format(&file, "a test", TWO).unwrap(), columns(&file)), (1, 1));
        migrate(&mut file, "a test", TWO).unwrap();
        migrate(&mut file, "a test", TWO).unwrap();
        assert_eq!((format(&file, "a test", TWO).unwrap(), columns(&file)), (2, 2));
        let error = migrate(&mut file, "a test", &TWO[..1]).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Newer);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut file = Connection::open_in_memory().unwrap();
        migrate(&mut file, "a test", &TWO[..1]).unwrap();
        migrate(&mut file, "a test", &["", "ALTER TABLE a ADD COLUMN y; INSERT INTO none VALUES (1)"])
            .unwrap_err();
        assert_eq!((format(&file, "a test", TWO).unwrap(), columns(&file)), (1, 1));
    }
}
