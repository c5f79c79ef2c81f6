//! Several hosts over one PostgreSQL database: one is killed, one stands still, and no other can tell by what it does.

use std::{
    thread,
    time::{Duration, Instant},
};

use e2e::{
    Sim, World, order_desk,
    replicas::Replicas,
    wait::wait_until,
    world::{records, stream},
};
use serde_json::{Value, json};

/// Seconds a claim holds.
const LEASE_S: u64 = 2;
const QUICK: &str = "[server]\nsync_every_min = 0\n[advanced]\nlease_s = 2\nwebhook_settle_ms = 10\n";
/// A claim that nobody gives back holds longer than a test waits.
const LONG_LEASE: &str = "[server]\nsync_every_min = 0\n[advanced]\nlease_s = 120\nwebhook_settle_ms = 10\n";
const ALL: [&str; 3] = ["all"; 3];

/// A store of some sixty pages.
fn large() -> Sim {
    Sim::start(&["--seed", "large", "--products", "600", "--order-api-secret", order_desk::SECRET])
}

fn small() -> Sim {
    Sim::start(&["--seed", "small", "--order-api-secret", order_desk::SECRET])
}

/// From now on requests are counted, and each takes so long that a sync can be hit.
fn slow_down(sim: &Sim) {
    sim.reset_stats();
    sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 25 }]));
}

/// What an undisturbed host on its own has of the same store.
fn undisturbed(sim: Sim) -> (Sim, String) {
    let world = World { sim, host: e2e::world::fresh_host() };
    let id = world.add(&world.credentials()).json()["id"].as_str().unwrap().to_owned();
    world.sync(&id, &[]);
    let export = world.export(&id);
    (world.sim, export)
}

/// The newest run of a connection, as this replica shows it, once it has ended.
fn ended(replicas: &Replicas, number: usize, key: &str, id: &str) -> Value {
    replicas.servers[number].synced(key, id)
}

#[test]
fn a_sync_goes_on_at_another_replica_when_its_own_is_killed() {
    let (sim, expected) = undisturbed(large());
    let replicas = Replicas::start(sim, &ALL, QUICK);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    slow_down(&replicas.sim);
    let reads = |count: u64| {
        wait_until("the sync has got so far", || (replicas.sim.requests() >= count).then_some(()));
        wait_until("somebody syncs", || replicas.at_work(&id))
    };
    let first = reads(20);
    replicas.servers[first].kill();
    let killed = Instant::now();
    let second = wait_until("another goes on", || replicas.at_work(&id).filter(|replica| *replica != first));
    let took = killed.elapsed();
    eprintln!("taken over after {} ms", took.as_millis());
    assert!(took < Duration::from_secs(LEASE_S + 2), "a claim holds {LEASE_S} s: {took:?}");
    let run = ended(&replicas, second, &channel.key, &id);
    assert_eq!((&run["result"], &run["resumed"]), (&json!("ok"), &json!(1)), "{run:#}");
    assert_eq!(replicas.export(&id), expected);
}

#[test]
fn a_replica_that_stood_still_writes_nothing_when_it_wakes() {
    let (sim, expected) = undisturbed(large());
    let replicas = Replicas::start(sim, &ALL, QUICK);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    slow_down(&replicas.sim);
    wait_until("the sync has got so far", || (replicas.sim.requests() >= 20).then_some(()));
    let first = wait_until("somebody syncs", || replicas.at_work(&id));
    replicas.servers[first].pause();
    let second = wait_until("another goes on", || replicas.at_work(&id).filter(|replica| *replica != first));
    let run = ended(&replicas, second, &channel.key, &id);
    assert_eq!((&run["result"], &run["resumed"]), (&json!("ok"), &json!(1)), "{run:#}");
    let row = |name: &str| stream(&run, name)["pages"].clone();
    let pages = (row("offers"), row("prices"), row("inventory"));
    replicas.servers[first].resume();
    wait_until("it is awake", || {
        let log = std::fs::read_to_string(replicas.hosts[first].folder().join("log")).unwrap();
        log.contains("took over").then_some(())
    });
    let run = replicas.servers[first].get(&channel.key, &format!("/v1/connections/{id}/runs"))["data"].clone();
    let newest = &run[0];
    let row = |name: &str| stream(newest, name)["pages"].clone();
    assert_eq!((row("offers"), row("prices"), row("inventory")), pages, "it has written nothing");
    assert_eq!((run.as_array().unwrap().len(), &newest["result"]), (1, &json!("ok")), "{run:#}");
    assert_eq!(replicas.export(&id), expected);
}

#[test]
fn a_replica_that_is_shut_down_gives_its_claims_back() {
    let (sim, expected) = undisturbed(large());
    let replicas = Replicas::start(sim, &["all"; 2], LONG_LEASE);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    slow_down(&replicas.sim);
    wait_until("the sync has got so far", || (replicas.sim.requests() >= 20).then_some(()));
    let first = wait_until("somebody syncs", || replicas.at_work(&id));
    let begun = Instant::now();
    assert!(replicas.servers[first].terminate());
    let run = ended(&replicas, 1 - first, &channel.key, &id);
    assert_eq!(run["result"], "ok", "{run:#}");
    assert!(begun.elapsed() < Duration::from_mins(1), "it did not wait for the claim's end");
    assert_eq!(replicas.export(&id), expected);
}

#[test]
fn an_order_that_is_submitted_at_two_replicas_is_placed_once() {
    let replicas = Replicas::start(small(), &["all"; 2], QUICK);
    let channel = replicas.servers[0].channel("Channel");
    let id = replicas.connect(0, &channel);
    assert_eq!(ended(&replicas, 1, &channel.key, &id)["result"], "ok");
    let sold = order_desk::sold(&replicas.export(&id));
    let path = format!("/v1/connections/{id}/orders");
    for number in 0..10 {
        let (key, order) = (format!("key-{number}"), order_desk::order(&sold, &format!("CH-{number}")));
        let answers: Vec<_> = thread::scope(|scope| {
            let place = |server: &'_ e2e::api::Server| server.call_once(&channel.key, &path, &key, &order).unwrap();
            let both: Vec<_> = replicas.servers.iter().map(|server| scope.spawn(move || place(server))).collect();
            both.into_iter().map(|answer| answer.join().unwrap()).collect()
        });
        let placed: Vec<_> = answers.iter().filter(|answer| answer.status == 201).map(e2e::api::Answer::json).collect();
        let refused = answers.iter().filter(|answer| answer.status == 409).map(|answer| answer.json()["code"].clone());
        let refused: Vec<_> = refused.collect();
        assert!(!placed.is_empty() && placed.len() + refused.len() == 2, "{answers:#?}");
        assert!(refused.iter().all(|code| *code == "in_flight"), "{answers:#?}");
        assert!(placed.iter().all(|intent| intent["id"] == placed[0]["id"]), "{answers:#?}");
        assert_eq!(replicas.sim.orders().len(), number + 1, "once in the store");
    }
}

#[test]
fn what_one_replica_acknowledges_another_applies() {
    let replicas = Replicas::start(small(), &["web", "worker"], QUICK);
    let [web, worker] = &replicas.servers[..] else { panic!("two replicas") };
    let channel = web.channel("Channel");
    let id = replicas.connect(0, &channel);
    assert_eq!(ended(&replicas, 0, &channel.key, &id)["result"], "ok");
    for path in ["/livez", "/readyz", "/version"] {
        assert_eq!(worker.send("GET", path, "", "").status, 200, "{path}");
    }
    let operator = format!("Bearer {}", replicas.operator);
    assert_eq!(worker.send("GET", "/metrics", &operator, "").status, 200);
    for path in ["/v1/connections", "/dashboard/", "/connect/", "/webhooks/conn_1"] {
        assert_eq!(worker.send("GET", path, &operator, "").problem().0, 404, "{path}");
    }
    let url = format!("{}/webhooks/{id}", web.address);
    let plugin = json!({ "url": url, "secret": order_desk::WEBHOOK_SECRET, "retries": 3, "retry_pause_ms": 200 });
    replicas.sim.webhooks(&json!([plugin]));
    let titles = || records(&replicas.export(&id), "offers").iter().map(|offer| offer["title"].to_string()).collect();
    for _ in 0..3 {
        let before: Vec<String> = titles();
        replicas.sim.touch("display", 1);
        let sent = replicas.sim.drain_webhooks();
        assert!(sent.to_string().contains("\"dropped\":0"), "{sent:#}");
        let acknowledged = Instant::now();
        wait_until("the offer has changed", || (titles() != before).then_some(()));
        eprintln!("applied {} ms after its acknowledgement", acknowledged.elapsed().as_millis());
    }
    let progress = web.get(&channel.key, &format!("/v1/connections/{id}/runs"));
    assert_eq!(progress["data"][0]["result"], "ok", "the worker has run it: {progress:#}");
}

#[test]
fn credentials_that_one_replica_takes_are_used_by_the_other() {
    let replicas = Replicas::start(small(), &["all"; 2], QUICK);
    let [one, other] = &replicas.servers[..] else { panic!("two replicas") };
    let channel = one.channel("Channel");
    let id = replicas.connect(0, &channel);
    assert_eq!(ended(&replicas, 1, &channel.key, &id)["result"], "ok");
    let sold = order_desk::sold(&replicas.export(&id));
    let place = |server: &e2e::api::Server, number: u32| {
        let order = order_desk::order(&sold, &format!("CH-{number}"));
        let key = format!("key-{number}");
        let placed = server.call_once(&channel.key, &format!("/v1/connections/{id}/orders"), &key, &order).unwrap();
        assert_eq!(placed.status, 201, "{placed:#?}");
    };
    // Both have the connector open with what was true at first.
    place(one, 1);
    place(other, 2);
    let made = one.call(&replicas.operator, "POST", &format!("/v1/connections/{id}/reauth-link"), &json!({}));
    assert_eq!(made.status, 201, "{made:#?}");
    let link = format!("Connect {}", made.json()["url"].as_str().unwrap().split_once('#').unwrap().1);
    replicas.sim.accept_token("the-new-token-4711");
    let credentials = json!({ "integration_api_token": "the-new-token-4711" });
    let result = one.check_with(&link, &credentials, &order_desk::settings());
    assert_eq!(result["ok"], true, "{result:#}");
    one.confirm(&link, &json!({}));
    place(other, 3);
    place(one, 4);
    let health = other.get(&channel.key, &format!("/v1/connections/{id}"))["health"].clone();
    assert_eq!(health["status"], "active", "nobody has tried the old token: {health:#}");
}

#[test]
fn checks_of_a_link_are_counted_by_all_replicas_together() {
    let replicas = Replicas::start(small(), &["all"; 2], QUICK);
    let channel = replicas.servers[0].channel("Channel");
    let link = replicas.servers[0].link(&channel, &json!({}));
    let body = json!({ "credentials": replicas.credentials(), "settings": {} });
    let check = |number: usize| replicas.servers[number % 2].page(&link, "POST", "check", &body);
    for number in 0..5 {
        assert_eq!(check(number).status, 200);
    }
    for number in 0..2 {
        assert_eq!(check(number).problem(), (429, "too_many_checks".to_owned()));
    }
}
