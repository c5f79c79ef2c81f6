//! What the host keeps, in one SQLite file: connections, sealed secrets, sync runs, the catalog, sealed orders, webhooks, events.
//!
//! [`Store`] is the one way to it. Its methods stand beside their statements in `sql`, one folder per aggregate; `db` is the
//! only module that knows the database. Every time and every id is an input of the write that stores it, every list is paged.
//! `suite` holds what each method promises.
//!
//! Two rules that it keeps for its callers: a page of rows and the checkpoint behind it are committed together, guarded by the
//! lease's fence ([`Store::commit_page`]); and only a complete full pass deletes rows, as far as there is no doubt about it
//! ([`Store::finish_stream`]).

mod db;
pub mod disk;
pub mod error;
#[cfg(test)]
mod plans;
mod sql;
#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{Sqlite, SqlitePool, Transaction};
use tokio::sync::Notify;

use db::{dialect::BEGIN, failure::Outcome, file};

pub use error::{Error, Result};

/// Everything the host keeps. Cheap to clone.
///
/// One connection writes, four read. WAL and `synchronous=FULL`: what is committed survives a power cut. Page caches are
/// small and nothing is memory-mapped, so that memory does not grow with the catalog.
#[derive(Debug, Clone)]
pub struct Store {
    path: Arc<Path>,
    /// The files that were opened, whatever their names lead to later.
    opened: Arc<Mutex<file::Opened>>,
    writer: SqlitePool,
    readers: SqlitePool,
    /// Notified when this process has written prices.
    price_written: Arc<Notify>,
}

impl Store {
    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the database is still the file that was opened; `Replaced` when it is not: what is written to a file that has
    /// no name any more is gone at the next start.
    pub fn in_place(&self) -> Result<()> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.missing().map_or(Ok(()), |path| Err(Error::Replaced { path }))
    }

    /// Begins a transaction that holds the write lock from the start, so that what it reads stays true until it writes.
    async fn begin(&self) -> Outcome<Transaction<'static, Sqlite>> {
        match self.writer.begin_with(BEGIN).await {
            // SQLite ends a transaction by itself when the disk is full: the driver then takes the connection to be in one
            // for ever. A fresh one is not.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                let begun = self.writer.begin_with(BEGIN).await?;
                // Where nobody else had the log open, it is another file now.
                self.opened.lock().unwrap_or_else(PoisonError::into_inner).look_again();
                Ok(begun)
            }
            begun => Ok(begun?),
        }
    }

    /// Keeps everybody else from writing, as a slow disk does.
    #[cfg(test)]
    pub(crate) async fn hold_writer(&self) -> Transaction<'static, Sqlite> {
        self.writer.begin_with(BEGIN).await.unwrap()
    }

    /// Does some work, if the file is still there, and explains its failure with the name of the file.
    fn explained<'a, T: Send>(
        &'a self,
        work: impl Future<Output = Outcome<T>> + Send + 'a,
    ) -> impl Future<Output = Result<T>> + Send + 'a {
        // On the heap: what a statement keeps while it waits would make every future above it as large.
        let work = Box::pin(work);
        async move {
            self.in_place()?;
            work.await.map_err(|failure| failure.explain(&self.path))
        }
    }
}
