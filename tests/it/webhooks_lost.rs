//! Deliveries lost, doubled and out of order, and a host that is killed again and again: after reconciliation the host has
//! what the store has, and nothing that was acknowledged is lost.

use e2e::{World, api::Server, wait::wait_until};
use serde_json::json;

const SECRET: &str = "wh00k-of-a-busy-store-Xy7";

/// How many changes; `WEBHOOK_CHANGES` in the environment for more.
fn changes() -> u32 {
    std::env::var_os("WEBHOOK_CHANGES").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(400)
}

#[test]
fn lost_doubled_and_shuffled_deliveries_and_five_kills_end_in_the_same_catalog() {
    let world = World::start(&["--seed", "large", "--products", "400"]);
    world.host.write("connector-host.toml", "[sync]\nlease_s = 1\n[webhooks]\nsettle_ms = 20\nlease_s = 3\n");
    let mut server = Server::start(&world.host);
    let operator = server.operator.clone();
    let channel = server.channel("Channel");
    let mut credentials = world.credentials();
    credentials["webhook_endpoint_secret"] = json!(SECRET);
    let id = server.connect(&channel, &json!({}), &credentials);
    server.synced(&channel.key, &id);

    let (rounds, seed) = (6, 11);
    let (mut acknowledged, mut lost) = (0, 0);
    for round in 0..rounds {
        let url = format!("{}/webhooks/{id}", server.address);
        world.sim.webhooks(&json!([{ "url": url, "secret": SECRET, "events_per_call": 5, "retries": 2,
            "retry_pause_ms": 20, "lose": 0.3, "double": 0.1, "shuffle": 50, "seed": seed + round }]));
        world.sim.change(changes() / rounds, u64::from(seed + round), &["display", "price", "stock"]);
        let plugins = world.sim.drain_webhooks();
        acknowledged += plugins[0]["counters"]["by_status"]["200"].as_u64().unwrap_or(0);
        lost += plugins[0]["counters"]["lost"].as_u64().unwrap();
        if round + 1 < rounds {
            // `kill -9`: some deliveries are not read yet, some entities are being read.
            drop(server);
            server = Server::start(&world.host);
        }
    }
    assert!(lost > 0, "nothing was lost: this shows nothing");
    let overview = |server: &Server| server.get(&operator, &format!("/v1/connections/{id}/webhooks"));
    let settled = wait_until("everything that came is worked off", || {
        let now = overview(&server);
        let rest = ["waiting_deliveries", "waiting_entities"].map(|name| now[name].as_u64().unwrap());
        (rest == [0, 0]).then_some(now)
    });
    let kept = settled["accepted"].as_u64().unwrap() + settled["duplicates"].as_u64().unwrap();
    assert!(kept >= acknowledged, "{kept} were kept of {acknowledged} that were acknowledged");
    assert_eq!((&settled["dead_deliveries"], &settled["dead_entities"]), (&json!(0), &json!(0)), "{settled:#}");
    drop(server);

    let synced = world.sync(&id, &["--full"]);
    assert_eq!(synced["result"], "ok");
    let server = Server::start(&world.host);
    let after = overview(&server);
    let drift = |way: &str| -> u64 {
        let counts = after["changes"].as_array().unwrap().iter().filter(|count| count["way"] == way);
        counts.map(|count| count["unannounced"].as_u64().unwrap()).sum()
    };
    assert!(drift("reconcile") > 0, "what was lost is found by the full pass: {after:#}");
    assert_eq!(drift("webhook"), 0);
    drop(server);
    let reconciled = world.export(&id);
    let fresh = world.with_fresh_host();
    let twin = fresh.connect();
    fresh.sync(&twin, &[]);
    assert_eq!(reconciled, fresh.export(&twin), "host and store differ after reconciliation");
}
