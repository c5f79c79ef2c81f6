//! Deliveries lost, doubled and out of order, and a host that is killed again and again: after reconciliation the host has
//! what the store has, nothing that was acknowledged is lost, and the channel has received every change.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use e2e::{
    World,
    api::Server,
    receiver::Receiver,
    truth,
    wait::{wait_until, wait_while_it_moves},
};
use serde_json::{Value, json};

use crate::events::{endpoint, readable, verify};

const SECRET: &str = "wh00k-of-a-busy-store-Xy7";

/// How many changes; `WEBHOOK_CHANGES` in the environment for more.
fn changes() -> u32 {
    std::env::var_os("WEBHOOK_CHANGES").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(400)
}

/// What the channel receives, each delivery verified on arrival.
struct Ear {
    receiver: Receiver,
    secret: String,
    /// Bodies by id.
    events: BTreeMap<String, String>,
    deliveries: usize,
}

impl Ear {
    fn listen(&mut self) {
        for delivery in self.receiver.take() {
            verify(&delivery, &self.secret);
            let id = delivery.header("webhook-id").to_owned();
            assert_eq!(delivery.event()["id"], json!(id));
            let before = self.events.insert(id, delivery.body.clone());
            assert!(before.is_none_or(|before| before == delivery.body), "another event has this id: {delivery:#?}");
            self.deliveries += 1;
        }
    }

    /// Waits until every event that can be read has been received.
    fn receive_all(&mut self, server: &Server, key: &str) {
        let reported = readable(server, key, 250);
        wait_while_it_moves("the channel has received everything", || {
            self.listen();
            let left = reported.iter().filter(|id| !self.events.contains_key(*id)).count();
            (left > 0).then_some(left)
        });
    }

    /// How many events there are of each type; each has a place of its own in their order.
    fn by_type(&self) -> BTreeMap<String, u32> {
        let (mut counts, mut places) = (BTreeMap::new(), BTreeSet::new());
        for body in self.events.values() {
            let event: Value = serde_json::from_str(body).unwrap();
            *counts.entry(event["type"].as_str().unwrap().to_owned()).or_default() += 1;
            assert!(places.insert(event["sequence"].to_string()), "two ids for one event: {event:#}");
        }
        counts
    }
}

#[test]
fn lost_doubled_and_shuffled_deliveries_and_five_kills_end_in_the_same_catalog() {
    let began = Instant::now();
    let world = World::start(&["--seed", "large", "--products", "400"]);
    let quick = "[advanced]\nwebhook_settle_ms = 20\nlease_s = 3\n";
    world.host.write("connector-host.toml", quick);
    let mut server = Server::start(&world.host);
    let operator = server.operator.clone();
    let channel = server.channel("Channel");
    let receiver = Receiver::start();
    let (_, secret) = endpoint(&server, &channel, &receiver, &[]);
    let mut ear = Ear { receiver, secret, events: BTreeMap::new(), deliveries: 0 };
    let mut credentials = world.credentials();
    credentials["webhook_endpoint_secret"] = json!(SECRET);
    let id = server.connect(&channel, &json!({}), &credentials);
    server.synced(&channel.key, &id);

    let (rounds, seed) = (6, 11);
    let (mut acknowledged, mut lost, mut doubled) = (0, 0, 0);
    for round in 0..rounds {
        let url = format!("{}/webhooks/{id}", server.address);
        world.sim.webhooks(&json!([{ "url": url, "secret": SECRET, "events_per_call": 5, "retries": 2,
            "retry_pause_ms": 20, "lose": 0.3, "double": 0.1, "shuffle": 50, "seed": seed + round }]));
        world.sim.change(changes() / rounds, u64::from(seed + round), &["display", "price", "stock"]);
        let plugins = world.sim.drain_webhooks();
        let count = |name: &str| plugins[0]["counters"][name].as_u64().unwrap();
        (lost, doubled) = (lost + count("lost"), doubled + count("doubled"));
        acknowledged += plugins[0]["counters"]["by_status"]["200"].as_u64().unwrap_or(0);
        ear.listen();
        if round + 1 < rounds {
            // `kill -9`: some deliveries are not read yet, some entities are being read, some events are on their way.
            drop(server);
            server = Server::start(&world.host);
        }
    }
    assert!(lost > 0 && doubled > 0, "nothing was lost or doubled: this shows nothing");
    let overview = |server: &Server| server.get(&operator, &format!("/v1/connections/{id}/webhooks"));
    wait_while_it_moves("everything that came is worked off", || {
        ear.listen();
        let now = overview(&server);
        let left = ["waiting_deliveries", "waiting_entities"].map(|name| now[name].as_u64().unwrap());
        (left != [0, 0]).then_some(left)
    });
    let settled = overview(&server);
    let kept = settled["accepted"].as_u64().unwrap() + settled["duplicates"].as_u64().unwrap();
    assert!(kept >= acknowledged, "{kept} were kept of {acknowledged} that were acknowledged");
    assert_eq!(
        (&settled["dead_lettered_deliveries"], &settled["dead_lettered_entities"]),
        (&json!(0), &json!(0)),
        "{settled:#}"
    );

    let full = json!({ "full": true });
    let path = format!("/v1/connections/{id}");
    assert_eq!(server.call(&operator, "POST", &format!("{path}/sync"), &full).status, 202);
    let run = wait_until("the full pass has ended", || {
        let runs = server.get(&operator, &format!("{path}/runs"));
        runs["data"].as_array().unwrap().iter().find(|run| is_full(run)).cloned()
    });
    assert_eq!(run["result"], "ok", "{run:#}");
    ear.receive_all(&server, &channel.key);
    let after = overview(&server);
    let drift = |source: &str| -> u64 {
        let counts = after["changes"].as_array().unwrap().iter().filter(|count| count["source"] == source);
        counts.map(|count| count["drift"].as_u64().unwrap()).sum()
    };
    assert!(drift("reconcile") > 0, "what was lost is found by the full pass: {after:#}");
    assert_eq!(drift("webhook"), 0);
    drop(server);

    let reconciled = world.export(&id);
    let (store, host) = (truth::of_store(&world.sim), truth::of_export(&reconciled));
    assert_eq!(truth::differences(&store, &host), Vec::<String>::new());
    // A title, prices in up to four lists and stock in two places for each of five sizes.
    assert!(store.len() > 400 * 30, "{} facts of 400 products", store.len());
    let by_type = ear.by_type();
    for kind in ["offer.updated", "price.changed", "inventory.changed"] {
        assert!(by_type.keys().any(|own| own.ends_with(kind)), "no `{kind}` in {by_type:?}");
    }
    let fresh = world.with_fresh_host();
    let duplicate = fresh.connect();
    fresh.sync(&duplicate, &[]);
    assert_eq!(reconciled, fresh.export(&duplicate), "what came bit by bit differs from what is read at once");
    let (events, deliveries, facts) = (ear.events.len(), ear.deliveries, store.len());
    eprintln!(
        "{} changes in {} s: {acknowledged} deliveries acknowledged, {lost} lost, {doubled} doubled; {facts} titles, prices \
         and stock levels equal the store's; {events} events received, {} of them more than once; {by_type:?}",
        changes(),
        began.elapsed().as_secs(),
        deliveries - events
    );
}

/// Whether a run has ended that read everything.
fn is_full(run: &Value) -> bool {
    run["ended_at"].is_string() && run["trigger"] == "manual"
}
