//! Replicas that are killed and stand still, a database that crashes and a network to it that is cut, under everything at once:
//! webhooks, syncs, quotes, orders. In the end all that was acknowledged is there, once.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use e2e::{
    Sim, World,
    api::{Answer, exchange},
    network::Network,
    order_desk::{self, WEBHOOK_SECRET},
    postgres::{self, Cluster},
    replicas::{Replicas, shown},
    wait::{park, wait_until, wait_while_it_moves},
    world,
};
use serde_json::{Value, json};

/// Seconds a claim holds, and a replica that stands still is frozen for longer.
const FROZEN: Duration = Duration::from_secs(5);
const CONFIG: &str = "[server]\nsync_every_min = 0\n[orders]\ntimeout_s = 5\n\
     [advanced]\nlease_s = 3\nwebhook_settle_ms = 20\norder_settle_s = 3\n";
/// How long a client waits for an answer before it asks another replica.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many of something; from a variable of the environment for more.
fn size(variable: &str, usual: usize) -> usize {
    std::env::var_os(variable).and_then(|count| count.to_str()?.parse().ok()).unwrap_or(usual)
}

/// What happens to the replicas.
#[derive(Clone, Copy)]
enum Blow {
    Kill,
    Freeze,
    Crash,
    Cut,
}

/// Where blows fall.
struct Target<'a> {
    replicas: &'a mut Replicas,
    cluster: &'a Cluster,
    network: &'a Network,
}

impl Target<'_> {
    fn strike(&mut self, blow: Blow, replica: usize) {
        match blow {
            Blow::Kill => self.replicas.restart(replica),
            Blow::Freeze => {
                self.replicas.servers[replica].pause();
                pass(FROZEN);
                self.replicas.servers[replica].resume();
            }
            Blow::Crash => self.cluster.restart(),
            Blow::Cut => {
                self.network.cut();
                pass(Duration::from_secs(size("NETWORK_CUT_SECONDS", 5) as u64));
                self.network.mend();
            }
        }
    }

    /// How long it takes until a sync ends.
    fn next_sync(&self) -> Duration {
        let ended = || self.replicas.ask::<i64>("SELECT max(ended_at) FROM sync_run WHERE $1 = ''", "");
        let (begun, before) = (Instant::now(), ended());
        wait_until("a sync ends", || (ended() > before).then_some(()));
        begun.elapsed()
    }
}

/// Lets time pass in which others act.
fn pass(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        park(Duration::from_millis(50));
    }
}

/// Ends the load when it is dropped, also by a failure.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Who asks, of whom, and what came of it.
struct Load<'a> {
    addresses: Vec<String>,
    store: String,
    key: &'a str,
    operator: &'a str,
    id: &'a str,
    ends: AtomicBool,
    next: AtomicUsize,
    /// The intent that each order was acknowledged with.
    acknowledged: Mutex<BTreeMap<usize, String>>,
    placed_within: Mutex<Vec<Duration>>,
    quoted_within: Mutex<Vec<Duration>>,
    refused: AtomicUsize,
}

impl Load<'_> {
    fn goes_on(&self) -> bool {
        !self.ends.load(Ordering::Relaxed)
    }

    /// Asks one replica.
    fn ask(&self, turn: usize, path: &str, key: &str, body: &Value) -> io::Result<Answer> {
        let address = &self.addresses[turn % self.addresses.len()];
        let headers = format!("authorization: Bearer {}\r\nidempotency-key: {key}\r\n", self.key);
        let path = format!("/v1/connections/{}{path}", self.id);
        exchange(address, "POST", &path, &headers, &body.to_string(), Some(PATIENCE))
    }

    /// Places an order, at one replica after the other until one says that it is placed.
    fn place(&self, number: usize, sold: &(String, i64)) {
        let (key, order) = (format!("key-{number}"), order_desk::order(sold, &format!("CH-{number}")));
        for turn in number.. {
            let Ok(answer) = self.ask(turn, "/orders", &key, &order) else {
                park(Duration::from_millis(20));
                continue;
            };
            if matches!(answer.status, 201 | 202) {
                let intent = answer.json()["id"].as_str().unwrap().to_owned();
                let before = self.acknowledged.lock().unwrap().insert(number, intent.clone());
                assert!(before.is_none_or(|before| before == intent), "order {number} has two intents");
            }
            if answer.status == 201 {
                return;
            }
            let waits = answer.status == 202
                || answer.status >= 500
                || answer.status == 409
                    && ["in_flight", "order_expired"].contains(&answer.json()["code"].as_str().unwrap());
            assert!(waits, "{key}: {answer:#?}");
            park(Duration::from_millis(50));
        }
    }

    fn place_orders(&self, sold: &(String, i64)) {
        while self.goes_on() {
            let begun = Instant::now();
            self.place(self.next.fetch_add(1, Ordering::Relaxed), sold);
            self.placed_within.lock().unwrap().push(begun.elapsed());
        }
    }

    fn quote(&self, sold: &(String, i64)) {
        let cart = order_desk::order(sold, "quote")["cart"].clone();
        for turn in 0.. {
            if !self.goes_on() {
                return;
            }
            let begun = Instant::now();
            match self.ask(turn, "/quotes", "", &cart) {
                Ok(answer) if answer.status == 200 => self.quoted_within.lock().unwrap().push(begun.elapsed()),
                Ok(answer) if answer.status < 500 => panic!("{answer:#?}"),
                _ => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
            }
            park(Duration::from_millis(20));
        }
    }

    /// Changes the store.
    fn change(&self) {
        for seed in 0.. {
            if !self.goes_on() {
                return;
            }
            let change = json!({ "count": 2, "seed": seed, "kinds": ["display"] });
            exchange(&self.store, "POST", "/_sim/change", "", &change.to_string(), Some(PATIENCE)).unwrap();
            park(Duration::from_millis(200));
        }
    }

    fn sync(&self) {
        for turn in 0.. {
            park(Duration::from_millis(500));
            if !self.goes_on() {
                return;
            }
            let headers = format!("authorization: Bearer {}\r\n", self.operator);
            let path = format!("/v1/connections/{}/sync", self.id);
            let address = &self.addresses[turn % self.addresses.len()];
            exchange(address, "POST", &path, &headers, "{}", Some(PATIENCE)).ok();
        }
    }
}

/// The store sends each of its webhooks to every replica, as often as one does not answer well.
fn send_webhooks(replicas: &Replicas, id: &str) {
    let plugin = |address: &str| {
        json!({ "url": format!("{address}/webhooks/{id}"), "secret": WEBHOOK_SECRET, "events_per_call": 3,
            "retries": 2, "retry_pause_ms": 200 })
    };
    replicas.sim.webhooks(&replicas.servers.iter().map(|server| plugin(&server.address)).collect());
}

/// Blows, one after the other over the time that there is; how long after each a sync has ended.
fn strike(mut target: Target<'_>, lasts: Duration) -> Vec<Duration> {
    let kinds = [
        (Blow::Kill, size("REPLICA_KILLS", 1)),
        (Blow::Freeze, size("REPLICA_FREEZES", 1)),
        (Blow::Crash, size("DATABASE_CRASHES", 1)),
        (Blow::Cut, size("NETWORK_CUTS", 1)),
    ];
    let most = kinds.iter().map(|(_, count)| *count).max().unwrap_or(0);
    // One of each in turn, as long as there are any left of it.
    let blows: Vec<Blow> = (0..most)
        .flat_map(|round| kinds.iter().filter(move |(_, count)| round < *count).map(|(blow, _)| *blow))
        .collect();
    let (begun, mut synced) = (Instant::now(), vec![]);
    for (number, blow) in blows.iter().enumerate() {
        let due = lasts * u32::try_from(2 * number + 1).unwrap() / u32::try_from(2 * blows.len()).unwrap();
        pass(due.saturating_sub(begun.elapsed()));
        target.strike(*blow, number % target.replicas.servers.len());
        synced.push(target.next_sync());
    }
    pass(lasts.saturating_sub(begun.elapsed()));
    synced
}

#[test]
fn whatever_is_killed_or_frozen_what_was_acknowledged_is_kept_once() {
    let lasts = Duration::from_secs(size("REPLICA_SECONDS", 24) as u64);
    let sim = Sim::start(&["--seed", "small", "--order-api-secret", order_desk::SECRET]);
    let cluster = Cluster::start();
    postgres::migrate(&cluster.url());
    let (network, url) = cluster.network();
    let mut replicas = Replicas::over(sim, &["all"; 3], CONFIG, url, None);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    assert_eq!(replicas.servers[1].synced(&channel.key, &id)["result"], "ok");
    let sold = order_desk::sold(&replicas.export(&id));
    send_webhooks(&replicas, &id);
    let operator = replicas.operator.clone();
    let load = Load {
        addresses: replicas.servers.iter().map(|server| server.address.clone()).collect(),
        store: replicas.sim.address.clone(),
        key: &channel.key,
        operator: &operator,
        id: &id,
        ends: AtomicBool::new(false),
        next: AtomicUsize::new(0),
        acknowledged: Mutex::default(),
        placed_within: Mutex::default(),
        quoted_within: Mutex::default(),
        refused: AtomicUsize::new(0),
    };
    let synced = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| load.place_orders(&sold));
            scope.spawn(|| load.quote(&sold));
        }
        scope.spawn(|| load.sync());
        scope.spawn(|| load.change());
        let _ends = End(&load.ends);
        strike(Target { replicas: &mut replicas, cluster: &cluster, network: &network }, lasts)
    });
    let webhooks = webhooks_are_kept(&replicas, &load);
    let orders = orders_are_placed_once(&replicas, &load);
    full_pass_ends(&replicas, &load);
    let runs = replicas.ask::<i64>("SELECT count(*) FROM sync_run WHERE ended_at IS NOT NULL AND $1 <> ''", &id);
    let [kills, freezes, crashes, cuts] =
        ["REPLICA_KILLS", "REPLICA_FREEZES", "DATABASE_CRASHES", "NETWORK_CUTS"].map(|name| size(name, 1));
    eprintln!(
        "{} s, 3 replicas, {kills} kills, {freezes} freezes, {crashes} crashes of the database, {cuts} cuts of the network: {orders} \
         orders acknowledged and placed once, {webhooks} webhooks acknowledged and kept, {} syncs ended",
        lasts.as_secs(),
        runs.unwrap_or(0),
    );
    eprintln!("a sync ended after each of these: {}", shown(&synced));
    eprintln!("orders: {}", shown(&load.placed_within.lock().unwrap()));
    let refused = load.refused.load(Ordering::Relaxed);
    eprintln!("quotes: {}; {refused} not answered in time", shown(&load.quoted_within.lock().unwrap()));
    // The same store read at once, beside what came bit by bit.
    let export = replicas.export(&id);
    let Replicas { sim, servers, .. } = replicas;
    drop(servers);
    let fresh = World { sim, host: world::fresh_host() };
    let other = fresh.connect();
    fresh.sync(&other, &[]);
    assert_eq!(export, fresh.export(&other), "nothing is doubled");
}

/// That every webhook that was acknowledged was kept, and worked off; how many were.
fn webhooks_are_kept(replicas: &Replicas, load: &Load<'_>) -> u64 {
    let plugins = replicas.sim.drain_webhooks();
    let acknowledged = |plugin: &Value| plugin["counters"]["by_status"]["200"].as_u64().unwrap_or(0);
    let acknowledged: u64 = plugins.as_array().unwrap().iter().map(acknowledged).sum();
    let server = &replicas.servers[0];
    let overview = || server.get(load.operator, &format!("/v1/connections/{}/webhooks", load.id));
    wait_while_it_moves("everything that came is worked off", || {
        let now = overview();
        let left = ["waiting_deliveries", "waiting_entities"].map(|name| now[name].as_u64().unwrap());
        (left != [0, 0]).then_some(left)
    });
    let settled = overview();
    let kept = settled["accepted"].as_u64().unwrap() + settled["duplicates"].as_u64().unwrap();
    assert!(kept >= acknowledged, "{kept} webhooks were kept of {acknowledged} that were acknowledged: {settled:#}");
    let dead = ["dead_lettered_deliveries", "dead_lettered_entities"].map(|name| settled[name].clone());
    assert_eq!(dead, [json!(0), json!(0)], "{settled:#}");
    eprintln!("acknowledgements of webhooks: {}", acknowledged_within(&plugins));
    acknowledged
}

/// How long acknowledgements took at most, in powers of two.
fn acknowledged_within(plugins: &Value) -> String {
    let mut by_ms = BTreeMap::<u64, u64>::new();
    for plugin in plugins.as_array().unwrap() {
        for (ms, count) in plugin["counters"]["accepted_by_ms"].as_object().unwrap() {
            *by_ms.entry(ms.parse().unwrap()).or_default() += count.as_u64().unwrap();
        }
    }
    let all: u64 = by_ms.values().sum();
    let at = |percent: u64| {
        let mut below = 0;
        let reached = by_ms.iter().find(|(_, count)| {
            below += **count;
            below * 100 >= all * percent
        });
        reached.map_or(0, |(ms, _)| *ms)
    };
    format!("p50 within {} ms, p99 within {} ms, most within {} ms of {all}", at(50), at(99), at(100))
}

/// That every order is in the store once, and confirmed here with the intent it was acknowledged with; how many there are.
fn orders_are_placed_once(replicas: &Replicas, load: &Load<'_>) -> usize {
    let all = load.next.load(Ordering::Relaxed);
    let mut copies = BTreeMap::<String, usize>::new();
    for order in replicas.sim.orders() {
        *copies.entry(order["external_id"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = (0..all).map(|number| (format!("CH-{number}"), 1)).collect();
    assert_eq!(copies, expected, "each order once");
    for (number, intent) in load.acknowledged.lock().unwrap().iter() {
        let path = format!("/v1/connections/{}/order-intents/{intent}", load.id);
        let there = replicas.servers[0].get(load.key, &path);
        let said = [&there["key"], &there["state"]];
        assert_eq!(said, [&json!(format!("key-{number}")), &json!("confirmed")], "{there:#}");
    }
    all
}

/// Runs a full pass to its end: what a deletion or a lost webhook left is put right by it.
fn full_pass_ends(replicas: &Replicas, load: &Load<'_>) {
    let (server, path) = (&replicas.servers[0], format!("/v1/connections/{}", load.id));
    assert_eq!(server.call(load.operator, "POST", &format!("{path}/sync"), &json!({ "full": true })).status, 202);
    wait_until("the full pass has ended", || {
        let runs = server.get(load.operator, &format!("{path}/runs"))["data"].clone();
        let newest = &runs[0];
        let is_full = newest["streams"].as_array().is_some_and(|all| all.iter().all(|stream| stream["mode"] == "full"));
        (newest["ended_at"].is_string() && is_full && newest["result"] == "ok").then_some(())
    });
}
