//! Ten thousand connections, of which two thousand are due at once: how long each waits, and what the host needs meanwhile.

use std::{
    fs, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use connector_api::domain::Timestamp;
use connector_host::{
    model::connection::{Connection, ConnectionStatus, Environment},
    store::Store,
};
use e2e::{
    Host, Plugin,
    api::Server,
    shop::{ACCESS_WORD, Shop},
    wait::{park, wait_while_it_moves},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

use super::{generator::number, idle::resident, median, quantile, row};

/// Connections with a store of their own; all are due.
const DUE: usize = 2_000;
/// Connections that are due much later.
const OTHERS: usize = 8_000;
/// Merchants who connect at the same time.
const MERCHANTS: usize = 4;
/// Between two looks at how many are left.
const LOOK: Duration = Duration::from_millis(250);
/// When the others are due.
const FAR_MS: i64 = 4_000_000_000_000;

pub(super) fn rows() -> Vec<Value> {
    let shop = Shop::start();
    let host = Host::in_file(&[Plugin::Template]);
    host.write("connector-host.toml", "[server]\nsync_every_min = 0\n");
    let database = Database::of(&host);
    connect_all(&host, &shop);
    wait_while_all_sync(&host, &database);
    database.add_others();

    let due_ms = unix_ms();
    database.execute(&format!("UPDATE sync_job SET due_at = {due_ms} WHERE due_at < {FAR_MS}"));
    database.execute(&format!(
        "INSERT INTO sync_job (connection, due_at, \"full\", trigger, fence) SELECT key, {due_ms}, FALSE, 'schedule', {due_ms} \
         FROM connections WHERE connector_id = 'template' ON CONFLICT DO NOTHING"
    ));
    let begun = Instant::now();
    let server = Server::start(&host);
    while server.send("GET", "/readyz", "", "").status != 200 {
        park(Duration::from_millis(1));
    }
    let ready = begun.elapsed().as_secs_f64() * 1e3;
    let mut memory = 0.0_f64;
    wait_while_it_moves("the syncs that are due", || {
        park(LOOK);
        memory = memory.max(resident(server.process()));
        Some(DUE - database.runs_since(due_ms).len()).filter(|left| *left > 0)
    });
    let took = begun.elapsed().as_secs_f64();
    assert!(server.terminate());
    let mut waited = database.runs_since(due_ms);
    let size = number(usize::try_from(fs::metadata(host.database()).unwrap().len() / 1024).unwrap()) / 1024.0;
    let (half, longest) = (median(&mut waited), quantile(&mut waited, 1_000));
    let fair = Some(("ratio <= 2.2", longest <= 2.2 * half));
    vec![
        row("ready, 10,000 connections, 2,000 due", (ready, "ms"), None, None),
        row("  syncs of three products", (number(DUE) / took, "syncs/s"), None, None),
        row("  longest wait for a sync (baseline: the median)", (longest, "s"), Some(half), fair),
        row("  most memory", (memory, "MiB"), None, None),
        row("  database", (size, "MiB"), None, None),
    ]
}

/// Connects a store at an address of its own for each, as merchants do.
fn connect_all(host: &Host, shop: &Shop) {
    let server = Server::start(host);
    let channel = server.channel("Channel");
    thread::scope(|scope| {
        for merchant in 0..MERCHANTS {
            let (server, channel, shop) = (&server, &channel, &shop);
            scope.spawn(move || {
                for number in (merchant..DUE).step_by(MERCHANTS) {
                    let url = shop.url.replace("catalog.json", &format!("{number}.json"));
                    let credentials = json!({ "shop_url": url, "access_word": ACCESS_WORD });
                    let named = json!({ "connector": "template", "merchant_id": format!("merchant-{number}") });
                    server.connect(channel, &named, &credentials);
                }
            });
        }
    });
    assert!(server.terminate());
}

/// Has every connection synced once.
fn wait_while_all_sync(host: &Host, database: &Database) {
    let server = Server::start(host);
    wait_while_it_moves("the first syncs", || {
        park(LOOK);
        Some(DUE - database.runs_since(0).len()).filter(|left| *left > 0)
    });
    assert!(server.terminate());
}

/// The host's database, read and written beside it.
struct Database {
    path: std::path::PathBuf,
    runtime: Runtime,
}

impl Database {
    fn of(host: &Host) -> Self {
        Self { path: host.database(), runtime: Builder::new_current_thread().enable_all().build().unwrap() }
    }

    fn execute(&self, sql: &str) {
        self.runtime.block_on(async {
            let mut db = SqliteConnection::connect(&format!("sqlite://{}", self.path.display())).await.unwrap();
            db.execute(AssertSqlSafe(sql)).await.unwrap();
            db.close().await.unwrap();
        });
    }

    /// Seconds from a moment to the begin of each run that has ended since.
    fn runs_since(&self, since_ms: i64) -> Vec<f64> {
        let begun: Vec<i64> = self.runtime.block_on(async {
            let url = format!("sqlite://{}?mode=ro", self.path.display());
            let mut db = SqliteConnection::connect(&url).await.unwrap();
            let sql =
                "SELECT started_at FROM sync_run WHERE started_at >= $1 AND ended_at IS NOT NULL AND result = 'ok'";
            sqlx::query_scalar(sql).bind(since_ms).fetch_all(&mut db).await.unwrap()
        });
        begun.into_iter().map(|at| f64::from(u32::try_from(at - since_ms).unwrap_or(u32::MAX)) / 1e3).collect()
    }

    /// Connections that need nothing for a long time.
    fn add_others(&self) {
        self.runtime.block_on(async {
            let store = Store::open(&self.path).await.unwrap();
            for number in 0..OTHERS {
                let now = Timestamp::from_unix_ms(unix_ms()).unwrap();
                let mut own = Connection::new("bench", "1.0.0", &number.to_string(), Environment::Test, now);
                own.health.status = ConnectionStatus::Active;
                store.insert_connection(&mut own).await.unwrap();
            }
            store.close().await;
        });
        self.execute(&format!(
            "INSERT INTO sync_job (connection, due_at, \"full\", trigger, fence) \
             SELECT key, {FAR_MS}, FALSE, 'schedule', 1 FROM connections WHERE connector_id = 'bench'"
        ));
    }
}

#[expect(clippy::disallowed_methods, reason = "the time that the host has")]
fn unix_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
