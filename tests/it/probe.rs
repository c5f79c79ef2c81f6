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
    let assumed = |id: &str| {
        let all = report["assumptions"].as_array().unwrap();
        all.iter().find(|own| own["id"] == id).unwrap_or_else(|| panic!("{id}: {report:#}"))
    };
    // A store of the certain names alone has no such list.
    assert_eq!(assumed("campaign_root")["verdict"], "refuted", "{report:#}");
    assert_eq!(assumed("status_active")["verdict"], "confirmed", "{report:#}");
    let by_hand = assumed("cart_line_tax");
    assert!(by_hand["seen"].as_str().unwrap().contains("To see it:"), "{by_hand:#}");
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

#[test]
fn a_store_on_sale_shows_how_it_computes_its_campaigns() {
    const SECRET: &str = "secret-of-the-checkout-api";
    let world =
        World::start(&["--seed", "demo", "--sale", "--sale-overlap", "highest-id", "--checkout-secret", SECRET]);
    let mut credentials = world.credentials();
    credentials["checkout_api_shared_secret"] = SECRET.into();
    let added = world.add(&credentials);
    assert_eq!(added.code, 0, "{added:#?}");
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let report = world.host.json(&["connection", "probe", &id]);
    let verdict = |id: &str| {
        let all = report["assumptions"].as_array().unwrap();
        all.iter().find(|own| own["id"] == id).unwrap_or_else(|| panic!("{id}: {report:#}"))["verdict"].clone()
    };
    assert_eq!(verdict("campaign_overlap"), "refuted", "{report:#}");
    for id in ["fixed_is_price", "listed_variant", "cart_item", "row_reduction"] {
        assert_eq!(verdict(id), "confirmed", "{id}: {report:#}");
    }
    let printed = world.host.run(&["connection", "probe", &id]);
    let lines: Vec<&str> = printed.stdout.lines().filter(|line| line.contains("campaign_overlap")).collect();
    assert!(
        lines.len() == 2 && lines[0].contains("refuted") && lines[1].contains("campaign_rules_differ"),
        "{printed:#?}"
    );
}
