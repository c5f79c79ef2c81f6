//! What a search for offers by text costs, with few and with many offers; in a file and on a server.

use std::time::Instant;

use connector_api::domain::{ConnectionId, Timestamp};
use connector_host::{
    model::{
        PageQuery,
        catalog::OfferFilter,
        connection::{Connection, Environment},
    },
    store::Store,
};
use e2e::postgres::Cluster;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, SqliteConnection};
use tokio::runtime::Builder;

use super::{quantile, row};

const FEW: u32 = 1_000;
const MANY: u32 = 100_000;
/// Searches of a kind, and those before that warm up.
const SEARCHES: u32 = 300;
const WARM_UP: u32 = 20;
/// Most milliseconds at the 99th percentile.
const MOST_MS: f64 = 10.0;

pub(super) fn rows() -> Vec<Value> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut rows = vec![];
        let mut few = vec![];
        for count in [FEW, MANY] {
            let path = folder.path().join(format!("{count}.db"));
            let store = Store::open(&path).await.unwrap();
            let id = connection(&store).await;
            let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            db.execute(AssertSqlSafe(fill(count))).await.unwrap();
            rows.extend(searches(&store, &id, count, "file", &mut few).await);
        }
        let cluster = Cluster::durable();
        let store = Store::open_url(&cluster.url()).await.unwrap();
        let mut db = PgConnection::connect(&cluster.url()).await.unwrap();
        let mut few = vec![];
        for count in [FEW, MANY] {
            db.execute("DELETE FROM connections").await.unwrap();
            let id = connection(&store).await;
            db.execute(AssertSqlSafe(fill(count))).await.unwrap();
            db.execute("VACUUM ANALYZE").await.unwrap();
            rows.extend(searches(&store, &id, count, "server", &mut few).await);
        }
        rows
    })
}

async fn connection(store: &Store) -> ConnectionId {
    let now = Timestamp::from_unix_ms(1_770_000_000_000).unwrap();
    let mut own = Connection::new("bench", "1.0.0", "1", Environment::Test, now);
    store.insert_connection(&mut own).await.unwrap();
    own.id
}

/// Offers with a body of two kilobytes each and the texts of five variants.
fn fill(count: u32) -> String {
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO offers (connection, id, generation, changed_at, read_at, status, title, search, body) \
         SELECT (SELECT max(key) FROM connections), CAST(i AS TEXT), 1, 1, 1, 'active', 'Shirt ' || i, \
         i || ' shirt ' || i || ' shirt-' || i || ' sku-' || i || '-s sku-' || i || '-m sku-' || i || '-l sku-' || i || '-xl', \
         '{{\"a\":\"{}\"}}' FROM n",
        "x".repeat(2_000)
    )
}

async fn searches(store: &Store, id: &ConnectionId, count: u32, database: &str, few: &mut Vec<f64>) -> Vec<Value> {
    let mut rows = vec![];
    // Of one offer, of none, of all; and two letters.
    for (place, (name, text)) in
        [("one", "sku-777-m"), ("none", "trousers"), ("all", "shirt"), ("two letters", "zz")].into_iter().enumerate()
    {
        let filter = OfferFilter { text: Some(text.to_owned()), ..OfferFilter::default() };
        let mut took = vec![];
        for number in 0..WARM_UP + SEARCHES {
            let begun = Instant::now();
            store.offers(id, &filter, &PageQuery::default()).await.unwrap();
            if number >= WARM_UP {
                took.push(begun.elapsed().as_secs_f64() * 1e3);
            }
        }
        let p99 = quantile(&mut took, 990);
        let baseline = few.get(place).copied();
        if baseline.is_none() {
            few.push(p99);
        }
        let goal = baseline.map(|_| ("<= 10 ms", p99 <= MOST_MS));
        rows.push(row(&format!("search of {name} among {count} offers, {database}: p99"), (p99, "ms"), baseline, goal));
    }
    rows
}
