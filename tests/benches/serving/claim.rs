//! What a claim costs: with a thousand entities or deliveries waiting, with a million, and with one hot entity; in a file and on a
//! server.

use std::time::Instant;

use connector_api::domain::Timestamp;
use connector_host::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        webhook::{ENTITIES_AT_ONCE, READ_AT_ONCE, WebhookClaim},
    },
    store::Store,
};
use e2e::postgres::Cluster;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::{median, row};

const FEW: i64 = 1_000;
const MANY: i64 = 1_000_000;
const HOT: i64 = 100_000;
/// Connections that the many are spread over.
const CONNECTIONS: i64 = 1_000;
/// Claims of one measurement, of which the median counts, after those that warm up.
const CLAIMS: usize = 200;
const WARM_UP: usize = 20;
/// When everything became due, and when it is claimed.
const DUE_MS: i64 = 1_760_000_000_000;
const NOW_MS: i64 = 1_770_000_000_000;
/// Between two claims: longer than a claim that nobody ended stays closed.
const PAUSE_MS: i64 = 2 * 3_600_000;

/// The database that is measured.
#[derive(Clone, Copy)]
enum Kind {
    File,
    Server,
}

pub(super) fn rows() -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut rows = runtime.block_on(rows_of(Kind::File, "file"));
    rows.extend(runtime.block_on(rows_of(Kind::Server, "server")));
    rows
}

async fn rows_of(kind: Kind, name: &str) -> Vec<Value> {
    let few = queues(kind, FEW, 1).await;
    let read = deliveries(kind, FEW).await;
    let more = [
        ("claim of 100 entities, 1 M wait (baseline: 1 k)", queues(kind, MANY, 1).await, few),
        ("  the same over 1,000 connections", queues(kind, MANY, CONNECTIONS).await, few),
        ("  1 k wait, one of them named by 100 k events", hot(kind).await, few),
        ("claim of 100 deliveries, 1 M wait (baseline: 1 k)", deliveries(kind, MANY).await, read),
        ("  100 k wait", deliveries(kind, HOT).await, read),
    ];
    let flat = |value: f64, baseline: f64| Some(("ratio <= 2", value <= 2.0 * baseline));
    let row =
        |(what, value, baseline)| row(&format!("{what}, {name}"), (value, "µs"), Some(baseline), flat(value, baseline));
    more.map(row).to_vec()
}

/// A database of its own, with connections that have work.
struct Inbox {
    store: Store,
    database: Database,
}

/// Where it is, to write what no operation of the store writes.
enum Database {
    File { url: String, _folder: TempDir },
    Server { url: String, _cluster: Cluster },
}

impl Database {
    async fn execute(&self, sql: String) {
        match self {
            Self::File { url, .. } => {
                let mut db = SqliteConnection::connect(url).await.unwrap();
                db.execute(AssertSqlSafe(sql)).await.unwrap();
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
                db.close().await.unwrap();
            }
            Self::Server { url, .. } => {
                let mut db = PgConnection::connect(url).await.unwrap();
                db.execute(AssertSqlSafe(sql)).await.unwrap();
                db.close().await.unwrap();
            }
        }
    }
}

impl Inbox {
    async fn new(kind: Kind, connections: i64) -> Self {
        let (store, database) = match kind {
            Kind::File => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("inbox.db");
                let url = format!("sqlite://{}", path.display());
                (Store::open(&path).await.unwrap(), Database::File { url, _folder: folder })
            }
            Kind::Server => {
                let cluster = Cluster::durable();
                let url = cluster.url();
                (Store::open_url(&url).await.unwrap(), Database::Server { url, _cluster: cluster })
            }
        };
        for number in 0..connections {
            let now = time(DUE_MS);
            let mut own = Connection::new("bench", "1.0.0", &number.to_string(), Environment::Test, now);
            own.health.status = ConnectionStatus::Active;
            store.insert_connection(&mut own).await.unwrap();
        }
        Self { store, database }
    }

    /// Fills a table with rows computed from numbers `i` up to `count`, in one transaction.
    async fn fill(&self, sql: &str, count: i64) {
        let counted = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i <";
        self.database.execute(format!("{counted} {count}) {sql}")).await;
        if matches!(self.database, Database::Server { .. }) {
            // As its autovacuum does soon after.
            self.database.execute("ANALYZE".to_owned()).await;
        }
    }

    /// Microseconds of a claim. What is claimed is due again at once, behind everything else.
    async fn claims(&self, is_right: impl Fn(&WebhookClaim) -> bool) -> f64 {
        let mut took = vec![];
        for round in 0..WARM_UP + CLAIMS {
            let now = time(NOW_MS + PAUSE_MS * i64::try_from(round).unwrap());
            let begun = Instant::now();
            let claim = self.store.claim_webhook_work(now, now).await.unwrap().unwrap();
            took.push(begun.elapsed().as_secs_f64() * 1e6);
            assert!(is_right(&claim), "{claim:?}");
            // As if it had been ended: after one that was not, less is claimed at once.
            self.database.execute("UPDATE webhook_claim SET unended = 0".to_owned()).await;
        }
        median(&mut took[WARM_UP..])
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).unwrap()
}

/// A turn for each connection.
fn claims(work: &str) -> String {
    format!(
        "INSERT INTO webhook_claim (connection, work, due_at) SELECT key, '{work}', {DUE_MS} + key FROM connections"
    )
}

/// Entities that wait, in an order that has nothing to do with their ids.
const QUEUES: &str = "INSERT INTO entity_queue (connection, stream, id, due_at, wanted, source, since) \
                     SELECT 1 + i % (SELECT count(*) FROM connections), 'offers', \
                     CAST(i * 48271 % 1000003 AS TEXT), 1760000000000 + i, 1, 'webhook', 1760000000000 FROM n";

async fn queues(kind: Kind, count: i64, connections: i64) -> f64 {
    let inbox = Inbox::new(kind, connections).await;
    inbox.fill(QUEUES, count).await;
    inbox.database.execute(claims("apply")).await;
    inbox.claims(is_apply).await
}

async fn hot(kind: Kind) -> f64 {
    let inbox = Inbox::new(kind, 1).await;
    inbox.fill(QUEUES, FEW).await;
    // The hot one is among those that are claimed first, and again and again.
    let hottest = format!("UPDATE entity_queue SET wanted = {HOT} WHERE due_at = 1760000000001");
    inbox.database.execute(hottest).await;
    inbox
        .fill(
            "INSERT INTO webhook_event (connection, delivery, topic, action, decision, refs) SELECT 1, i, 'product', \
             'update', 'route', '[{\"stream\":\"offers\",\"id\":\"48271\"}]' FROM n",
            HOT,
        )
        .await;
    inbox.database.execute(claims("apply")).await;
    inbox.claims(is_apply).await
}

async fn deliveries(kind: Kind, count: i64) -> f64 {
    let inbox = Inbox::new(kind, 1).await;
    let zeros = match kind {
        Kind::File => "zeroblob(300)",
        Kind::Server => "decode(repeat('00', 300), 'hex')",
    };
    inbox
        .fill(
            &format!(
                "INSERT INTO webhook_delivery (connection, received_at, source, verdict, dedupe_key, content, bytes, state) \
                 SELECT 1, 1760000000000 + i, 'webhook', 'authentic', 'key-' || i, {zeros}, 300, 'waiting' FROM n"
            ),
            count,
        )
        .await;
    inbox.database.execute(claims("read")).await;
    inbox
        .claims(
            |claim| matches!(claim, WebhookClaim::Read { deliveries, .. } if deliveries.len() == READ_AT_ONCE as usize),
        )
        .await
}

fn is_apply(claim: &WebhookClaim) -> bool {
    matches!(claim, WebhookClaim::Apply { queues, .. } if queues.len() == ENTITIES_AT_ONCE as usize)
}
