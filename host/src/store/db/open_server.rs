//! Opening a database on a PostgreSQL server.

use std::{sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;
use url::Url;

use crate::store::{
    Store,
    db::{
        connection::Pool,
        failure::{Failure, Outcome},
        place::Place,
        schema::migrate_server,
        server_failure,
    },
    error::{Error, Result},
    server::ServerProblem,
};

/// Connections that write and that read. A transaction that writes reads on its own connection: neither waits for the other.
const WRITERS: u32 = 12;
const READERS: u32 = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for a free connection before it fails as busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
/// Connections are replaced now and then, so that they find their way to a server that took over.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
/// What every session is held to, whatever the server's defaults are. A host that stands still within a transaction holds rows that
/// others wait for or pass over: the server ends it soon.
const SESSION: [(&str, &str); 3] =
    [("statement_timeout", "60s"), ("lock_timeout", "30s"), ("idle_in_transaction_session_timeout", "10s")];
const STATEMENTS_KEPT: usize = 512;
/// The earliest server version, and as the server says it.
const EARLIEST: u32 = 14;

impl Store {
    /// Opens a database on a server, and brings its schema up to date. The address is `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub async fn open_url(url: &str) -> Result<Self> {
        let (options, address) = options(url)?;
        let explain = |failure| server_failure::explain(failure, &address);
        // Without limits of time: a step of the schema may take long.
        connect(&options, &address).await.map_err(explain)?;
        let options = options.options(SESSION);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(IDLE_TIMEOUT)
                .max_lifetime(MAX_LIFETIME)
                .connect_lazy_with(options.clone())
        };
        let store = Self {
            place: Arc::new(Place::Server(address.clone())),
            writer: Pool::Postgres(pool(WRITERS)),
            readers: Pool::Postgres(pool(READERS)),
            hints: Arc::default(),
        };
        store.purge().await?;
        Ok(store)
    }

    /// Whether the address of a database can be used, as far as it tells by itself: nothing is connected to.
    pub fn check_url(url: &str) -> Result<()> {
        options(url).map(drop)
    }
}

/// What to connect with, and the address without user and password.
fn options(url: &str) -> Result<(PgConnectOptions, String)> {
    let refused =
        |why: String| Err(Error::Server { server: "server".to_owned(), problem: ServerProblem::Address(why) });
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "postgres" | "postgresql") => {}
        Ok(parsed) => return refused(format!("`{}` is not `postgres`", parsed.scheme())),
        Err(error) => return refused(error.to_string()),
    }
    // What the driver says may quote the address.
    let Ok(options) = url.parse::<PgConnectOptions>() else {
        return refused("a part of it is not understood".to_owned());
    };
    let address = bare(&options);
    let options = options.application_name("connector-host").statement_cache_capacity(STATEMENTS_KEPT);
    Ok((options.disable_statement_logging(), address))
}

/// The address without user and password.
fn bare(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!("{database} at {}:{}", options.get_host(), options.get_port()),
    }
}

/// Looks at the server by one connection, and brings the schema up to date.
async fn connect(options: &PgConnectOptions, address: &str) -> Outcome<()> {
    let problem = |problem| Failure::Store(Error::Server { server: address.to_owned(), problem });
    let slow = |_| problem(ServerProblem::Unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())));
    let mut server = timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options)).await.map_err(slow)??;
    let (number, version, encoding, standby): (i32, String, String, bool) = sqlx::query_as(
        "SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_version'), \
         current_setting('server_encoding'), pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'",
    )
    .fetch_one(&mut server)
    .await?;
    if u32::try_from(number / 10_000).is_ok_and(|major| major < EARLIEST) {
        return Err(problem(ServerProblem::TooOld { found: version, needed: EARLIEST }));
    }
    if encoding != "UTF8" {
        return Err(problem(ServerProblem::Encoding(encoding)));
    }
    if standby {
        return Err(problem(ServerProblem::ReadOnly));
    }
    migrate_server(&mut server).await?;
    Ok(server.close().await?)
}
