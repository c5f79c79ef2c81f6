//! Opening a database on a PostgreSQL server.

use std::sync::Arc;

use sqlx::{Connection, PgConnection};

use crate::store::{
    Store,
    db::{
        connection::Pool,
        dialect::Purpose,
        failure::{Failure, Outcome},
        place::Place,
        schema::migrate_server,
        server::{
            address::{self, Address},
            failure,
            hosts::Hosts,
            pool::ServerPool,
        },
    },
    error::{Error, Result},
    server::{ServerProblem, Sessions},
};

/// What every session is held to, whatever the server's defaults are. The server notices within half a minute that the way to a
/// host was cut, and ends what that host had locked. A host that stands still within a transaction holds rows that others wait for
/// or pass over: the server ends it soon.
pub(crate) const SESSION: [(&str, &str); 7] = [
    ("statement_timeout", "60s"),
    ("lock_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
];
/// The earliest server version, and as the server says it.
const EARLIEST: u32 = 14;

impl Store {
    /// Opens a database on a server, and brings its schema up to date. The address is `postgres://USER:PASSWORD@HOST/DATABASE`; of
    /// several hosts, the one that accepts writes is used.
    pub async fn open_url(url: &str) -> Result<Self> {
        Self::open_server(url, Sessions::default()).await
    }

    /// As [`Self::open_url`], with so many sessions. A transaction that writes reads on its own: neither waits for the other.
    pub async fn open_server(url: &str, sessions: Sessions) -> Result<Self> {
        let address = Address::parse(url)?;
        let explain = |failure| failure::explain(failure, &address.name);
        // Without limits of time: a step of the schema may take long.
        let mut server = Hosts::new(&address, &[]).connect().await.map_err(|error| explain(error.into()))?;
        prepare(&mut server, &address.name).await.map_err(explain)?;
        server.close().await.map_err(|error| explain(error.into()))?;
        let hosts = Arc::new(Hosts::new(&address, &SESSION));
        let pool = |purpose, sessions| {
            let pool = ServerPool::new(Arc::clone(&hosts), purpose, sessions);
            pool.map(Pool::Postgres).map_err(|error| explain(error.into()))
        };
        let (writer, readers) = (pool(Purpose::Write, sessions.writers)?, pool(Purpose::Read, sessions.readers)?);
        let place = Arc::new(Place::Server(address.name.clone()));
        let store = Self { place, writer, readers, hints: Arc::default() };
        store.purge().await?;
        Ok(store)
    }

    /// The passwords in a database's address, as written and as meant.
    pub fn passwords_of(url: &str) -> Vec<String> {
        address::passwords(url)
    }

    /// Whether the address of a database can be used, as far as it tells by itself: nothing is connected to.
    pub fn check_url(url: &str) -> Result<()> {
        Address::parse(url).map(drop)
    }
}

/// Looks at the server, and brings the schema up to date.
async fn prepare(server: &mut PgConnection, address: &str) -> Outcome<()> {
    let problem = |problem| Failure::Store(Error::Server { server: address.to_owned(), problem });
    let (number, version, encoding): (i32, String, String) = sqlx::query_as(
        "SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_version'), \
         current_setting('server_encoding')",
    )
    .fetch_one(&mut *server)
    .await?;
    if u32::try_from(number / 10_000).is_ok_and(|major| major < EARLIEST) {
        return Err(problem(ServerProblem::TooOld { found: version, needed: EARLIEST }));
    }
    if encoding != "UTF8" {
        return Err(problem(ServerProblem::Encoding(encoding)));
    }
    migrate_server(server).await
}
