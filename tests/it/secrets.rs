//! Planted secrets stand in no file, no output and no log, in no spelling.

use e2e::{Outcome, World, planted::Planted};
use serde_json::json;

const TOKEN: &str = "t0ken/pl4nted+4bcdef&Zq8vX2";
const CHECKOUT: &str = "ch3ckout=pl4nted/Yk7+wR1";
const WEBHOOK: &str = "wh00k-pl4nted+Xj5/uT9%";

fn planted() -> [Planted; 3] {
    [TOKEN, CHECKOUT, WEBHOOK].map(Planted::new)
}

fn in_output(outcome: &Outcome, what: &str) -> Vec<String> {
    let output = format!("{}{}", outcome.stdout, outcome.stderr);
    planted().iter().flat_map(|secret| secret.find(what, output.as_bytes())).collect()
}

#[test]
fn nowhere_after_everything_that_can_be_done_with_a_connection() {
    let mut world = World::start(&["--seed", "small", "--token", TOKEN, "--checkout-secret", CHECKOUT]);
    world.host.arguments.extend(["--log-level", "trace"].map(str::to_owned));
    let credentials = json!({
        "store_url": world.sim.address, "integration_api_token": TOKEN,
        "checkout_api_shared_secret": CHECKOUT, "webhook_endpoint_secret": WEBHOOK });
    let recordings = world.host.folder().join("recordings");
    let mut found = vec![];
    let mut outcome = world.add(&credentials);
    // The credentials file is the merchant's own; what the host makes of it is searched.
    std::fs::remove_file(world.host.folder().join("credentials.json")).unwrap();
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    found.extend(in_output(&outcome, "connection add"));
    let id = outcome.json()["id"].as_str().unwrap().to_owned();
    let everything: [&[&str]; 12] = [
        &["connection", "show", &id],
        &["connection", "list"],
        &["connection", "check", &id],
        &["sync", &id],
        &["sync", &id, "--full", "--json"],
        &["connection", "probe", &id, "--record", recordings.to_str().unwrap()],
        &["catalog", "export", &id],
        &["catalog", "list", &id, "--json"],
        &["doctor"],
        &["config", "print"],
        &["keys", "rotate", "--new-key"],
        &["migrate"],
    ];
    for command in everything {
        outcome = world.host.run(command);
        assert_eq!(outcome.code, 0, "{command:?}: {outcome:#?}");
        found.extend(in_output(&outcome, &command.join(" ")));
    }
    assert!(recordings.read_dir().unwrap().count() > 10, "there are recordings to look through");
    found.extend(planted().iter().flat_map(|secret| secret.find_below(world.host.folder())));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn nowhere_when_things_fail() {
    let mut world = World::start(&["--seed", "small"]);
    world.host.arguments.extend(["--log-level", "trace"].map(str::to_owned));
    let mut found = vec![];
    let refused = world.add(&json!({ "store_url": world.sim.address, "integration_api_token": TOKEN }));
    assert_eq!(refused.code, 3);
    found.extend(in_output(&refused, "a refused token"));
    let in_the_address =
        world.add(&json!({ "store_url": format!("https://{TOKEN}@store.example"), "integration_api_token": TOKEN }));
    assert_ne!(in_the_address.code, 0);
    let misplaced =
        world.add(&json!({ "store_url": world.sim.address, "integration_api_token": TOKEN, "webhook": WEBHOOK }));
    assert_ne!(misplaced.code, 0);
    found.extend(in_output(&misplaced, "a misplaced secret"));
    std::fs::remove_file(world.host.folder().join("credentials.json")).unwrap();
    let broken = world.host.write("broken.json", &format!("{{\"integration_api_token\": \"{TOKEN}\" oops"));
    let unread = world.host.run(&["connection", "add", "--connector", "centra", "--credentials-file", &broken]);
    assert_eq!(unread.code, 2);
    found.extend(in_output(&unread, "a broken file"));
    std::fs::remove_file(broken).unwrap();
    found.extend(planted().iter().flat_map(|secret| secret.find_below(world.host.folder())));
    assert_eq!(found, Vec::<String>::new());
}

/// While a sync runs, its pages stand in the write-ahead log; after `kill -9` they stay there.
#[test]
fn nowhere_in_what_a_killed_process_leaves() {
    let world = World::start(&["--seed", "large", "--products", "600", "--token", TOKEN]).in_file();
    let id = world.connect();
    std::fs::remove_file(world.host.folder().join("credentials.json")).unwrap();
    world.sim.reset_stats();
    let sync = world.host.start(&["sync", &id]);
    e2e::wait::wait_until("the sync is running", || (world.sim.requests() >= 14).then_some(()));
    sync.kill();
    let log = world.host.database().with_extension("db-wal");
    assert!(log.metadata().unwrap().len() > 0, "there is a write-ahead log to look through");
    let found = Planted::new(TOKEN).find_below(world.host.folder());
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn removing_a_connection_leaves_nothing_of_it_readable() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    world.host.json(&["connection", "remove", &id]);
    assert_eq!(world.host.run(&["doctor"]).code, 0);
    world.host.fails(&["catalog", "export", &id], 9);
}
