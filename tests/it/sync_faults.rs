//! Faults of the platform change how long a sync takes, never what it brings; an incomplete run never looks complete.

use e2e::{World, world};
use serde_json::{Value, json};

/// Most runs until a sync is complete.
const RUNS: usize = 6;

/// Syncs before these faults until a run is complete; gives how many runs it took. Nothing else may end 0.
fn sync_with(world: &World, connection: &str, faults: &Value, kinds: &[&str]) -> usize {
    world.sim.reset_stats();
    world.sim.faults(faults);
    for run in 1..=RUNS {
        let outcome = world.host.run(&["sync", connection, "--json"]);
        match outcome.code {
            0 => {
                assert_eq!(outcome.json()["run"]["result"], "ok", "{outcome:#?}");
                let stats = world.sim.stats();
                for kind in kinds {
                    assert!(stats["by_fault"][kind].as_u64() > Some(0), "no {kind} was injected: {stats:#}");
                }
                world.sim.faults(&json!([]));
                return run;
            }
            6 => assert!(outcome.error()["message"].as_str().unwrap().contains("deferred"), "{outcome:#?}"),
            7 => assert_ne!(outcome.json()["run"]["result"], "ok", "{outcome:#?}"),
            _ => panic!("{outcome:#?}"),
        }
    }
    panic!("no complete run before {faults}");
}

fn same_catalog_with(faults: &Value, kinds: &[&str], config: &str) {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    let expected = world.export(&id);
    let world = world.with_fresh_host();
    world.host.write("connector-host.toml", config);
    let id = world.connect();
    let runs = sync_with(&world, &id, faults, kinds);
    // What was left out of a partial run is read by the next full one.
    if runs > 1 {
        world.sync(&id, &["--full"]);
    }
    assert_eq!(world.export(&id), expected);
}

#[test]
fn too_many_requests() {
    same_catalog_with(&json!([{ "every": 5, "kind": "429", "times": 2 }]), &["429"], "");
}

#[test]
fn server_faults() {
    same_catalog_with(&json!([{ "every": 4, "kind": "500", "times": 3 }]), &["500"], "");
}

#[test]
fn answers_that_come_late_but_in_time() {
    same_catalog_with(&json!([{ "every": 3, "kind": "slow", "ms": 200, "times": 3 }]), &["slow"], "");
}

#[test]
fn answers_that_come_too_late() {
    let faults = json!([{ "at": [5, 11], "kind": "slow", "ms": 1_500 }]);
    same_catalog_with(&faults, &["slow"], "[network]\ntimeout_s = 1\n");
}

#[test]
fn answers_cut_short() {
    same_catalog_with(&json!([{ "every": 4, "kind": "truncated_json", "times": 3 }]), &["truncated_json"], "");
}

#[test]
fn connections_that_break() {
    same_catalog_with(&json!([{ "every": 4, "kind": "disconnect", "times": 3 }]), &["disconnect"], "");
}

#[test]
fn answers_with_some_fields_missing() {
    same_catalog_with(&json!([{ "every": 3, "kind": "partial_errors", "times": 4 }]), &["partial_errors"], "");
}

#[test]
fn everything_at_once() {
    let faults = json!([
        { "at": [2], "kind": "500" },
        { "at": [4], "kind": "429" },
        { "at": [6], "kind": "truncated_json" },
        { "at": [8], "kind": "disconnect" },
        { "at": [10], "kind": "partial_errors" },
        { "at": [12], "kind": "slow", "ms": 100 },
    ]);
    same_catalog_with(&faults, &["500", "429", "truncated_json", "disconnect"], "");
}

#[test]
fn a_store_that_stays_down_defers_the_run_and_keeps_what_was_read() {
    let world = World::small();
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let id = world.connect();
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "after": 6, "kind": "500" }]));
    let error = world.host.fails(&["sync", &id], 6);
    assert!(error["message"].as_str().unwrap().contains("what was read is kept"), "{error:#}");
    let before = world.export(&id);
    assert!(!before.is_empty());
    world.sim.faults(&json!([]));
    world.sync(&id, &[]);
    let after = world.export(&id);
    assert!(before.lines().all(|line| after.contains(line)) && after.lines().count() > before.lines().count());
}

#[test]
fn a_token_revoked_in_the_middle_stops_the_run_at_once() {
    let world = World::small();
    let id = world.connect();
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "at": [6], "kind": "revoke_token" }]));
    let error = world.host.fails(&["sync", &id], 3);
    assert_eq!(error["code"], "auth_invalid");
    assert!((7..=10).contains(&world.sim.requests()), "a refused token is tried once more, by a check");
    assert_eq!(world.host.json(&["connection", "show", &id])["health"]["status"], "reauth_required");
}

#[test]
fn a_stream_that_fails_each_time_does_not_keep_the_later_ones_from_being_read() {
    let world = World::small();
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let id = world.connect();
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "every": 1, "operation": "Prices", "kind": "500" }]));
    for _ in 0..2 {
        let outcome = world.host.run(&["sync", &id, "--json"]);
        assert_eq!(outcome.code, 7, "{outcome:#?}");
        let run = outcome.json()["run"].clone();
        assert_eq!(world::stream(&run, "prices")["state"], "failed", "{run:#}");
        assert_eq!(world::stream(&run, "inventory")["state"], "done", "{run:#}");
        assert_eq!(world::stream(&run, "orders")["state"], "done", "{run:#}");
    }
    world.sim.faults(&json!([]));
    world.sync(&id, &[]);
}
