//! `serve` as a process: restarts, secrets, operators' work, an orderly end.

use e2e::{World, api::Server, planted::Planted, wait::wait_until};
use serde_json::{Value, json};

const TOKEN: &str = "t0ken/pl4nted+4bcdef&Zq8vX2";
const CHECKOUT: &str = "ch3ckout=pl4nted/Yk7+wR1";

#[test]
fn what_was_checked_survives_a_restart_and_its_secrets_stand_nowhere() {
    let mut world = World::start(&["--seed", "small", "--token", TOKEN, "--checkout-secret", CHECKOUT]);
    world.host.arguments.extend(["--log-level", "trace"].map(str::to_owned));
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let link = server.link(&channel, &json!({}));
    let credentials = json!({ "store_url": world.sim.address, "integration_api_token": TOKEN,
        "checkout_api_shared_secret": CHECKOUT });
    let checked = server.page(&link, "POST", "check", &json!({ "credentials": credentials, "settings": {} }));
    assert_eq!(checked.events("result")[0]["ok"], true, "{checked:#?}");
    let mut said = checked.text.clone();
    let operator = server.operator.clone();
    // `kill -9` between the checks and the yes: what was checked is in the database, sealed.
    drop(server);
    let planted = [TOKEN, CHECKOUT].map(Planted::new);
    let below = |when: &str| -> Vec<String> {
        let found = planted.iter().flat_map(|secret| secret.find_below(world.host.folder()));
        found.map(|place| format!("{when}: {place}")).collect()
    };
    assert_eq!(below("before the yes"), Vec::<String>::new());
    let server = Server::start(&world.host);
    assert_eq!(server.operator, "", "the operator's key is shown once");
    let back = server.confirm(&link, &json!({}));
    let id = back["connection_id"].as_str().unwrap();
    said += &back.to_string();
    server.synced(&channel.key, id);
    for path in ["", "/runs", "/events", "/catalog", "/catalog/offers"] {
        said += &server.get(&operator, &format!("/v1/connections/{id}{path}")).to_string();
    }
    let link = server.link(&channel, &json!({ "connection_id": id }));
    said += &server.page(&link, "GET", "session", &json!({})).text;
    drop(server);
    let found: Vec<_> = planted.iter().flat_map(|secret| secret.find("an answer", said.as_bytes())).collect();
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(below("after everything"), Vec::<String>::new());
    // Neither do keys and links.
    for secret in [operator.as_str(), channel.key.as_str(), link.trim_start_matches("Connect ")] {
        assert_eq!(Planted::new(secret).find_below(world.host.folder()), Vec::<String>::new());
    }
}

#[test]
fn an_operator_pauses_resumes_and_ends_a_connection() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({}), &world.credentials());
    server.synced(&channel.key, &id);
    let path = format!("/v1/connections/{id}");
    let post = |what: &str| server.call(&server.operator, "POST", &format!("{path}/{what}"), &json!({}));
    assert!(post("pause").json()["paused_at"].is_string());
    assert_eq!(post("sync").problem(), (409, "not_ready".to_owned()));
    assert!(post("resume").json()["paused_at"].is_null());
    assert_eq!(server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({ "full": true })).status, 202);
    let run = wait_until("the wished sync has ended", || {
        let run = server.get(&server.operator, &format!("{path}/runs"))["data"][0].clone();
        (run["trigger"] == "manual" && run["ended_at"].is_string()).then_some(run)
    });
    assert!(run["streams"].as_array().unwrap().iter().all(|stream| stream["mode"] == "full"), "{run:#}");
    let checked = post("check").json();
    assert_eq!((&checked["ok"], &checked["connection"]["id"]), (&json!(true), &json!(id)));
    let link = post("reauth-link").json();
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{}/connect/#", server.address)), "{link:#}");
    let ended = server.call(&server.operator, "DELETE", &path, &json!({ "reason": "The merchant left." })).json();
    assert_eq!(ended["health"]["status"], "disconnected");
    let set: Vec<_> = ended["credentials"].as_array().unwrap().iter().filter(|status| status["set"] == true).collect();
    assert_eq!(set, Vec::<&Value>::new(), "the secrets are gone");
    let offers = server.get(&channel.key, &format!("{path}/catalog/offers"));
    assert_eq!(offers["data"].as_array().unwrap().len(), 12, "what was read stays readable");
    let events = server.get(&channel.key, &format!("{path}/events?type=connection.*&newest_first=true"));
    let events = events["data"].as_array().unwrap();
    let is_pause = |event: &&Value| event["type"] == "connection.paused" || event["type"] == "connection.resumed";
    let actors: Vec<_> = events.iter().filter(is_pause).map(|event| event["data"]["actor"].clone()).collect();
    assert!(actors.len() == 2 && actors.iter().all(Value::is_string), "who paused and resumed it: {events:#?}");
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap().trim_start_matches("connection.").to_owned())
        .filter(|kind| kind != "credential_expiring")
        .collect();
    assert_eq!(kinds, ["disconnected", "resumed", "paused", "connected"]);
}

#[test]
fn a_catalog_can_be_taken_along_before_its_connection_ends() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({}), &world.credentials());
    server.synced(&channel.key, &id);
    let path = format!("/v1/connections/{id}/catalog/export");
    let taken = server.call(&channel.key, "GET", &path, &json!({}));
    assert!(taken.head.contains("content-type: application/jsonl"), "{}", taken.head);
    let same = world.export(&id);
    assert_eq!(taken.text.replace(&world.sim.address, "http://store"), same, "as from the command line");
    let stranger = server.channel("Stranger");
    assert_eq!(server.call(&stranger.key, "GET", &path, &json!({})).problem(), (404, "not_found".to_owned()));
}

#[test]
fn channels_and_keys_made_on_the_command_line_work() {
    let world = World::small();
    let operator = world.host.json(&["channel", "bootstrap"])["operator_key"].as_str().unwrap().to_owned();
    let channel = world.host.json(&["channel", "add", "--name", "Channel", "--redirect-url", "https://a.example/"]);
    let id = channel["id"].as_str().unwrap();
    let key = world.host.json(&["channel", "key", id]);
    let error = world.host.fails(&["channel", "add", "--name", "x", "--redirect-url", "http://a.example/"], 2);
    assert_eq!(error["field_errors"][0]["pointer"], "/redirect_urls/0");
    let server = Server::start(&world.host);
    assert_eq!(server.operator, "", "there is an operator's key already");
    assert_eq!(server.get(&operator, "/v1/channels")["data"], json!([channel]));
    let text = key["key"].as_str().unwrap();
    server.get(text, "/v1/connections");
    world.host.json(&["channel", "revoke", key["id"].as_str().unwrap(), "--channel", id]);
    let refused = server.call(text, "GET", "/v1/connections", &json!({}));
    assert_eq!(refused.problem(), (401, "key_refused".to_owned()));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let world = World::small();
    let server = Server::start(&world.host);
    let taken = server.address.trim_start_matches("http://").to_owned();
    let other = e2e::world::fresh_host();
    let error = other.fails(&["serve", "--listen", &taken], 2);
    assert_eq!(error["code"], "listen");
    assert!(error["message"].as_str().unwrap().contains(&taken), "{error:#}");
}

#[test]
fn a_full_sync_that_was_asked_for_comes_after_the_increment_that_was_deferred() {
    let world = World::small();
    world.host.write("connector-host.toml", "[server]\nsync_every_min = 0\n[advanced]\nsync_page_attempts = 1\n");
    let id = world.connect();
    world.sync(&id, &[]);
    world.sim.faults(&json!([{ "every": 1, "kind": "500" }]));
    world.host.fails(&["sync", &id], 6);
    world.sim.faults(&json!([]));
    let server = Server::start(&world.host);
    let path = format!("/v1/connections/{id}");
    assert_eq!(server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({ "full": true })).status, 202);
    let runs = wait_until("both have ended", || {
        let runs = server.get(&server.operator, &format!("{path}/runs"))["data"].clone();
        (runs.as_array().unwrap().len() == 4 && runs[0]["ended_at"].is_string()).then_some(runs)
    });
    let modes =
        |run: &Value| run["streams"].as_array().unwrap().iter().map(|own| own["mode"].clone()).collect::<Vec<_>>();
    assert!(modes(&runs[1]).contains(&json!("increment")) && runs[1]["resumed"] == 1, "{runs:#}");
    assert!(modes(&runs[0]).iter().all(|mode| mode == "full"), "{runs:#}");
}
