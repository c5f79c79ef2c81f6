//! Durable acknowledgements: how many in a second, and how long they take under a steady load.

use e2e::{World, api::Server};
use serde_json::{Value, json};

use super::{
    delivery::{EVENTS, FEW_EVENTS, SECRET, requests},
    generator::{as_fast_as_answered, steadily},
    median, quantile, row,
};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
/// Requests of a round, after those that warm up.
const COUNT: u64 = 20_000;
const WARM_UP: u64 = 2_000;
/// The steady load that is wanted, in a second, and for how many seconds.
const STEADY: f64 = 5_000.0;
const STEADY_S: f64 = 10.0;
/// Connections of the steady load: more than are ever busy.
const STEADY_CONNECTIONS: usize = 200;
/// Most milliseconds by which the generator itself may be late, at the 99th percentile: its clock ticks once in one.
const LATE_MS: f64 = 3.0;

/// One store sends everything: a quarter of the requests in progress are its share, which must be those of the steady load.
const KEEPING: &str = "[server]\nsync_every_min = 0\nmax_requests = 1000\n[advanced]\nwebhook_workers = 0\n";
const WORKING: &str = "[server]\nsync_every_min = 0\nmax_requests = 1000\n";

/// A connected store whose deliveries are numbered.
struct Store {
    world: World,
    id: String,
    next: u64,
    /// Events of each delivery.
    events: u64,
}

impl Store {
    fn connected() -> Self {
        let world = World::small();
        let mut credentials = world.credentials();
        credentials["webhook_endpoint_secret"] = json!(SECRET);
        let outcome = world.add(&credentials);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        let id = outcome.json()["id"].as_str().unwrap().to_owned();
        Self { world, id, next: 1, events: FEW_EVENTS }
    }

    fn requests(&mut self, count: u64) -> Vec<Vec<u8>> {
        let made = requests(&self.id, self.next, count, self.events);
        self.next += count;
        made
    }

    fn measured(&mut self, authority: &str, count: u64) -> f64 {
        as_fast_as_answered(authority, self.requests(WARM_UP.min(count)), CONNECTIONS);
        as_fast_as_answered(authority, self.requests(count), CONNECTIONS)
    }

    /// The host as it is run.
    fn serve(&self, config: &str) -> (Server, String) {
        self.world.host.write("connector-host.toml", config);
        let server = Server::start(&self.world.host);
        let authority = server.address.strip_prefix("http://").unwrap().to_owned();
        (server, authority)
    }
}

pub(super) fn rows() -> Vec<Value> {
    let mut store = Store::connected();
    let (working, authority) = store.serve(WORKING);
    let at_work = store.measured(&authority, COUNT);
    drop(working);
    let durable = kept(&mut store);
    let unit = "acks/s";
    let mut rows = vec![
        row("durable acks of 1 KiB, 64 connections", (durable, unit), None, None),
        row("  while workers read and fetch what they name", (at_work, unit), Some(durable), None),
    ];
    rows.extend(steady_load(&mut store));
    store.events = EVENTS;
    rows.push(row("durable acks of 4 KiB", (kept(&mut store), unit), None, None));
    rows
}

/// Acknowledgements of 1 KiB in a second by a host that only keeps them.
pub(super) fn kept_in_a_file() -> f64 {
    kept(&mut Store::connected())
}

/// Acknowledgements in a second, the median of some rounds.
fn kept(store: &mut Store) -> f64 {
    let mut rates = vec![];
    for _ in 0..ROUNDS {
        let (_keeping, authority) = store.serve(KEEPING);
        rates.push(store.measured(&authority, COUNT));
    }
    median(&mut rates)
}

fn steady_load(store: &mut Store) -> Vec<Value> {
    let (_keeping, authority) = store.serve(KEEPING);
    as_fast_as_answered(&authority, store.requests(WARM_UP), CONNECTIONS);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of requests")]
    let count = (STEADY * STEADY_S) as u64;
    let mut steady = steadily(&authority, store.requests(count), STEADY, STEADY_CONNECTIONS);
    let name = |what: &str| format!("steady {STEADY}/s: {what}");
    let late = quantile(&mut steady.late, 990);
    let is_steady = steady.refused == 0 && steady.rate >= 0.99 * STEADY;
    let latency = |steady: &mut super::generator::Steady, per_mille| (quantile(&mut steady.latency, per_mille), "ms");
    vec![
        row(&name("achieved"), (steady.rate, "acks/s"), Some(STEADY), Some(("ratio >= 0.99", is_steady))),
        row(&name("p50 from when it was due"), latency(&mut steady, 500), None, None),
        row(&name("p99"), latency(&mut steady, 990), None, None),
        row(&name("p99.9"), latency(&mut steady, 999), None, None),
        row(&name("generator late, p50"), (median(&mut steady.late), "ms"), None, None),
        row(&name("generator late, p99"), (late, "ms"), None, Some(("<= 3 ms", late <= LATE_MS))),
    ]
}
