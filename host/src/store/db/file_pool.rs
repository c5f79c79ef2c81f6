//! Connections to a database file.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::time::timeout;

use super::turns::{Turn, Turns, Urgency};

/// Connections to a database file.
#[derive(Debug, Clone)]
pub(crate) struct FilePool {
    pool: SqlitePool,
    /// Who may ask for the connection that writes; none for connections that read.
    turns: Option<Arc<Turns>>,
}

impl FilePool {
    /// Connections that read, or all there are.
    pub(crate) fn shared(pool: SqlitePool) -> Self {
        Self { pool, turns: None }
    }

    /// The connection that writes.
    pub(crate) fn of_writer(pool: SqlitePool) -> Self {
        Self { pool, turns: Some(Arc::new(Turns::new())) }
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

    async fn turn(&self, urgency: Urgency) -> sqlx::Result<Option<Turn>> {
        let Some(turns) = &self.turns else { return Ok(None) };
        let patience = self.pool.options().get_acquire_timeout();
        timeout(patience, turns.take(urgency)).await.map(Some).map_err(|_| sqlx::Error::PoolTimedOut)
    }
}

/// A file's connection, in a transaction or not.
#[derive(Debug)]
pub(crate) struct Held {
    connection: HeldConnection,
    // Given back after the connection.
    _turn: Option<Turn>,
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
