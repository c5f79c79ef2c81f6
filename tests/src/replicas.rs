//! Several hosts over one PostgreSQL database: one of each that a deployment of replicas has, before one simulated store.

use std::{fs::File, thread, time::Duration};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    Host, Plugin, Sim,
    api::{Channel, Server},
    order_desk, postgres,
    world::export,
};

/// A keyring that all replicas have.
const KEYS: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Replicas, each a host with folders of its own.
pub struct Replicas {
    /// The store.
    pub sim: Sim,
    /// The hosts, running or not.
    pub hosts: Vec<Host>,
    /// The hosts at work, in the same order.
    pub servers: Vec<Server>,
    /// The operator's key, which one of them has issued.
    pub operator: String,
    url: String,
    _database: Option<postgres::Database>,
}

impl Replicas {
    /// As many as there are roles, started at the same time over an empty database; the configuration is a host's own file.
    pub fn start(sim: Sim, roles: &[&str], config: &str) -> Self {
        let database = postgres::Database::of_hosts();
        let url = database.url();
        Self::over(sim, roles, config, url, Some(database))
    }

    /// The same over a database of which somebody else takes care.
    pub fn over(sim: Sim, roles: &[&str], config: &str, url: String, database: Option<postgres::Database>) -> Self {
        let hosts: Vec<_> = roles.iter().map(|role| host(&url, role, config)).collect();
        let mut servers: Vec<Server> = thread::scope(|scope| {
            let started: Vec<_> = hosts.iter().map(|host| scope.spawn(move || Server::start(host))).collect();
            started.into_iter().map(|server| server.join().unwrap()).collect()
        });
        let issued: Vec<_> =
            servers.iter().map(|server| server.operator.clone()).filter(|key| !key.is_empty()).collect();
        let [operator] = &issued[..] else { panic!("one replica issues the operator's key, not {}", issued.len()) };
        let operator = operator.clone();
        for server in &mut servers {
            server.operator.clone_from(&operator);
        }
        Self { sim, hosts, servers, operator, url, _database: database }
    }

    /// Starts one of them again at its address, killed or not.
    pub fn restart(&mut self, number: usize) {
        self.servers[number].kill();
        let (host, address) = (&self.hosts[number], self.servers[number].address.clone());
        let log = File::options().create(true).append(true).open(host.folder().join("log")).unwrap();
        let mut server = Server::at(address.strip_prefix("http://").unwrap(), host, log.into());
        server.operator.clone_from(&self.operator);
        self.servers[number] = server;
    }

    /// Starts one more; gives its address.
    pub fn add(&mut self, role: &str, config: &str) -> String {
        let host = host(&self.url, role, config);
        let mut server = Server::start(&host);
        server.operator.clone_from(&self.operator);
        let address = server.address.clone();
        self.hosts.push(host);
        self.servers.push(server);
        address
    }

    /// Changes the schema as the migration of a newer version may, while others work.
    pub fn add_a_column_to_each_table(&self) {
        let url = self.url.clone();
        let changed = thread::spawn(move || {
            postgres::runtime().block_on(async {
                let mut db = PgConnection::connect(&url).await?;
                let sql = "SELECT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                           WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'";
                let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut db).await?;
                for table in tables {
                    let sql = format!("ALTER TABLE {table} ADD COLUMN added_by_the_next_version BIGINT");
                    db.execute(AssertSqlSafe(sql)).await?;
                }
                db.close().await
            })
        });
        changed.join().unwrap().unwrap();
    }

    /// Connects the store through one of them, so that orders can be placed in it; its first sync is asked for.
    pub fn connect(&self, number: usize, channel: &Channel) -> String {
        let server = &self.servers[number];
        let link = server.link(channel, &json!({}));
        let mut credentials = self.credentials();
        credentials["webhook_endpoint_secret"] = json!(order_desk::WEBHOOK_SECRET);
        let result = server.check_with(&link, &credentials, &order_desk::settings());
        assert_eq!(result["ok"], true, "{result:#}");
        server.confirm(&link, &json!({}))["connection_id"].as_str().unwrap().to_owned()
    }

    /// Credentials that the store accepts.
    pub fn credentials(&self) -> Value {
        json!({ "store_url": self.sim.address, "integration_api_token": self.sim.token })
    }

    /// The replica that syncs a connection at the moment, if one does.
    pub fn at_work(&self, connection: &str) -> Option<usize> {
        let sql = "SELECT j.owner FROM sync_job j JOIN connections c ON c.key = j.connection \
                   WHERE c.id = $1 AND j.claimed_ms > 0";
        let owner: Option<String> = self.ask(sql, connection);
        self.servers.iter().position(|server| Some(&server.replica) == owner.as_ref())
    }

    /// The first value that a question of one text gives.
    pub fn ask<T>(&self, sql: &'static str, text: &str) -> Option<T>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + 'static,
    {
        let (url, text) = (self.url.clone(), text.to_owned());
        let asked = thread::spawn(move || {
            postgres::runtime().block_on(async {
                let mut db = PgConnection::connect(&url).await?;
                let answer =
                    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).bind(text).fetch_optional(&mut db).await?;
                db.close().await?;
                Ok::<_, sqlx::Error>(answer)
            })
        });
        asked.join().unwrap().unwrap()
    }

    /// The whole catalog of a connection as JSON lines. The store's address, which is another every time, is replaced by a word.
    pub fn export(&self, connection: &str) -> String {
        export(&self.hosts[0], connection).replace(&self.sim.address, "http://store")
    }
}

fn host(url: &str, role: &str, config: &str) -> Host {
    let mut host = Host::new(&[Plugin::Centra]);
    let variables = [("DATABASE__URL", url), ("SECRETS__KEYS", KEYS), ("SERVER__ROLE", role)];
    host.environment = variables.map(|(name, value)| (format!("CONNECTOR__{name}"), value.to_owned())).to_vec();
    host.write("connector-host.toml", config);
    host
}

/// How long something took at most, to be printed.
pub fn shown(took: &[Duration]) -> String {
    let mut took = took.to_vec();
    took.sort();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)));
    let ms = |percent| at(percent).map_or(0, Duration::as_millis);
    format!("p50 {} ms, p99 {} ms, most {} ms of {}", ms(50), ms(99), ms(100), took.len())
}
