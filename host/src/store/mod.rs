//! What the host keeps, in one SQLite file or one PostgreSQL database: connections, sealed secrets, sync runs, the catalog, sealed
//! orders, webhooks, events.
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
pub mod hint;
pub mod import;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod replica_tests;
pub mod server;
#[cfg(test)]
mod server_lost_tests;
#[cfg(test)]
mod server_refusal_tests;
#[cfg(test)]
mod server_tests;
mod sql;
#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::time::sleep;

use db::{Pool, Transaction, dialect::Dialect, failure::Outcome, place::Place, retry::Attempts, turns::Urgency};

pub use error::{Error, Result};
use hint::Hints;
pub use hint::Topic;

/// Everything the host keeps. Cheap to clone.
///
/// In a file, one connection writes and four read. WAL and `synchronous=FULL`: what is committed survives a power cut. Page caches
/// are small and nothing is memory-mapped, so that memory does not grow with the catalog. On a server, several hosts may write: who
/// writes of a connection holds its row, and claims pass over what another holds.
#[derive(Debug, Clone)]
pub struct Store {
    place: Arc<Place>,
    writer: Pool,
    readers: Pool,
    hints: Arc<Hints>,
}

impl Store {
    /// Where it is: the path of a file, or name and server of a database, without user and password.
    pub fn location(&self) -> String {
        self.place.name()
    }

    /// Whether the database is still the file that was opened; `Replaced` when it is not: what is written to a file that has
    /// no name any more is gone at the next start.
    pub fn in_place(&self) -> Result<()> {
        self.place.check()
    }

    /// How the database spells what is not the same everywhere.
    fn dialect(&self) -> Dialect {
        self.writer.dialect()
    }

    /// Begins a transaction that writes. In a file it holds the write lock from the start; on a server, from when it asks for the
    /// connection that it writes of. What it reads stays true until it writes.
    async fn begin(&self) -> Outcome<Transaction> {
        self.begin_as(Urgency::Normal).await
    }

    /// Begins a transaction that writes, for somebody outside who waits: in a file before all others but one.
    async fn begin_urgently(&self) -> Outcome<Transaction> {
        self.begin_as(Urgency::High).await
    }

    async fn begin_as(&self, urgency: Urgency) -> Outcome<Transaction> {
        match self.writer.begin_writing_as(urgency).await {
            // SQLite ends a transaction by itself when the disk is full: the driver then takes the connection to be in one
            // for ever. A fresh one is not.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                let begun = self.writer.begin_writing_as(urgency).await?;
                // Where nobody else had the log open, it is another file now.
                self.place.look_again();
                Ok(begun)
            }
            begun => Ok(begun?),
        }
    }

    /// Keeps everybody else from writing, as a slow disk does.
    #[cfg(test)]
    pub(crate) async fn hold_writer(&self) -> impl Send + use<> {
        self.writer.begin_writing().await.unwrap()
    }

    /// Does some work, if the database is still there, and explains its failure with the name of the database. When a server undid
    /// it because of others at work, or was lost before it was committed, the work is done again.
    async fn explained<'a, T: Send, F>(&'a self, mut work: impl FnMut() -> F + Send + 'a) -> Result<T>
    where
        F: Future<Output = Outcome<T>> + Send + 'a,
    {
        self.in_place()?;
        let mut attempts = Attempts::new(self.dialect());
        loop {
            // On the heap: what a statement keeps while it waits would make every future above it as large.
            let failure = match Box::pin(work()).await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let Some(pause) = attempts.pause(&failure) else { return Err(self.place.explain(failure)) };
            sleep(pause).await;
        }
    }
}
