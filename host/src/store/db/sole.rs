//! A database that nobody else uses while this program copies it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::{Instant, sleep};

use crate::store::{
    Store,
    db::{
        connection::Pool,
        dialect::{Dialect, Purpose},
        failure::{Outcome, unavailable},
        file,
        file_pool::FilePool,
        place::Place,
        query::query_scalar,
        schema::check_current,
        server::{
            address::{APPLICATION, Address},
            hosts::Hosts,
            open::SESSION,
            pool::ServerPool,
        },
    },
    error::{Error, Result},
};

/// How long another one may take to let go of a file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the server may take to end sessions that were closed.
const ENDED_WITHIN: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);
/// As which the server lists this program, so that it is not taken for a host.
const IMPORT: &str = "connector-host import";

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite.
    File(PathBuf),
    /// A URL of a PostgreSQL database. Secret.
    Server(String),
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Server(_) => f.write_str("Server([redacted])"),
        }
    }
}

/// A database that nobody else uses.
pub(crate) struct Sole {
    pub(crate) pool: Pool,
    pub(crate) place: Place,
    /// As people call it, without user and password.
    pub(crate) name: String,
}

impl Sole {
    /// One that is read: it is there, and has the schema of this program.
    pub(crate) async fn source(location: &Location) -> Result<Self> {
        if let Location::File(path) = location {
            file::check(path)?;
        }
        Self::open(location).await
    }

    /// One that is written: it is made, or brought to the schema of this program.
    pub(crate) async fn target(location: &Location) -> Result<Self> {
        let made = match location {
            Location::File(path) => Store::open(path).await?,
            Location::Server(url) => Store::open_url(url).await?,
        };
        made.close().await;
        Self::open(location).await
    }

    async fn open(location: &Location) -> Result<Self> {
        let (pool, place) = match location {
            Location::File(path) => {
                let place = Place::file(path).map_err(|error| unavailable(path, &error))?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(false)
                    .journal_mode(SqliteJournalMode::Wal)
                    .locking_mode(SqliteLockingMode::Exclusive)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(BUSY_TIMEOUT);
                (
                    Pool::Sqlite(FilePool::shared(
                        SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options),
                    )),
                    place,
                )
            }
            Location::Server(url) => {
                let mut address = Address::parse(url)?;
                address.hosts.iter_mut().for_each(|host| *host = host.clone().application_name(IMPORT));
                let place = Place::Server(address.name.clone());
                let hosts = Arc::new(Hosts::new(&address, &SESSION));
                let pool = ServerPool::new(hosts, Purpose::Write, 1);
                (Pool::Postgres(pool.map_err(|error| place.explain(error.into()))?), place)
            }
        };
        let name = place.name();
        let checked = match check_current(&pool, &name).await {
            Ok(()) => refuse_hosts(&pool, &name).await,
            failed => failed,
        };
        match checked {
            Ok(()) => Ok(Self { pool, place, name }),
            Err(failure) => {
                pool.close().await;
                Err(place.explain(failure))
            }
        }
    }
}

/// Refuses a server's database that hosts are connected to. A file cannot be opened then: it is locked from here on.
async fn refuse_hosts(pool: &Pool, name: &str) -> Outcome<()> {
    if pool.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1";
    let looked = Instant::now();
    loop {
        let sessions: i64 = query_scalar(sql).bind(APPLICATION).fetch_one(pool).await?;
        if sessions == 0 {
            return Ok(());
        }
        // Those of a moment ago may not have ended yet.
        if looked.elapsed() > ENDED_WITHIN {
            let refusal =
                format!("a host is running on {name}: {sessions} sessions of it are open; stop it, then import");
            return Err(Error::Refused(refusal).into());
        }
        sleep(POLL).await;
    }
}
