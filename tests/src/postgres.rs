//! PostgreSQL for tests: one throw-away server for all of them, in a temporary folder, that ends when nobody uses it any more.
//!
//! `CONNECTOR_HOST_TEST_POSTGRES` names another one, as a URL of a database whose user may create databases. A test gets a
//! [`Database`] of its own: a copy of a template, which is made once per server and schema.

use std::{
    env, fs,
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use rustix::fs::{FlockOperation, flock};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use crate::{
    network::Network,
    plugin_files::{program, workspace},
    postgres_programs as programs,
};

/// What makes a throw-away server fast.
const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
     -c autovacuum=off -c max_connections=400 -c shared_buffers=64MB";

/// Stops the server and removes its folder once no test holds `users`.
const WATCH: &str = "(while sleep 5; do flock -n -x users sh -c '\"$1\" stop -D data -m immediate && rm -r data' sh \"$1\" && exit; done) &";

/// A server that stays while this is held.
pub struct Server {
    address: Url,
    _user: Option<File>,
}

/// A database of a test, dropped with it.
pub struct Database {
    /// Where it is.
    pub server: Server,
    /// Its name there.
    pub name: String,
}

impl Database {
    /// A fresh one with the schema of the built `connector-host`, which makes the template.
    pub fn of_hosts() -> Self {
        let template = format!("host_{:016x}", fingerprint());
        let copied = thread::spawn(move || runtime().block_on(Self::copy_of(&template, async |url| migrate(url))));
        copied.join().expect("a database")
    }

    /// A copy of a template; `fill` makes its schema, given its URL, if this is the first copy.
    pub async fn copy_of(template: &str, fill: impl AsyncFnOnce(&str)) -> Self {
        let server = Server::get().await;
        let name = server.copy(template, fill).await;
        Self { server, name }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (address, name) = (self.server.url("postgres"), self.name.clone());
        let dropped = thread::spawn(move || {
            runtime().block_on(async {
                let mut admin = PgConnection::connect(&address).await?;
                admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
                admin.close().await
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a database of a test stays: {error}");
        }
    }
}

impl Server {
    /// The server of this run; starts it if it does not run yet.
    pub async fn get() -> Self {
        if let Some(url) = env::var_os("CONNECTOR_HOST_TEST_POSTGRES") {
            return Self { address: Url::parse(url.to_str().unwrap()).unwrap(), _user: None };
        }
        let folder = env::temp_dir().join(format!("connector-host-postgres-{}", rustix::process::getuid().as_raw()));
        fs::create_dir_all(&folder).unwrap();
        let user = locked(&folder.join("users"), FlockOperation::LockShared);
        let starting = locked(&folder.join("starting"), FlockOperation::LockExclusive);
        let server = Self { address: address(&folder), _user: Some(user) };
        if PgConnection::connect(&server.url("postgres")).await.is_err() {
            start(&folder);
        }
        drop(starting);
        server
    }

    /// A connection to the database that is always there.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.url("postgres")).await.unwrap()
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        let mut url = self.address.clone();
        url.query_pairs_mut().append_pair("dbname", database);
        url.to_string()
    }

    /// The URL of a database for another user.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!("{}&user={user}", self.url(database))
    }

    /// A fresh database, as a copy of one that is made once.
    async fn copy(&self, template: &str, fill: impl AsyncFnOnce(&str)) -> String {
        let mut admin = self.admin().await;
        // One after the other: a template that somebody copies cannot be copied by another.
        admin.execute("SELECT pg_advisory_lock(1)").await.unwrap();
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if !known {
            let draft = format!("draft_{}", Uuid::now_v7().simple());
            run(&mut admin, format!("CREATE DATABASE {draft} TEMPLATE template0 ENCODING 'UTF8'")).await;
            fill(&self.url(&draft)).await;
            run(&mut admin, format!("ALTER DATABASE {draft} RENAME TO {template}")).await;
        }
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        admin.close().await.unwrap();
        name
    }
}

/// A server of a test's own, which may be restarted; gone with it.
pub struct Cluster {
    folder: TempDir,
    settings: &'static str,
}

impl Cluster {
    /// Starts one that loses nothing of what is committed when it is restarted.
    pub fn start() -> Self {
        // Every process of this test may be killed, the machine never is.
        Self::with("-c fsync=off -c max_connections=200")
    }

    /// Starts one with a server's usual settings, which are those of measurements.
    pub fn durable() -> Self {
        Self::with("-c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB")
    }

    fn with(settings: &'static str) -> Self {
        let cluster = Self { folder: tempfile::tempdir().unwrap(), settings };
        make(cluster.folder.path());
        cluster.control("start");
        cluster
    }

    /// The URL of its one database.
    pub fn url(&self) -> String {
        let mut url = address(self.folder.path());
        url.query_pairs_mut().append_pair("dbname", "postgres");
        url.to_string()
    }

    /// A network to it; the URL is the one for hosts behind that.
    pub fn network(&self) -> (Network, String) {
        let network = Network::to(self.folder.path().join(".s.PGSQL.5432"));
        let url = format!("postgres://tests@127.0.0.1:{}/postgres?sslmode=disable", network.port);
        (network, url)
    }

    /// Ends it as a crash does, and starts it again.
    pub fn restart(&self) {
        self.control("stop");
        self.control("start");
    }

    fn control(&self, what: &str) {
        let folder = self.folder.path();
        let settings = format!("-k {} -c listen_addresses='' {}", folder.display(), self.settings);
        let start = ["start", "-w", "-D", "data", "-l", "data/log", "-o", &settings];
        let arguments = if what == "start" { &start[..] } else { &["stop", "-w", "-D", "data", "-m", "immediate"] };
        programs::run(folder, "pg_ctl", arguments);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        programs::command(self.folder.path(), "pg_ctl", &["stop", "-D", "data", "-m", "immediate"]).status().ok();
    }
}

/// Runs a statement whose names are made by the tests.
pub async fn run(db: &mut PgConnection, sql: String) {
    db.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// The address of the server whose socket is in this folder.
fn address(folder: &Path) -> Url {
    Url::parse(&format!("postgres:///?host={}&user=tests&sslmode=disable", folder.display())).unwrap()
}

/// A runtime for a thread of its own: a test may have one already, which must not be blocked by another.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What changes with the schema of a server.
fn fingerprint() -> u64 {
    let folder = workspace().join("host/migrations/postgres");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    hasher.finish()
}

/// Gives an empty database the schema, as an operator does.
pub fn migrate(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program("connector-host"));
    command.arg("--data-dir").arg(folder.path()).arg("migrate").current_dir(folder.path());
    command.env("CONNECTOR__DATABASE__URL", url).stdin(Stdio::null());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

fn locked(path: &Path, how: FlockOperation) -> File {
    let file = File::options().create(true).append(true).open(path).unwrap();
    flock(&file, how).unwrap();
    file
}

/// Starts the server that all tests share.
fn start(folder: &Path) {
    let data = folder.join("data");
    if data.exists() {
        fs::remove_dir_all(&data).unwrap();
    }
    make(folder);
    let settings = format!("-k {} {SETTINGS}", folder.display());
    let start = ["start", "-w", "-D", "data", "-l", "data/log", "-o", &settings];
    programs::run(folder, "pg_ctl", &start);
    programs::run(folder, "sh", &["-c", WATCH, "sh", programs::tool("pg_ctl").to_str().unwrap()]);
}

/// Makes the data of a server in a folder.
fn make(folder: &Path) {
    programs::own(folder);
    programs::run(
        folder,
        "initdb",
        &["-D", "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"],
    );
}
