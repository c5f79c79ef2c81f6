//! A PostgreSQL server for tests: one for all of them, in a temporary folder, that ends when nobody uses it any more.
//!
//! `CONNECTOR_HOST_TEST_POSTGRES` names another one, as a URL of a database whose user may create databases.

use std::{env, fs, fs::File, path::Path, thread};

use rustix::fs::{FlockOperation, flock};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

use crate::store::{Store, db::schema, suite::programs};

/// What makes a throw-away server fast.
const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
     -c autovacuum=off -c max_connections=400 -c shared_buffers=64MB";

/// Stops the server and removes its folder once no test holds `users`.
const WATCH: &str = "(while sleep 5; do flock -n -x users sh -c '\"$1\" stop -D data -m immediate && rm -r data' sh \"$1\" && exit; done) &";

/// A server that stays while this is held.
pub(crate) struct Server {
    address: Url,
    _user: Option<File>,
}

/// A database of a test, dropped with it.
pub(crate) struct Database {
    pub(crate) server: Server,
    pub(crate) name: String,
}

impl Database {
    /// A fresh one with the schema.
    pub(crate) async fn fresh() -> Self {
        let server = Server::get().await;
        let name = server.copy().await;
        Self { server, name }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Opens it, as each host does.
    pub(crate) async fn open(&self) -> Store {
        Store::open_url(&self.url()).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (address, name) = (self.server.url("postgres"), self.name.clone());
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&address).await?;
                admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
                admin.close().await
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            tracing::warn!(%error, "a database of a test stays");
        }
    }
}

impl Server {
    /// The server of this run; starts it if it does not run yet.
    pub(crate) async fn get() -> Self {
        if let Some(url) = env::var_os("CONNECTOR_HOST_TEST_POSTGRES") {
            return Self { address: Url::parse(url.to_str().unwrap()).unwrap(), _user: None };
        }
        let folder = env::temp_dir().join(format!("connector-host-postgres-{}", rustix::process::getuid().as_raw()));
        fs::create_dir_all(&folder).unwrap();
        let user = locked(&folder.join("users"), FlockOperation::LockShared);
        let starting = locked(&folder.join("starting"), FlockOperation::LockExclusive);
        let address =
            Url::parse(&format!("postgres:///?host={}&user=tests&sslmode=disable", folder.display())).unwrap();
        let server = Self { address, _user: Some(user) };
        if PgConnection::connect(&server.url("postgres")).await.is_err() {
            start(&folder);
        }
        drop(starting);
        server
    }

    /// A connection to the database that is always there.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.url("postgres")).await.unwrap()
    }

    /// The URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        let mut url = self.address.clone();
        url.query_pairs_mut().append_pair("dbname", database);
        url.to_string()
    }

    /// The URL of a database for another user.
    pub(crate) fn url_of(&self, user: &str, database: &str) -> String {
        format!("{}&user={user}", self.url(database))
    }

    /// A fresh database with the schema, as a copy of one that is made once.
    async fn copy(&self) -> String {
        let mut admin = self.admin().await;
        let template = format!("store_{}", schema::fingerprint());
        // One after the other: a template that somebody copies cannot be copied by another.
        admin.execute("SELECT pg_advisory_lock(1)").await.unwrap();
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(&template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if !known {
            let draft = format!("draft_{}", Uuid::now_v7().simple());
            run(&mut admin, format!("CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8'")).await;
            let store = Store::open_url(&self.url(&draft)).await.unwrap();
            store.close().await;
            run(&mut admin, format!("ALTER DATABASE {draft} RENAME TO {template}")).await;
        }
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        admin.close().await.unwrap();
        name
    }
}

/// Runs a statement whose names are made here.
pub(crate) async fn run(db: &mut PgConnection, sql: String) {
    db.execute(AssertSqlSafe(sql)).await.unwrap();
}

fn locked(path: &Path, how: FlockOperation) -> File {
    let file = File::options().create(true).append(true).open(path).unwrap();
    flock(&file, how).unwrap();
    file
}

fn start(folder: &Path) {
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data).unwrap();
    }
    programs::own(folder);
    let run = |program: &str, arguments: &[&str]| programs::run(folder, program, arguments);
    run("initdb", &["-D", "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]);
    let settings = format!("-k {} {SETTINGS}", folder.display());
    run("pg_ctl", &["start", "-w", "-D", "data", "-l", "data/log", "-o", &settings]);
    let pg_ctl = programs::tool("pg_ctl");
    run("sh", &["-c", WATCH, "sh", pg_ctl.to_str().unwrap()]);
}
