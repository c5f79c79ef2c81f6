//! `connection probe`: the first thing to run on a real store.

use std::fs;

use e2e::World;
use serde_json::Value;

#[test]
fn every_read_is_tried_recorded_without_secrets_and_nothing_is_stored() {
    let world = World::start(&["--seed", "small", "--variant", "certain"]);
    let id = world.connect();
    let recordings = world.host.folder().join("recordings");
    let outcome = world.host.run(&["connection", "probe", &id, "--record", recordings.to_str().unwrap(), "--json"]);
    assert!(matches!(outcome.code, 0 | 7), "{outcome:#?}");
    let report = outcome.json();
    let streams: Vec<_> =
        report["streams"].as_array().unwrap().iter().map(|stream| stream["stream"].as_str().unwrap()).collect();
    assert_eq!(streams.len(), 15, "{streams:?}");
    assert!(!report["schema_differences"].as_array().unwrap().is_empty(), "{report:#}");
    let known = &report["assumptions"][0];
    // A store of the certain names alone has no such list.
    assert_eq!((&known["id"], &known["verdict"]), (&"campaign_root".into(), &"refuted".into()), "{report:#}");
    assert!(report["validation"]["ok"] == true && report["validation"]["normalized_credentials"].is_null());
    assert!(world.export(&id).is_empty(), "a probe stores nothing");

    let address = world.sim.address.trim_start_matches("http://").to_owned();
    let mut exchanges = 0;
    for entry in fs::read_dir(&recordings).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains(&world.sim.token), "the token: {text}");
        assert!(!text.contains(&address), "the store's address: {text}");
        if read["request"].is_object() {
            exchanges += 1;
            assert_eq!(read["request"]["headers"]["authorization"], "[scrubbed]", "{text}");
            assert!(read["response"]["status"].is_number(), "{text}");
        }
    }
    assert_eq!(Some(exchanges), report["requests"].as_u64(), "one recording for each request");
    let again = world.host.fails(&["connection", "probe", &id, "--record", recordings.to_str().unwrap()], 2);
    assert_eq!(again["code"], "recording", "recordings are never mixed: {again}");
}

#[test]
fn personal_data_is_not_recorded() {
    let world = World::small();
    let id = world.connect();
    let recordings = world.host.folder().join("recordings");
    world.host.json(&["connection", "probe", &id, "--record", recordings.to_str().unwrap()]);
    let said = world.sim.query("{ customers(limit: 3) { email firstName lastName } }");
    let customers = said["customers"].as_array().unwrap();
    assert!(!customers.is_empty());
    let texts: Vec<_> =
        fs::read_dir(&recordings).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for email in customers.iter().map(|customer| customer["email"].as_str().unwrap()) {
        assert!(texts.iter().all(|text| !text.contains(email)), "{email}");
    }
}
