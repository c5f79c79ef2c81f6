//! Opening a database file: pragmas, pools, schema.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{
    private_files::remove_leftovers,
    store::{
        Store,
        db::{
            connection::Pool,
            failure::{Outcome, unavailable},
            file,
            file_pool::FilePool,
            place::Place,
            schema::migrate,
        },
        error::Result,
        sql::intent::difference,
    },
};

const READERS: u32 = 4;
/// Page cache of the writer and of each reader, as SQLite takes it: negative means KiB. As much as the upper levels of the
/// trees of a million variants need.
const CACHE: &str = "-4096";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for the one writer before it fails as busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

impl Store {
    /// Opens a database file, or makes one (readable by its owner only) with the folders above it, and brings its schema
    /// up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        remove_leftovers(path);
        if !path.try_exists().map_err(|error| unavailable(path, &error))? {
            create(path).await?;
        }
        file::check(path)?;
        let store = connect(path).await.map_err(|failure| failure.explain(path))?;
        store.purge().await?;
        let filled = difference::fill_reference_keys(&store.writer).await;
        filled.map_err(|failure| failure.explain(path))?;
        Ok(store)
    }
}

/// Makes a database beside `path` and moves it there when its schema is complete: an empty or half-made file is never
/// taken for a database, and an existing one is never replaced.
async fn create(path: &Path) -> Result<()> {
    let fresh = file::create_beside(path).map_err(|error| unavailable(path, &error))?;
    let made = connect(&fresh).await.map_err(|failure| failure.explain(path));
    if let Ok(store) = &made {
        store.close().await;
    }
    let moved = made.and_then(|_| file::move_into_place(&fresh, path).map_err(|error| unavailable(path, &error)));
    file::remove_with_logs(&fresh);
    moved
}

async fn connect(path: &Path) -> Outcome<Store> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(256)
        .pragma("cache_size", CACHE)
        .pragma("mmap_size", "0")
        .pragma("temp_store", "FILE")
        .pragma("secure_delete", "FAST")
        // As many pages as the limit of the log's size has: a burst of webhooks is not held up every four megabytes.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "16777216");
    let migrating = pool(1).connect_with(options.clone()).await?;
    migrate(&migrating).await?;
    migrating.close().await;
    let writer = pool(1).connect_with(options.clone()).await?;
    let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
    let place = Arc::new(Place::file(path).map_err(sqlx::Error::Io)?);
    let (writer, readers) = (Pool::Sqlite(FilePool::of_writer(writer)), Pool::Sqlite(FilePool::shared(readers)));
    Ok(Store { place, writer, readers, hints: Arc::default() })
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}
