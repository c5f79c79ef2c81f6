//! What a full sync costs: its speed beside that of the bare requests, its memory, its number of requests.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![expect(clippy::print_stdout, reason = "rows go to standard output")]

mod proxy;

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use e2e::{Host, Outcome, Plugin, Sim, wait::park, world};
use serde_json::{Value, json};

/// How often each speed is measured; the median counts.
const ROUNDS: usize = 3;

/// How long a store takes to answer, in milliseconds: at once, as only a simulator does, which shows the host's own
/// cost; and one request each 22 ms, the steady rate of the second largest quota (450 requests in 10 s).
const ANSWERS_AFTER: [u32; 2] = [0, 22];

/// Least share of the bare requests' speed that a sync is to reach with a store that has a quota.
const LEAST_SHARE: f64 = 0.70;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let name = arguments.next().unwrap_or_default();
    let products = arguments.next().map_or(10_000, |number| number.parse().unwrap());
    let rows = match name.as_str() {
        "sync_throughput" => ANSWERS_AFTER.into_iter().flat_map(|ms| throughput(products, ms)).collect(),
        "sync_memory" => memory(products),
        "sync_requests" => requests(products),
        "sync_unchanged" => unchanged(products),
        other => panic!("there is no measurement {other:?}"),
    };
    println!("{}", json!(rows));
}

fn row(name: &str, (value, unit): (f64, &str), baseline: Option<f64>, goal: Option<(&str, bool)>) -> Value {
    json!({
        "name": name, "value": value, "unit": unit, "baseline": baseline,
        "ratio": baseline.map(|baseline| value / baseline),
        "goal": goal.map(|(text, _)| text), "holds": goal.map(|(_, holds)| holds),
    })
}

fn store_of(products: u32) -> Sim {
    Sim::start(&["--seed", "large", "--products", &products.to_string()])
}

/// A fresh host connected to an address; the connection's id.
fn connected(address: &str, token: &str) -> (Host, String) {
    let host = Host::new(&[Plugin::Centra]);
    let outcome = world::add(&host, "centra", &json!({ "store_url": address, "integration_api_token": token }));
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let id = outcome.json()["id"].as_str().unwrap().to_owned();
    (host, id)
}

fn complete(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    outcome.json()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn throughput(products: u32, answers_after_ms: u32) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.json");
    let sim = if answers_after_ms == 0 {
        store_of(products)
    } else {
        fs::write(&faults, json!([{ "every": 1, "kind": "slow", "ms": answers_after_ms }]).to_string()).unwrap();
        let products = products.to_string();
        Sim::start(&["--seed", "large", "--products", &products, "--faults", faults.to_str().unwrap()])
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let calls = {
        let proxy = runtime.block_on(proxy::start(&sim.address));
        let (host, id) = connected(&proxy.address, &sim.token);
        proxy.take();
        complete(&host.run(&["sync", &id, "--json"]));
        proxy.take()
    };
    let mut bare = vec![];
    let mut synced = vec![];
    let mut report = json!(null);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        runtime.block_on(proxy::replay(&proxy::client(), &sim.address, calls.clone()));
        bare.push(start.elapsed().as_secs_f64());

        let (host, id) = connected(&sim.address, &sim.token);
        let start = Instant::now();
        report = complete(&host.run(&["sync", &id, "--json"]));
        synced.push(start.elapsed().as_secs_f64());
    }
    let speed = |seconds: Vec<f64>| f64::from(products) / median(seconds);
    let (ours, ceiling) = (speed(synced.clone()), speed(bare));
    let goal = format!("ratio >= {LEAST_SHARE:.2}");
    let goal = (answers_after_ms > 0).then_some((goal.as_str(), ours >= LEAST_SHARE * ceiling));
    let name = format!("full sync, answers after {answers_after_ms} ms (baseline: bare requests)");
    let mut rows = vec![row(&name, (ours, "products/s"), Some(ceiling), goal)];
    let total = synced[synced.len() - 1] * 1_000.0;
    for (part, ms) in report["timings"].as_object().into_iter().flatten() {
        let part = part.trim_end_matches("_ms");
        rows.push(row(&format!("  of the last sync: {part}"), (ms.as_f64().unwrap(), "ms"), Some(total), None));
    }
    rows
}

/// Runs a sync and gives the most memory its process ever had, in MiB.
fn peak_of_a_sync(products: u32) -> f64 {
    let sim = store_of(products);
    let (host, id) = connected(&sim.address, &sim.token);
    let mut command = host.command(&["sync", &id, "--json"]);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0_f64;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0.0));
        park(Duration::from_millis(10));
    };
    assert!(ended.success(), "the sync of {products} products ended with {ended}");
    peak_kib / 1_024.0
}

fn memory(products: u32) -> Vec<Value> {
    let (small, large) = (peak_of_a_sync(products), peak_of_a_sync(products * 10));
    let limit = |peak: f64| Some(("<= 100 MiB", peak <= 100.0));
    let flat = Some(("ratio <= 1.15", large <= 1.15 * small));
    vec![
        row(&format!("peak memory, {products} products"), (small, "MiB"), None, limit(small)),
        row(&format!("peak memory, {} products", products * 10), (large, "MiB"), None, limit(large)),
        row("peak memory, ten times the products", (large, "MiB"), Some(small), flat),
    ]
}

/// What a full pass costs in which nothing has changed, beside the first.
fn unchanged(products: u32) -> Vec<Value> {
    let sim = store_of(products);
    let mut first = Costs::default();
    let mut again = Costs::default();
    for _ in 0..ROUNDS {
        let (host, id) = connected(&sim.address, &sim.token);
        first.add(&host, &["sync", &id, "--json"]);
        again.add(&host, &["sync", &id, "--full", "--json"]);
    }
    let (seconds, baseline) = (median(again.seconds), median(first.seconds));
    let (bytes, of_first) = (median(again.bytes), median(first.bytes));
    let fast = Some(("ratio <= 0.25", seconds <= 0.25 * baseline));
    let still = Some(("ratio <= 0.01", bytes <= 0.01 * of_first));
    vec![
        row("full pass in which nothing changed (baseline: the first)", (seconds, "s"), Some(baseline), fast),
        row("  bytes written", (bytes / 1e6, "MB"), Some(of_first / 1e6), still),
    ]
}

/// What syncs took.
#[derive(Default)]
struct Costs {
    seconds: Vec<f64>,
    bytes: Vec<f64>,
}

impl Costs {
    /// Runs a sync to its end.
    fn add(&mut self, host: &Host, arguments: &[&str]) {
        let start = Instant::now();
        let mut child = host.command(arguments).stdout(Stdio::null()).spawn().unwrap();
        // Until somebody asks how it ended, what it wrote can be read.
        let of_process = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap();
        while !of_process("stat").rsplit_once(')').unwrap().1.trim_start().starts_with('Z') {
            park(Duration::from_millis(2));
        }
        self.seconds.push(start.elapsed().as_secs_f64());
        let io = of_process("io");
        let bytes = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap();
        self.bytes.push(bytes.parse().unwrap());
        assert!(child.wait().unwrap().success(), "{arguments:?}");
    }
}

fn requests(products: u32) -> Vec<Value> {
    let sim = store_of(products);
    let (host, id) = connected(&sim.address, &sim.token);
    sim.reset_stats();
    complete(&host.run(&["sync", &id, "--json"]));
    // Eight small lists; per product a display, a price row in each of four pricelists, five sizes in two warehouses.
    // Orders, customers, shipments and returns are read on top and not counted.
    let pages = |rows: u32| rows.div_ceil(200);
    let minimum = f64::from(8 + pages(products) + 4 * pages(products) + 2 * pages(5 * products));
    let used = f64::from(u32::try_from(sim.requests()).unwrap());
    let goal = Some(("ratio <= 1.10", used <= 1.1 * minimum));
    vec![row("requests of a full sync (baseline: pages)", (used, "requests"), Some(minimum), goal)]
}
