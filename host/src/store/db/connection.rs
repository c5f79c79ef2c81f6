//! One interface over both drivers: pools, connections and transactions.

use std::{
    io::ErrorKind,
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{Database, PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection};

use tokio::time::timeout;

use crate::store::db::dialect::Dialect;

/// How long a server's answer is waited for: longer than the server lets a statement run, and shorter than a network that was cut
/// goes unnoticed.
const ANSWER_WITHIN: Duration = Duration::from_secs(70);

/// An answer of a server, if it comes in time.
pub(crate) async fn in_time<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(ANSWER_WITHIN, answer).await.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
}

/// Connections to a database.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Everything it reads is of one moment.
    Read,
    /// What it reads under a lock stays true until it writes.
    Write,
}

impl Pool {
    /// How the database spells what is not the same everywhere.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection, when one is free.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(Held::Alone(pool.acquire().await?)),
            Self::Postgres(pool) => Connection::Postgres(Held::Alone(pool.acquire().await?)),
        })
    }

    /// Begins a transaction that reads: all of it is of one moment.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction> {
        self.begin_for(Purpose::Read).await
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin_writing(&self) -> sqlx::Result<Transaction> {
        self.begin_for(Purpose::Write).await
    }

    async fn begin_for(&self, purpose: Purpose) -> sqlx::Result<Transaction> {
        let begin = match purpose {
            Purpose::Read => self.dialect().begin_reading(),
            Purpose::Write => self.dialect().begin_writing(),
        };
        Ok(Transaction(match self {
            Self::Sqlite(pool) => Connection::Sqlite(Held::InTransaction(pool.begin_with(begin).await?, purpose)),
            Self::Postgres(pool) => {
                let tx = in_time(pool.begin_with(begin)).await?;
                Connection::Postgres(Held::InTransaction(tx, purpose))
            }
        }))
    }

    /// Waits for those who use connections, and closes all.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection that goes back to its pool when it is dropped; what statements run on.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
}

impl Connection {
    /// How the database spells what is not the same everywhere.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Whether rows that a transaction depends on must be locked: it writes, and is not the only one that does.
    pub(crate) fn locks_rows(&self) -> bool {
        matches!(self, Self::Postgres(Held::InTransaction(_, Purpose::Write)))
    }

    /// Ends a `SELECT` of rows that a transaction depends on.
    pub(crate) fn row_lock(&self) -> &'static str {
        if self.locks_rows() { "FOR NO KEY UPDATE" } else { "" }
    }

    /// Closes the connection instead of giving it back.
    pub(crate) async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(Held::Alone(db)) => db.close().await,
            Self::Postgres(Held::Alone(db)) => db.close().await,
            Self::Sqlite(Held::InTransaction(tx, _)) => tx.rollback().await,
            Self::Postgres(Held::InTransaction(tx, _)) => tx.rollback().await,
        }
    }
}

/// A driver's connection, in a transaction or not.
#[derive(Debug)]
pub(crate) enum Held<DB: Database> {
    Alone(PoolConnection<DB>),
    InTransaction(sqlx::Transaction<'static, DB>, Purpose),
}

impl<DB: Database> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Alone(connection) => connection,
            Self::InTransaction(tx, _) => tx,
        }
    }
}

impl<DB: Database> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Alone(connection) => connection,
            Self::InTransaction(tx, _) => tx,
        }
    }
}

/// A transaction. Dropped, it is rolled back.
#[derive(Debug)]
pub(crate) struct Transaction(Connection);

impl Transaction {
    /// Makes what was written hold.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Connection::Sqlite(Held::InTransaction(tx, _)) => tx.commit().await,
            Connection::Postgres(Held::InTransaction(tx, _)) => in_time(tx.commit()).await,
            Connection::Sqlite(Held::Alone(_)) | Connection::Postgres(Held::Alone(_)) => Ok(()),
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// Where a statement runs: on a connection of a pool, or on one that the caller has.
#[derive(Debug)]
pub(crate) enum Target<'c> {
    Pool(&'c Pool),
    Connection(&'c mut Connection),
}

impl<'c> From<&'c Pool> for Target<'c> {
    fn from(pool: &'c Pool) -> Self {
        Self::Pool(pool)
    }
}

impl<'c> From<&'c mut Connection> for Target<'c> {
    fn from(connection: &'c mut Connection) -> Self {
        Self::Connection(connection)
    }
}

impl<'c> Target<'c> {
    /// The connection.
    pub(crate) async fn connect(self) -> sqlx::Result<Connected<'c>> {
        Ok(match self {
            Self::Pool(pool) => Connected::Own(pool.acquire().await?),
            Self::Connection(connection) => Connected::Lent(connection),
        })
    }
}

/// A connection for one statement.
#[derive(Debug)]
pub(crate) enum Connected<'c> {
    Own(Connection),
    Lent(&'c mut Connection),
}

impl Connected<'_> {
    /// The connection.
    pub(crate) fn get(&mut self) -> &mut Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}
