//! What replicas over one database server add, beside the server's own ceiling and a host with a file.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use connector_api::domain::{ConnectionId, Timestamp};
use connector_host::{
    model::webhook::{NewDelivery, Proof},
    store::Store,
};
use e2e::{
    Sim, World,
    api::Server,
    postgres::{self, Cluster},
    replicas::Replicas,
    wait::{park, wait_until},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    acknowledge::kept_in_a_file,
    delivery::{FEW_EVENTS, SECRET, requests},
    generator::{as_fast_as_all_answer, number},
    median, row,
};

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 64;
const COUNT: u64 = 20_000;
const WARM_UP: u64 = 2_000;
/// How many transactions of as many rows as connections a bare client writes at once.
const WRITERS: [usize; 3] = [1, 2, 4];
/// Products of each store that is synced, and how many stores there are.
const PRODUCTS: &str = "1000";
const STORES: usize = 3;

const KEEPING: &str = "[server]\nsync_every_min = 0\n[advanced]\nwebhook_workers = 0\n";
const SYNCING: &str = "[server]\nsync_every_min = 0\nsync_workers = 1\n";

pub(super) fn rows() -> Vec<Value> {
    let in_file = kept_in_a_file();
    let ceiling = ceiling();
    let acks = |replicas| (acknowledged(replicas), "acks/s");
    let (one, two, three) = (acks(1), acks(2), acks(3));
    let [sync_in_file, sync_one, sync_two, sync_three] = [0, 1, 2, 3].map(|replicas| (synced(replicas), "rows/s"));
    vec![
        row("acks in a file, 1 host", (in_file, "acks/s"), None, None),
        row("rows of acks on a server, by a bare client", (ceiling, "acks/s"), None, None),
        row("  acks, 1 replica (baseline: the bare client)", one, Some(ceiling), None),
        row("  acks, 2 replicas", two, Some(ceiling), None),
        row("  acks, 3 replicas", three, Some(ceiling), None),
        row("  acks in a file (baseline: 1 replica)", (in_file, "acks/s"), Some(one.0), None),
        row("syncs of 3 stores, file, 1 host", sync_in_file, None, None),
        row("  1 replica (baseline: the file)", sync_one, Some(sync_in_file.0), None),
        row("  2 replicas (baseline: 1 replica)", sync_two, Some(sync_one.0), None),
        row("  3 replicas (baseline: 1 replica)", sync_three, Some(sync_one.0), None),
    ]
}

/// Replicas over a database that keeps what it commits.
fn replicas(count: usize, config: &str) -> (Cluster, Replicas) {
    let cluster = Cluster::durable();
    postgres::migrate(&cluster.url());
    let sim = Sim::start(&["--seed", "small"]);
    let replicas = Replicas::over(sim, &vec!["all"; count], config, cluster.url(), None);
    (cluster, replicas)
}

/// Acknowledgements in a second by so many replicas, the median of some rounds.
fn acknowledged(count: usize) -> f64 {
    let (_cluster, replicas) = replicas(count, KEEPING);
    let channel = replicas.servers[0].channel("Channel");
    let mut credentials = replicas.credentials();
    credentials["webhook_endpoint_secret"] = json!(SECRET);
    let id = replicas.servers[0].connect(&channel, &json!({}), &credentials);
    let authorities: Vec<_> =
        replicas.servers.iter().map(|server| server.address.strip_prefix("http://").unwrap()).collect();
    as_fast_as_all_answer(&authorities, requests(&id, 1, WARM_UP, FEW_EVENTS), CONNECTIONS);
    let mut rates = vec![];
    for round in 0..ROUNDS as u64 {
        let made = requests(&id, 1 + WARM_UP + round * COUNT, COUNT, FEW_EVENTS);
        rates.push(as_fast_as_all_answer(&authorities, made, CONNECTIONS));
    }
    median(&mut rates)
}

/// The same rows in a second by the same statements, without requests, signatures and seals: the best of some numbers of writers.
fn ceiling() -> f64 {
    let (cluster, replicas) = replicas(1, KEEPING);
    let id = replicas.servers[0].connect(&replicas.servers[0].channel("Channel"), &json!({}), &replicas.credentials());
    drop(replicas);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open_url(&cluster.url()).await.unwrap();
        let mut best = 0.0_f64;
        for writers in WRITERS {
            written(&store, &id, writers, WARM_UP).await;
            let mut rates = vec![];
            for _ in 0..ROUNDS {
                rates.push(written(&store, &id, writers, COUNT).await);
            }
            best = best.max(median(&mut rates));
        }
        best
    })
}

async fn written(store: &Store, id: &str, writers: usize, count: u64) -> f64 {
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let writing = (0..writers).map(|_| {
        let (store, id, next) = (store.clone(), ConnectionId(id.to_owned()), Arc::clone(&next));
        tokio::spawn(async move {
            while next.fetch_add(CONNECTIONS as u64, Ordering::Relaxed) < count {
                let rows: Vec<_> = (0..CONNECTIONS).map(|_| delivery(&id)).collect();
                store.keep_deliveries(&rows, &[]).await.unwrap();
            }
        })
    });
    for writer in writing.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    number(usize::try_from(count).unwrap()) / begun.elapsed().as_secs_f64()
}

/// As large as a sealed one of 1 KiB.
fn delivery(id: &ConnectionId) -> NewDelivery {
    NewDelivery {
        connection: id.clone(),
        received_at: Timestamp::from_unix_ms(1_770_000_000_000).unwrap(),
        proof: Proof::Authentic,
        signed_at: None,
        dedupe_key: Some(Uuid::now_v7().simple().to_string()),
        content: vec![7; 1_400],
        bytes: 1_024,
        traceparent: None,
    }
}

/// Rows in a second of first syncs of some stores at once, by so many replicas of one worker each; none is a host with a file.
fn synced(count: usize) -> f64 {
    let stores: Vec<_> = (0..STORES).map(|_| Sim::start(&["--seed", "large", "--products", PRODUCTS])).collect();
    if count == 0 {
        let world = World::small();
        world.host.write("connector-host.toml", SYNCING);
        let server = Server::start(&world.host);
        return sync_all(&server, &stores);
    }
    let (_cluster, replicas) = replicas(count, SYNCING);
    sync_all(&replicas.servers[0], &stores)
}

fn sync_all(server: &Server, stores: &[Sim]) -> f64 {
    let channel = server.channel("Channel");
    let begun = Instant::now();
    let connected: Vec<_> = stores
        .iter()
        .map(|sim| {
            let credentials = json!({ "store_url": sim.address, "integration_api_token": sim.token });
            server.connect(&channel, &json!({}), &credentials)
        })
        .collect();
    let mut rows = 0;
    for id in connected {
        let run = wait_until("the sync has ended", || {
            park(std::time::Duration::from_millis(20));
            let runs = server.get(&channel.key, &format!("/v1/connections/{id}/runs"));
            runs["data"].get(0).filter(|run| run["ended_at"].is_string()).cloned()
        });
        assert_eq!(run["result"], "ok", "{run:#}");
        let records = |stream: &Value| stream["upserted"].as_u64().unwrap();
        rows += run["streams"].as_array().unwrap().iter().map(records).sum::<u64>();
    }
    number(usize::try_from(rows).unwrap()) / begun.elapsed().as_secs_f64()
}
