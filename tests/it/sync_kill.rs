//! `kill -9` at any moment: the next run goes on from the last page, and the catalog is the same.

use e2e::{World, wait::wait_until};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

/// Lets the dead process's lease run out, as it does by itself after half a minute.
fn let_the_lease_run_out(world: &World) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(world.host.database());
        let mut database = options.connect().await.unwrap();
        sqlx::query("UPDATE sync_lease SET until_ms = 0").execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
}

/// A store of some sixty pages, each slow enough to be hit.
fn slow_store() -> World {
    World::start(&["--seed", "large", "--products", "600"])
}

fn slow_down(world: &World) {
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 10 }]));
}

/// Starts a sync and kills it as soon as the store has been asked `count` times.
fn kill_at(world: &World, connection: &str, count: u64) {
    let mut sync = world.host.start(&["sync", connection]);
    wait_until("the sync has got so far", || {
        assert!(!sync.has_ended(), "the sync ended before it could be killed");
        (world.sim.requests() >= count).then_some(())
    });
    sync.kill();
}

#[test]
fn killed_anywhere_nothing_is_lost_or_doubled_and_at_most_one_page_is_read_again() {
    let mut world = slow_store();
    let id = world.connect();
    slow_down(&world);
    world.sync(&id, &[]);
    let (expected, undisturbed) = (world.export(&id), world.sim.requests());
    // In the first small stream, between streams, in offers, in prices, in stock, at the very end.
    for moment in [1, 4, 12, 15, 24, undisturbed - 10, undisturbed] {
        world = world.with_fresh_host();
        let id = world.connect();
        slow_down(&world);
        kill_at(&world, &id, moment);
        let_the_lease_run_out(&world);
        let run = world.sync(&id, &[]);
        assert_eq!(run["resumed"], 1, "killed at {moment}");
        assert_eq!(world.export(&id), expected, "killed at {moment}");
        let asked = world.sim.requests();
        assert!(asked <= undisturbed + 1, "killed at {moment}: {asked} requests, undisturbed {undisturbed}");
        assert_eq!(world.host.run(&["doctor"]).code, 0, "killed at {moment}");
    }
}

#[test]
fn killed_again_and_again_it_gets_there() {
    let world = slow_store();
    let id = world.connect();
    slow_down(&world);
    world.sync(&id, &[]);
    let (expected, undisturbed) = (world.export(&id), world.sim.requests());
    let world = world.with_fresh_host();
    let id = world.connect();
    slow_down(&world);
    let moments = [9, 18, 27, 36, 45];
    for moment in moments {
        kill_at(&world, &id, moment);
        let_the_lease_run_out(&world);
    }
    let run = world.sync(&id, &[]);
    assert_eq!(run["resumed"], moments.len());
    assert_eq!(world.export(&id), expected);
    assert!(world.sim.requests() <= undisturbed + moments.len() as u64);
}

#[test]
fn until_the_lease_has_run_out_nobody_else_syncs_and_the_reader_still_reads() {
    let world = slow_store();
    let id = world.connect();
    slow_down(&world);
    kill_at(&world, &id, 15);
    let error = world.host.fails(&["sync", &id], 8);
    assert_eq!(error["code"], "busy");
    assert!(error["message"].as_str().unwrap().contains("is being synced by process"), "{error:#}");
    assert!(!world.export(&id).is_empty());
}

#[test]
fn two_syncs_of_one_connection_do_not_run_at_once() {
    let world = slow_store();
    let id = world.connect();
    slow_down(&world);
    let first = world.host.start(&["sync", &id, "--json"]);
    wait_until("the first sync is at work", || (world.sim.requests() >= 3).then_some(()));
    assert_eq!(world.host.fails(&["sync", &id], 8)["code"], "busy");
    let outcome = first.end();
    assert_eq!(outcome.code, 0, "{outcome:#?}");
}

#[test]
fn killed_in_a_full_pass_what_is_gone_is_retired_by_the_run_that_ends_it() {
    let world = slow_store();
    let id = world.connect();
    world.sync(&id, &[]);
    world.sim.remove("display", 7);
    slow_down(&world);
    let mut sync = world.host.start(&["sync", &id, "--full"]);
    wait_until("the sync has got so far", || {
        assert!(!sync.has_ended(), "the sync ended before it could be killed");
        (world.sim.requests() >= 13).then_some(())
    });
    sync.kill();
    let live = |world: &World| world.host.json(&["catalog", "show", &id, "7"])["offer"]["id"].is_string();
    assert!(live(&world), "half a pass retires nothing");
    let_the_lease_run_out(&world);
    world.sync(&id, &[]);
    assert!(!world.export(&id).contains("{\"stream\":\"offers\",\"data\":{\"id\":\"7\","), "the whole pass does");
}
