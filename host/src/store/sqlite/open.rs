//! Opening the database file: permissions, pragmas, schema.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use sqlx::{
    SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    SqliteStores,
    failure::{Failure, Outcome},
};
use crate::store::{
    error::{Error, Result},
    maintenance::Maintenance,
};

pub(super) static MIGRATOR: Migrator = sqlx::migrate!("migrations/sqlite");

const READERS: u32 = 4;
/// Page cache of the writer and of each reader, as SQLite takes it: negative means KiB.
const WRITER_CACHE: &str = "-4096";
const READER_CACHE: &str = "-1024";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for the one writer before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn open(path: &Path) -> Result<SqliteStores> {
    let created = create_file(path).map_err(|error| unavailable(path, &error))?;
    if !created && is_empty(path).map_err(|error| unavailable(path, &error))? {
        return Err(Error::Corrupt { path: path.to_path_buf(), detail: "the file is empty".to_owned() });
    }
    let opened = connect(path).await.map_err(|failure| failure.explain(path));
    if created && opened.is_err() && is_empty(path).unwrap_or(false) {
        // An empty file would be refused next time; it holds nothing.
        fs::remove_file(path).map_err(|error| unavailable(path, &error))?;
    }
    let stores = opened?;
    stores.purge().await?;
    Ok(stores)
}

async fn connect(path: &Path) -> Outcome<SqliteStores> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(64)
        .pragma("mmap_size", "0")
        .pragma("temp_store", "FILE")
        .pragma("secure_delete", "FAST")
        .pragma("journal_size_limit", "16777216");
    let writer = pool(1).connect_with(options.clone().pragma("cache_size", WRITER_CACHE)).await?;
    migrate(&writer).await?;
    let readers =
        pool(READERS).connect_lazy_with(options.pragma("cache_size", READER_CACHE).pragma("query_only", "ON"));
    Ok(SqliteStores { path: path.to_path_buf(), writer, readers })
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

async fn migrate(writer: &SqlitePool) -> Outcome<()> {
    let known = known_version();
    MIGRATOR.run(writer).await.map_err(|error| Failure::of_migration(error, known))
}

/// The newest schema version this program has.
pub(super) fn known_version() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Makes the file for its owner only before SQLite would make it for everybody; `false` when there is one.
fn create_file(path: &Path) -> std::io::Result<bool> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_empty(path: &Path) -> std::io::Result<bool> {
    Ok(fs::metadata(path)?.len() == 0)
}

fn unavailable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full { path: path.to_path_buf() },
        _ => Error::Unavailable { path: path.to_path_buf(), detail: error.to_string() },
    }
}
