//! How long a change in the store takes to its channel's endpoint, by what changed and by the way it is learnt of.

use std::time::{Duration, Instant};

use e2e::{World, api::Server, order_desk, receiver::Receiver, wait::wait_until};
use serde_json::{Value, json};

use super::{delivery::SECRET, median, row};

/// Changes of each kind.
const CHANGES: u64 = 15;

/// How a change is learnt of.
#[derive(Clone, Copy, PartialEq)]
enum ChangeSource {
    /// The store says.
    Webhook,
    /// A sync that is asked for as soon as the change is made.
    Sync(bool),
}

/// A store, a host and a channel that listens.
struct Scene {
    world: World,
    server: Server,
    receiver: Receiver,
    id: String,
    /// An order that is held and released again.
    order: i64,
    is_held: bool,
}

pub(super) fn rows() -> Vec<Value> {
    let mut rows = vec![];
    let mut scene = Scene::start();
    for (source, name) in [
        (ChangeSource::Webhook, "by webhook"),
        (ChangeSource::Sync(false), "by an increment asked for at once"),
        (ChangeSource::Sync(true), "by a full pass asked for at once"),
    ] {
        for kind in ["offer", "price", "stock", "order"] {
            // Prices move no time of change that an increment could ask for.
            if source == ChangeSource::Sync(false) && kind == "price" {
                continue;
            }
            let mut took: Vec<f64> = (0..CHANGES).map(|change| scene.one(kind, source, change)).collect();
            let longest = took.iter().copied().fold(0.0, f64::max);
            rows.push(row(&format!("{kind} to event, {name}: p50"), (median(&mut took), "ms"), None, None));
            rows.push(row(&format!("{kind} to event, {name}: longest"), (longest, "ms"), None, None));
        }
    }
    rows
}

impl Scene {
    fn start() -> Self {
        let world = World::start(&["--seed", "small", "--order-api-secret", order_desk::SECRET]);
        world.host.write("connector-host.toml", "[server]\nsync_every_min = 0\n");
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let receiver = Receiver::start();
        let request = json!({ "url": receiver.url(), "types": [], "description": "" });
        assert_eq!(server.call(&channel.key, "POST", "/v1/event-endpoints", &request).status, 201);
        let mut credentials = world.credentials();
        credentials["webhook_endpoint_secret"] = json!(SECRET);
        let link = server.link(&channel, &json!({}));
        assert_eq!(server.check_with(&link, &credentials, &order_desk::settings())["ok"], true);
        let id = server.confirm(&link, &json!({}))["connection_id"].as_str().unwrap().to_owned();
        server.synced(&channel.key, &id);
        let export = world.export(&id);
        let order = order_desk::order(&order_desk::sold(&export), "CH-1");
        let placed = server.call_once(&channel.key, &format!("/v1/connections/{id}/orders"), "key-1", &order).unwrap();
        assert_eq!(placed.status, 201, "{placed:#?}");
        let order = placed.json()["outcome"]["orders"][0]["number"].as_str().unwrap().parse().unwrap();
        Self { world, server, receiver, id, order, is_held: false }
    }

    /// Makes one change; milliseconds until an event of it has come.
    fn one(&mut self, kind: &str, source: ChangeSource, change: u64) -> f64 {
        let url = format!("{}/webhooks/{}", self.server.address, self.id);
        let plugin = |version: &str| json!({ "url": url, "secret": SECRET, "version": version });
        let plugins = if source == ChangeSource::Webhook {
            json!([plugin("storefront"), plugin("integration")])
        } else {
            json!([])
        };
        self.world.sim.webhooks(&plugins);
        self.quiet();
        let seed =
            change + 1_000 * u64::from(kind.as_bytes()[0]) + if source == ChangeSource::Webhook { 0 } else { 500 };
        let begun = Instant::now();
        let wanted = match kind {
            "offer" => {
                self.world.sim.touch("display", 1);
                "offer.updated"
            }
            "price" => {
                self.world.sim.change(10, seed, &["price"]);
                "price.changed"
            }
            "stock" => {
                self.world.sim.change(10, seed, &["stock"]);
                "inventory.changed"
            }
            _ => {
                self.is_held = !self.is_held;
                self.world.sim.work(self.order, if self.is_held { "hold" } else { "release" });
                "order.updated"
            }
        };
        if let ChangeSource::Sync(full) = source {
            let path = format!("/v1/connections/{}/sync", self.id);
            let asked = self.server.call(&self.server.operator, "POST", &path, &json!({ "full": full }));
            assert_eq!(asked.status, 202, "{asked:#?}");
        }
        wait_until(&format!("{wanted} is received"), || self.receiver.accepted(&[wanted]).pop());
        begun.elapsed().as_secs_f64() * 1e3
    }

    /// Waits until nothing of the last change is on its way any more, and forgets what came.
    fn quiet(&self) {
        let path = format!("/v1/connections/{}", self.id);
        wait_until("nothing is in progress", || {
            let webhooks = self.server.get(&self.server.operator, &format!("{path}/webhooks"));
            let runs = self.server.get(&self.server.operator, &format!("{path}/runs"));
            let at_work = runs["data"].as_array().unwrap().iter().any(|run| run["ended_at"].is_null());
            let waits = ["waiting_deliveries", "waiting_entities"].iter().any(|name| webhooks[*name] != 0);
            (!at_work && !waits).then_some(())
        });
        // Events that are written already are sent within moments.
        let mut before = usize::MAX;
        while before != self.receiver.deliveries().len() {
            before = self.receiver.deliveries().len();
            e2e::wait::park(Duration::from_millis(500));
        }
        self.receiver.take();
    }
}
