//! A host that has nothing to do: how soon it is ready, and what memory it needs, with few and with many connections.

use std::{
    fs,
    time::{Duration, Instant},
};

use connector_api::domain::Timestamp;
use connector_host::{
    model::connection::{Connection, ConnectionStatus, Environment},
    store::Store,
};
use e2e::{World, api::Server, wait::park};
use serde_json::Value;

use super::{generator::number, median, row};

const ROUNDS: usize = 5;
const MANY: usize = 10_000;
/// How long a host is left alone before its memory is read.
const SETTLED: Duration = Duration::from_secs(5);
const NOW_MS: i64 = 1_770_000_000_000;
/// Neither syncs nor checks of connections that name no store.
const CONFIG: &str = "[server]\nsync_every_min = 0\n";

pub(super) fn rows() -> Vec<Value> {
    let world = World::small().in_file();
    world.host.write("connector-host.toml", CONFIG);
    let id = world.connect();
    world.sync(&id, &[]);
    let (ready, memory) = measured(&world);
    add(&world, MANY);
    let (ready_many, memory_many) = measured(&world);
    let size = fs::metadata(world.host.database()).unwrap().len();
    let size = number(usize::try_from(size / 1024).unwrap()) / 1024.0;
    vec![
        row("ready after the start, 1 connection", (ready, "ms"), None, Some(("< 300 ms", ready < 300.0))),
        row("  10,000 connections", (ready_many, "ms"), Some(ready), None),
        row("memory at rest, 1 connection", (memory, "MiB"), None, Some(("<= 40 MiB", memory <= 40.0))),
        row("  10,000 connections", (memory_many, "MiB"), Some(memory), None),
        row("database of 10,000 connections", (size, "MiB"), None, None),
    ]
}

/// Milliseconds until it is ready, the median of some starts, and MiB that it then holds.
fn measured(world: &World) -> (f64, f64) {
    let mut ready = vec![];
    let mut memory = 0.0;
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let server = Server::start(&world.host);
        while server.send("GET", "/readyz", "", "").status != 200 {
            park(Duration::from_millis(1));
        }
        ready.push(begun.elapsed().as_secs_f64() * 1e3);
        if round + 1 == ROUNDS {
            let settled = Instant::now() + SETTLED;
            while Instant::now() < settled {
                park(SETTLED);
            }
            memory = resident(server.process());
        }
        assert!(server.terminate());
    }
    (median(&mut ready), memory)
}

/// Adds connections of a connector that is not there: nothing can be done for them.
fn add(world: &World, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&world.host.database()).await.unwrap();
        for number in 0..count {
            let now = Timestamp::from_unix_ms(NOW_MS).unwrap();
            let mut own = Connection::new("bench", "1.0.0", &number.to_string(), Environment::Test, now);
            own.health.status = ConnectionStatus::Active;
            store.insert_connection(&mut own).await.unwrap();
        }
        store.close().await;
    });
}

pub(super) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: f64 = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    kib / 1024.0
}
