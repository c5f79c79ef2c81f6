//! Connections to a database file.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Connections to a database file. Of the one that writes, only one waits at a time of those who can wait: whoever cannot is second
/// in line at most.
#[derive(Debug, Clone)]
pub(crate) struct FilePool {
    pool: SqlitePool,
    /// The turn of those who can wait; none for connections that read.
    turn: Option<Arc<Semaphore>>,
}

/// Who asks for the connection that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Work in the background, and everything that is done once.
    Normal,
    /// Somebody outside waits for each of many.
    High,
}

impl FilePool {
    /// Connections that read, or all there are.
    pub(crate) fn shared(pool: SqlitePool) -> Self {
        Self { pool, turn: None }
    }

    /// The connection that writes.
    pub(crate) fn of_writer(pool: SqlitePool) -> Self {
        Self { pool, turn: Some(Arc::new(Semaphore::new(1))) }
    }

    /// The driver's pool.
    pub(crate) fn driver(&self) -> &SqlitePool {
        &self.pool
    }

    /// A connection, when one is free.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Held> {
        let turn = self.turn(Urgency::Normal).await?;
        Ok(Held { connection: HeldConnection::Alone(self.pool.acquire().await?), _turn: turn })
    }

    /// Begins a transaction with this statement.
    pub(crate) async fn begin(&self, statement: &'static str, urgency: Urgency) -> sqlx::Result<Held> {
        let turn = self.turn(urgency).await?;
        Ok(Held { connection: HeldConnection::InTransaction(self.pool.begin_with(statement).await?), _turn: turn })
    }

    async fn turn(&self, urgency: Urgency) -> sqlx::Result<Option<OwnedSemaphorePermit>> {
        let Some(turn) = self.turn.as_ref().filter(|_| urgency == Urgency::Normal) else { return Ok(None) };
        let patience = self.pool.options().get_acquire_timeout();
        let turn = timeout(patience, Arc::clone(turn).acquire_owned()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        turn.map(Some).map_err(|_| sqlx::Error::PoolClosed)
    }
}

/// A file's connection, in a transaction or not.
#[derive(Debug)]
pub(crate) struct Held {
    connection: HeldConnection,
    // Given back after the connection.
    _turn: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum HeldConnection {
    Alone(PoolConnection<Sqlite>),
    InTransaction(sqlx::Transaction<'static, Sqlite>),
}

impl Held {
    /// Makes what a transaction wrote hold.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        let Self { connection, _turn } = self;
        match connection {
            HeldConnection::InTransaction(tx) => tx.commit().await,
            HeldConnection::Alone(_) => Ok(()),
        }
    }

    /// Closes the connection instead of giving it back.
    pub(crate) async fn close(self) -> sqlx::Result<()> {
        let Self { connection, _turn } = self;
        match connection {
            HeldConnection::Alone(db) => db.close().await,
            HeldConnection::InTransaction(tx) => tx.rollback().await,
        }
    }
}

impl Deref for Held {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match &self.connection {
            HeldConnection::Alone(connection) => connection,
            HeldConnection::InTransaction(tx) => tx,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            HeldConnection::Alone(connection) => connection,
            HeldConnection::InTransaction(tx) => tx,
        }
    }
}
