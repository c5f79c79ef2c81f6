//! One interface over both drivers: pools, connections and transactions.

use std::ops::{Deref, DerefMut};

use crate::{
    model::standing::PoolUse,
    store::db::{
        dialect::{Dialect, Purpose},
        file_pool::{FilePool, Held},
        server::{pool::ServerPool, session::Session},
        turns::Urgency,
    },
};

/// Connections to a database.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(FilePool),
    Postgres(ServerPool),
}

impl Pool {
    /// How the database spells what is not the same everywhere.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// How its connections are used.
    pub(crate) fn in_use(&self) -> PoolUse {
        match self {
            Self::Sqlite(pool) => {
                let pool = pool.driver();
                let (open, idle) = (u64::from(pool.size()), pool.num_idle() as u64);
                let idle = idle.min(open);
                PoolUse { used: open - idle, idle, most: pool.options().get_max_connections().into() }
            }
            Self::Postgres(pool) => pool.in_use(),
        }
    }

    /// A connection, when one is free.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(Session::new(pool.acquire().await?)),
        })
    }

    /// Begins a transaction that reads: all of it is of one moment.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction> {
        self.begin_for(Purpose::Read, Urgency::Normal).await
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin_writing(&self) -> sqlx::Result<Transaction> {
        self.begin_writing_as(Urgency::Normal).await
    }

    /// Begins a transaction that writes, for somebody who can or cannot wait.
    pub(crate) async fn begin_writing_as(&self, urgency: Urgency) -> sqlx::Result<Transaction> {
        self.begin_for(Purpose::Write, urgency).await
    }

    async fn begin_for(&self, purpose: Purpose, urgency: Urgency) -> sqlx::Result<Transaction> {
        let begin = self.dialect().begin(purpose);
        Ok(Transaction(match self {
            Self::Sqlite(pool) => Connection::Sqlite(pool.begin(begin, urgency).await?),
            Self::Postgres(pool) => {
                let mut session = Session::new(pool.acquire().await?);
                session.begin(begin, purpose).await?;
                Connection::Postgres(session)
            }
        }))
    }

    /// Waits for those who use connections, and closes all.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.driver().close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection that goes back to its pool when it is dropped; what statements run on.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(Held),
    Postgres(Session),
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
        matches!(self, Self::Postgres(session) if session.writes())
    }

    /// Ends a `SELECT` of rows that a transaction depends on.
    pub(crate) fn row_lock(&self) -> &'static str {
        if self.locks_rows() { "FOR NO KEY UPDATE" } else { "" }
    }

    /// Closes a file's connection instead of giving it back.
    pub(crate) async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(held) => held.close().await,
            Self::Postgres(_) => Ok(()),
        }
    }
}

/// A transaction. Dropped, it is rolled back. A connection in none commits nothing.
#[derive(Debug)]
pub(crate) struct Transaction(Connection);

impl Transaction {
    /// Makes what was written hold.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Connection::Sqlite(held) => held.commit().await,
            Connection::Postgres(session) => session.commit().await,
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
    /// The connection. A single statement that writes is a transaction of its own: should the server be lost, it is known whether
    /// the statement holds.
    pub(crate) async fn connect(self) -> sqlx::Result<Connected<'c>> {
        Ok(match self {
            Self::Pool(pool @ Pool::Postgres(server)) if server.purpose() == Purpose::Write => {
                Connected::Own(pool.begin_writing().await?)
            }
            Self::Pool(pool) => Connected::Own(Transaction(pool.acquire().await?)),
            Self::Connection(connection) => Connected::Lent(connection),
        })
    }
}

/// A connection for one statement.
#[derive(Debug)]
pub(crate) enum Connected<'c> {
    Own(Transaction),
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

    /// Makes what the one statement wrote hold.
    pub(crate) async fn finish(self) -> sqlx::Result<()> {
        match self {
            Self::Own(connection) => connection.commit().await,
            Self::Lent(_) => Ok(()),
        }
    }
}
