//! `kill -9` at any moment: the next run goes on from the last page, and the catalog is the same.

use std::collections::BTreeMap;

use e2e::{World, api::Server, host::Running, wait::wait_until, world};
use serde_json::{Value, json};

/// A store of some sixty pages.
fn store() -> World {
    with_short_lease(World::start(&["--seed", "large", "--products", "600"]))
}

/// The lease of a killed process runs out after a second instead of half a minute.
fn with_short_lease(world: World) -> World {
    world.host.write("connector-host.toml", "[advanced]\nlease_s = 1\n");
    world
}

/// From now on requests are counted, and each takes so long that it can be hit.
fn slow_down(world: &World) {
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 10 }]));
}

/// Waits until the store has been asked `count` times.
fn wait_for_requests(world: &World, sync: &mut Running, count: u64) {
    wait_until("the sync has got so far", || {
        assert!(!sync.has_ended(), "the sync ended before it had asked {count} times");
        (world.sim.requests() >= count).then_some(())
    });
}

/// Starts a sync and kills it as soon as the store has been asked `count` times.
fn kill_at(world: &World, connection: &str, count: u64) {
    let mut sync = world.host.start(&["sync", connection]);
    wait_for_requests(world, &mut sync, count);
    sync.kill();
}

/// Requests by operation.
fn asked(world: &World) -> BTreeMap<String, u64> {
    let stats = world.sim.stats();
    let counts = stats["by_operation"].as_object().unwrap().iter();
    counts.map(|(operation, count)| (operation.clone(), count.as_u64().unwrap())).collect()
}

/// Pages committed, by stream.
fn pages(run: &Value) -> BTreeMap<String, u64> {
    let streams = run["streams"].as_array().unwrap().iter();
    streams.map(|stream| (stream["stream"].to_string(), stream["pages"].as_u64().unwrap())).collect()
}

/// Panics unless all that was asked beyond `undisturbed` are the requests of two pages of one stream: the one that was being stored,
/// and the one that was being fetched meanwhile.
fn at_most_two_pages_again(asked: &BTreeMap<String, u64>, undisturbed: &BTreeMap<String, u64>, moment: u64) {
    let again: BTreeMap<_, _> = asked
        .iter()
        .map(|(operation, count)| (operation.as_str(), count - undisturbed.get(operation).copied().unwrap_or(0)))
        .filter(|(_, more)| *more > 0)
        .collect();
    // What pages of a stream may take.
    let of_one_stream: [&[&str]; 5] = [
        &["Markets", "Warehouses"],
        // What campaigns take off is kept in memory, and refetched.
        &["Prices", "Pricelists", "Campaigns", "CampaignRows"],
        &["Stock", "StockPlan", "Warehouses", "Markets", "Stores"],
        &["Offers", "SizeDetails"],
        &[],
    ];
    let is_one_stream = again.len() <= 1
        || of_one_stream.iter().any(|operations| again.keys().all(|operation| operations.contains(operation)));
    assert!(is_one_stream && again.values().all(|more| *more <= 2), "killed at {moment}, asked again: {again:?}");
}

#[test]
fn killed_anywhere_nothing_is_lost_or_doubled_and_at_most_two_pages_are_refetched() {
    let mut world = store();
    let id = world.connect();
    slow_down(&world);
    let run = world.sync(&id, &[]);
    let (expected, undisturbed, committed) = (world.export(&id), asked(&world), pages(&run));
    let all: u64 = undisturbed.values().sum();
    // In the first small stream, between streams, in offers, in prices, in stock, at the very end.
    for moment in [1, 4, 12, 15, 24, all - 10, all] {
        world = with_short_lease(world.with_fresh_host());
        let id = world.connect();
        slow_down(&world);
        kill_at(&world, &id, moment);
        let run = world.sync(&id, &[]);
        assert_eq!(run["resumed"], 1, "killed at {moment}");
        assert_eq!(pages(&run), committed, "killed at {moment}");
        assert_eq!(world.export(&id), expected, "killed at {moment}");
        at_most_two_pages_again(&asked(&world), &undisturbed, moment);
        assert_eq!(world.host.run(&["doctor"]).code, 0, "killed at {moment}");
    }
}

#[test]
fn killed_again_and_again_it_gets_there() {
    let world = store();
    let id = world.connect();
    slow_down(&world);
    world.sync(&id, &[]);
    let (expected, undisturbed) = (world.export(&id), world.sim.requests());
    let world = with_short_lease(world.with_fresh_host());
    let id = world.connect();
    slow_down(&world);
    let moments = [13, 22, 31, 40, 49];
    for moment in moments {
        kill_at(&world, &id, moment);
    }
    let run = world.sync(&id, &[]);
    assert_eq!(run["resumed"], moments.len());
    assert_eq!(world.export(&id), expected);
    let asked = world.sim.requests();
    // Two pages each, of which one may take two requests.
    let most = undisturbed + 4 * moments.len() as u64;
    assert!(asked <= most, "{asked} requests; {undisturbed} undisturbed");
}

#[test]
fn killed_in_a_pass_in_which_nothing_changed_few_pages_are_refetched_and_nothing_is_deleted() {
    let world = store();
    let id = world.connect();
    world.sync(&id, &[]);
    let expected = world.export(&id);
    slow_down(&world);
    let undisturbed = unchanged(&world.sync(&id, &["--full"]));
    let all = world.sim.requests();
    for moment in [12, 30, all - 8] {
        slow_down(&world);
        let mut sync = world.host.start(&["sync", &id, "--full"]);
        wait_for_requests(&world, &mut sync, moment);
        sync.kill();
        let run = world.sync(&id, &[]);
        assert_eq!((&run["resumed"], unchanged(&run)), (&json!(1), undisturbed), "killed at {moment}");
        assert_eq!(world.export(&id), expected, "killed at {moment}");
        // Sixteen that were not noted yet, and one that was fetched ahead.
        let asked = world.sim.requests();
        assert!(asked <= all + 17, "killed at {moment}: {asked} requests, {all} undisturbed");
    }
}

/// Rows of the catalog that a run found unchanged; it found no others.
fn unchanged(run: &Value) -> u64 {
    let streams = run["streams"].as_array().unwrap().iter();
    let catalog =
        streams.filter(|stream| ["offers", "prices", "inventory"].contains(&stream["stream"].as_str().unwrap()));
    catalog.fold(0, |sum, stream| {
        assert_eq!((&stream["upserted"], &stream["deleted"]), (&json!(0), &json!(0)), "{stream:#}");
        sum + stream["unchanged"].as_u64().unwrap()
    })
}

#[test]
fn while_a_sync_is_at_work_another_is_refused_and_readers_read() {
    let world = store();
    let id = world.connect();
    world.sim.reset_stats();
    world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 100 }]));
    let mut first = world.host.start(&["sync", &id, "--json"]);
    wait_for_requests(&world, &mut first, 3);
    // It waits for a lease that a dead process may have left, until it sees the other alive.
    let error = world.host.fails(&["sync", &id], 8);
    assert_eq!(error["code"], "busy");
    assert!(error["message"].as_str().unwrap().contains("is being synced by another process"), "{error:#}");
    assert!(!world.export(&id).is_empty());
    let outcome = first.end();
    assert_eq!((outcome.code, outcome.json()["run"]["result"].as_str()), (0, Some("ok")), "{outcome:#?}");
}

#[test]
fn killed_in_a_full_pass_what_is_gone_is_deleted_by_the_run_that_ends_it() {
    let world = store();
    let id = world.connect();
    world.sync(&id, &[]);
    world.sim.remove("display", 7);
    slow_down(&world);
    let mut sync = world.host.start(&["sync", &id, "--full"]);
    wait_for_requests(&world, &mut sync, 13);
    sync.kill();
    assert_eq!(world.host.json(&["catalog", "show", &id, "7"])["offer"]["id"], "7", "half a pass deletes nothing");
    world.sync(&id, &[]);
    let offers = world::records(&world.export(&id), "offers");
    assert!(offers.len() == 599 && offers.iter().all(|offer| offer["id"] != "7"), "the whole pass does");
}

#[test]
fn a_host_that_was_killed_in_a_sync_goes_on_with_it_as_soon_as_its_claim_has_run_out() {
    let world = store();
    let id = world.connect();
    slow_down(&world);
    let server = Server::start(&world.host);
    let key = server.operator.clone();
    let asked = server.call(&key, "POST", &format!("/v1/connections/{id}/sync"), &json!({}));
    assert_eq!(asked.status, 202, "{asked:#?}");
    wait_until("the sync has got so far", || (world.sim.requests() >= 15).then_some(()));
    server.kill();
    let server = Server::start(&world.host);
    // Within the minute that anything may take: the claim is the lease's second, not a time of its own.
    let run = server.synced(&key, &id);
    assert_eq!((&run["result"], &run["resumed"]), (&json!("ok"), &json!(1)), "{run:#}");
}

#[test]
fn a_host_that_was_killed_in_a_sync_waits_for_no_claim_of_its_own() {
    let world = World::start(&["--seed", "large", "--products", "600"]).in_file();
    world.host.write("connector-host.toml", "[advanced]\nlease_s = 300\n");
    let id = world.connect();
    slow_down(&world);
    let server = Server::start(&world.host);
    let key = server.operator.clone();
    let asked = server.call(&key, "POST", &format!("/v1/connections/{id}/sync"), &json!({}));
    assert_eq!(asked.status, 202, "{asked:#?}");
    wait_until("the sync has got so far", || (world.sim.requests() >= 15).then_some(()));
    server.kill();
    let server = Server::start(&world.host);
    // Within the minute that anything may take, where the claim holds for five.
    let run = server.synced(&key, &id);
    assert_eq!((&run["result"], &run["resumed"]), (&json!("ok"), &json!(1)), "{run:#}");
}
