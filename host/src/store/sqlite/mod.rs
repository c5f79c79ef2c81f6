//! The store in one SQLite file: the default, embedded, for one host process.
//!
//! One connection writes, four read. WAL and `synchronous=FULL`: what is committed survives a power cut. Page caches are
//! small and nothing is memory-mapped, so that memory does not grow with the catalog.

mod announce;
mod bulk;
mod catalog;
mod change;
mod channel;
mod connection;
mod deletion;
mod delivery;
mod detail;
mod endpoint;
mod event;
mod export;
mod failure;
mod fetched;
mod file;
mod horizon;
mod intent;
mod intent_claim;
mod intent_differ;
mod intent_settle;
mod job;
mod kept;
mod lease;
mod maintenance;
mod open;
mod order;
mod order_history;
mod order_upsert;
mod outbox;
mod page;
mod person;
mod plugin_death;
mod price;
mod price_timer;
mod quote;
mod run;
mod run_view;
mod sealed_upsert;
mod secret;
mod session;
mod standing;
mod state;
mod stream_end;
mod stream_table;
mod sync;
#[cfg(test)]
mod tests;
mod upsert;
mod webhook;
mod webhook_event;
mod webhook_inbox;
mod webhook_lane;
mod webhook_turn;
mod webhook_view;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::Notify;

use failure::{Failure, Outcome};

use super::error::{Error, Result};

/// All aggregates in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStores {
    path: PathBuf,
    /// The file that was opened, whatever its name leads to later.
    identity: file::Identity,
    writer: SqlitePool,
    readers: SqlitePool,
    /// Told when this process has written prices.
    price_written: Arc<Notify>,
}

impl SqliteStores {
    /// Opens a database file, or makes one (readable by its owner only) with the folders above it, and brings its schema
    /// up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        open::open(path).await
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is written to a file that has no name any more is gone at the next start.
    fn is_in_place(&self) -> Result<()> {
        let is_same = file::identity(&self.path).is_ok_and(|identity| identity == self.identity);
        if is_same { Ok(()) } else { Err(Error::Replaced { path: self.path.clone() }) }
    }

    /// Begins a transaction that holds the write lock from the start, so that what it reads stays true until it writes.
    async fn begin(&self) -> Outcome<Transaction<'static, Sqlite>> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            // SQLite ends a transaction by itself when the disk is full: the driver then takes the connection to be in one
            // for ever. A fresh one is not.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    /// Keeps everybody else from writing, as a slow disk does.
    #[cfg(test)]
    pub(crate) async fn hold_writer(&self) -> Transaction<'static, Sqlite> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.unwrap()
    }

    /// Runs a piece of work, if the file is still there, and explains its failure with the name of the file.
    async fn explained<T>(&self, work: impl Future<Output = Outcome<T>> + Send) -> Result<T> {
        self.is_in_place()?;
        work.await.map_err(|failure| failure.explain(&self.path))
    }
}

/// The row key of a connection.
async fn key_of(db: &mut SqliteConnection, id: &ConnectionId) -> Outcome<Option<i64>> {
    Ok(sqlx::query_scalar("SELECT key FROM connections WHERE id = ?").bind(id.as_str()).fetch_optional(db).await?)
}

/// The row key of a connection that must be there.
async fn key_of_existing(db: &mut SqliteConnection, id: &ConnectionId) -> Outcome<i64> {
    let gone = || Failure::Store(Error::Gone { what: format!("connection {id}") });
    key_of(db, id).await?.ok_or_else(gone)
}

/// A stored time.
fn time(ms: i64) -> Outcome<Timestamp> {
    Timestamp::from_unix_ms(ms).ok_or_else(|| unreadable("time", format!("{ms} is outside the calendar")))
}

/// A stored time that may be absent.
fn optional_time(ms: Option<i64>) -> Outcome<Option<Timestamp>> {
    ms.map(time).transpose()
}

/// A stored count.
fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

/// A count as it is stored.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unreadable(what: &str, detail: impl Into<String>) -> Failure {
    Failure::Store(Error::Unreadable { what: what.to_owned(), detail: detail.into() })
}

fn to_json(what: &str, value: &impl serde::Serialize) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| unreadable(what, error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error.to_string()))
}
