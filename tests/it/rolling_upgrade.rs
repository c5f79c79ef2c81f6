//! A new version takes over under load: first the schema, then one replica after the other. No request fails.
//!
//! Both versions are the program that was built, as none was released before; what the next one adds to the schema is made up: a
//! column in each table.

use std::{
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use e2e::{
    Sim,
    api::exchange,
    balancer::Balancer,
    order_desk::{self, WEBHOOK_SECRET},
    replicas::Replicas,
    wait::{park, wait_until},
};
use serde_json::{Value, json};

const CONFIG: &str = "[server]\nsync_every_min = 0\n[advanced]\nserver_drain_s = 2\nwebhook_settle_ms = 10\n";
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests through the balancer, each sent once.
struct Load<'a> {
    address: &'a str,
    key: &'a str,
    ends: AtomicBool,
    answered: AtomicUsize,
    failed: Mutex<Vec<String>>,
}

impl Load<'_> {
    fn send(&self, method: &str, path: &str, key: &str, body: &Value, expected: u16) {
        let headers = format!("authorization: Bearer {}\r\nidempotency-key: {key}\r\n", self.key);
        let body = if method == "GET" { String::new() } else { body.to_string() };
        match exchange(self.address, method, path, &headers, &body, Some(PATIENCE)) {
            Ok(answer) if answer.status == expected => _ = self.answered.fetch_add(1, Ordering::Relaxed),
            other => self.failed.lock().unwrap().push(format!("{method} {path}: {other:?}")),
        }
    }

    fn repeat(&self, send: impl Fn(usize)) {
        for number in 0.. {
            if self.ends.load(Ordering::Relaxed) {
                return;
            }
            send(number);
        }
    }

    /// Waits for so many more answers.
    fn more(&self, answers: usize) {
        let until = self.answered.load(Ordering::Relaxed) + answers;
        wait_until("requests are answered", || {
            let failed = !self.failed.lock().unwrap().is_empty();
            (failed || self.answered.load(Ordering::Relaxed) >= until).then_some(())
        });
    }
}

/// Ends the load when it is dropped, also by a failure.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn no_request_fails_while_schema_and_replicas_are_replaced() {
    let sim = Sim::start(&["--seed", "small", "--order-api-secret", order_desk::SECRET]);
    let mut replicas = Replicas::start(sim, &["all"; 2], CONFIG);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    assert_eq!(replicas.servers[1].synced(&channel.key, &id)["result"], "ok");
    let sold = order_desk::sold(&replicas.export(&id));
    let balancer = Balancer::start();
    for server in &replicas.servers {
        balancer.add(&server.address);
    }
    let url = format!("{}/webhooks/{id}", balancer.address);
    replicas.sim.webhooks(&json!([{ "url": url, "secret": WEBHOOK_SECRET, "events_per_call": 1, "retries": 0 }]));
    let load = Load {
        address: &balancer.address,
        key: &channel.key,
        ends: AtomicBool::new(false),
        answered: AtomicUsize::new(0),
        failed: Mutex::default(),
    };
    let at = format!("/v1/connections/{id}");
    let store = replicas.sim.address.clone();
    thread::scope(|scope| {
        let _ends = End(&load.ends);
        scope.spawn(|| {
            load.repeat(|number| {
                let order = order_desk::order(&sold, &format!("CH-{number}"));
                load.send("POST", &format!("{at}/orders"), &format!("key-{number}"), &order, 201);
            });
        });
        scope.spawn(|| {
            let cart = order_desk::order(&sold, "quote")["cart"].clone();
            load.repeat(|_| load.send("POST", &format!("{at}/quotes"), "", &cart, 200));
        });
        scope.spawn(|| {
            load.repeat(|_| load.send("GET", &format!("{at}/catalog/offers?limit=5"), "", &Value::Null, 200));
        });
        scope.spawn(|| {
            load.repeat(|seed| {
                let change = json!({ "count": 2, "seed": seed, "kinds": ["display"] });
                exchange(&store, "POST", "/_sim/change", "", &change.to_string(), Some(PATIENCE)).unwrap();
                park(Duration::from_millis(50));
            });
        });
        load.more(50);
        replicas.add_a_column_to_each_table();
        load.more(50);
        for old in 0..2 {
            let address = replicas.add("all", CONFIG);
            balancer.add(&address);
            load.more(50);
            assert!(replicas.servers[old].terminate());
            load.more(50);
        }
    });
    let failed = load.failed.lock().unwrap().clone();
    assert!(failed.is_empty(), "{failed:#?}\n{}", errors(&replicas));
    let counters = &replicas.sim.drain_webhooks()[0]["counters"];
    let statuses = counters["by_status"].as_object().unwrap();
    assert!(statuses.len() == 1 && statuses.contains_key("200"), "{counters:#}\n{}", errors(&replicas));
    eprintln!("{} requests answered, {} webhooks accepted", load.answered.load(Ordering::Relaxed), statuses["200"]);
}

/// What the replicas say went wrong.
fn errors(replicas: &Replicas) -> String {
    let logs = replicas.hosts.iter().map(|host| fs::read_to_string(host.folder().join("log")).unwrap());
    let logs: Vec<_> = logs.collect();
    let lines = logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains("ERROR") || line.contains("WARN"));
    lines.collect::<Vec<_>>().join("\n")
}
