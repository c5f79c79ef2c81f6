//! What is given to whoever helps: everything about a connection, no secret in any spelling, and nobody's data.

use std::{fs, os::unix::fs::PermissionsExt};

use base64::{Engine, engine::general_purpose};
use e2e::{World, api::Server, planted::Planted};
use serde_json::{Value, json};

const TOKEN: &str = "t0ken/pl4nted+4bcdef&Zq8vX2";
const CHECKOUT: &str = "ch3ckout=pl4nted/Yk7+wR1";
const WEBHOOK: &str = "wh00k-pl4nted+Xj5/uT9%";
const SECRETS: [&str; 3] = [TOKEN, CHECKOUT, WEBHOOK];

/// A secret in the spellings in which it may stand in a text.
fn spelt(secret: &str) -> String {
    let base64 = general_purpose::STANDARD.encode(format!("Bearer {secret}"));
    let hexadecimal = secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let url = secret.bytes().fold(String::new(), |text, byte| {
        text + &if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    format!("{secret} {base64} {hexadecimal} {url}")
}

#[test]
fn a_bundle_explains_a_connection_without_its_secrets_and_its_people() {
    let world = World::start(&["--seed", "small", "--token", TOKEN, "--checkout-secret", CHECKOUT]);
    world.host.write("connector-host.toml", "[server]\nadmin_listen = \"127.0.0.1:0\"\n");
    let credentials = json!({
        "store_url": world.sim.address, "integration_api_token": TOKEN,
        "checkout_api_shared_secret": CHECKOUT, "webhook_endpoint_secret": WEBHOOK });
    let file = world.host.write("credentials.json", &credentials.to_string());
    // Secrets and an address where somebody typed them by mistake.
    let label = format!("Shop of anna.b@example.org {}", SECRETS.map(spelt).join(" "));
    let added = world.host.json(&[
        "connection",
        "add",
        "--connector",
        "centra",
        "--credentials-file",
        &file,
        "--label",
        &label,
    ]);
    let id = added["id"].as_str().unwrap();
    world.sync(id, &[]);
    let server = Server::start(&world.host);
    let pause = format!("/v1/connections/{id}/pause");
    assert_eq!(server.call(&server.operator, "POST", &pause, &json!({})).status, 200);

    let out = world.host.folder().join("bundle.json");
    world.host.json(&["support-bundle", "--connection", id, "--out", out.to_str().unwrap()]);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&out).unwrap();
    let bundle: Value = serde_json::from_str(&text).unwrap();
    let printed = world.host.json(&["support-bundle", "--connection", id]).to_string();
    let found: Vec<_> = SECRETS
        .map(Planted::new)
        .iter()
        .flat_map(|secret| {
            [secret.find("the file", text.as_bytes()), secret.find("what is printed", printed.as_bytes())]
        })
        .flatten()
        .collect();
    assert_eq!(found, Vec::<String>::new());
    for person in ["anna.b@", "test@example.com", "Testsson"] {
        assert!(!text.contains(person), "{person}");
    }

    let state = &bundle["connection"]["state"];
    assert_eq!((&state["id"], &state["connector_id"]), (&json!(id), &json!("centra")), "{state:#}");
    assert!(state["label"].as_str().unwrap().starts_with("Shop of person@store.example [scrubbed]"), "{state:#}");
    assert!(state["paused_at"].is_string() && state["findings"]["checks"].is_array(), "{state:#}");
    assert_eq!(bundle["connection"]["runs"][0]["result"], "ok", "{bundle:#}");
    assert_eq!(bundle["connection"]["webhooks"]["endpoint"]["accepted"], 0, "{bundle:#}");
    assert_eq!(bundle["connection"]["audit"][0]["action"], "connection.paused", "{bundle:#}");
    assert_eq!(bundle["plugin"]["manifest"]["id"], "centra");
    assert!(bundle["doctor"].as_array().unwrap().iter().all(|diagnosis| diagnosis["ok"] == true), "{bundle:#}");
    assert_eq!(bundle["config"]["sync"]["page_limit"], 200);
    assert!(bundle["host"]["schema_version"].as_i64().unwrap() > 0);
    let emitted: Vec<_> =
        bundle["connection"]["emitted"].as_array().unwrap().iter().map(|of| of["type"].clone()).collect();
    assert!(emitted.contains(&json!("connection.paused")), "{emitted:?}");
    world.host.fails(&["support-bundle", "--connection", "conn_none"], 9);

    // Its secrets are destroyed with it, and may still be valid at the store.
    let end = format!("/v1/connections/{id}");
    assert_eq!(
        server.call(&server.operator, "DELETE", &end, &json!({ "reason": "Anna Andersson wants it." })).status,
        200
    );
    let bundle = world.host.json(&["support-bundle", "--connection", id]);
    assert!(bundle["connection"]["left_out"].is_string(), "{bundle:#}");
    let text = bundle.to_string();
    let found = SECRETS.map(|secret| Planted::new(secret).find("the bundle", text.as_bytes())).concat();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_cannot_be_recognised_as_a_secret_is_left_out() {
    let world = World::start(&["--seed", "small", "--token", TOKEN]);
    let file = world.host.write("credentials.json", &world.credentials().to_string());
    let label = spelt(TOKEN);
    let added = world.host.json(&[
        "connection",
        "add",
        "--connector",
        "centra",
        "--credentials-file",
        &file,
        "--label",
        &label,
    ]);
    let id = added["id"].as_str().unwrap();
    // Without its plugin nobody knows which fields are secrets.
    fs::remove_dir_all(world.host.plugins()).unwrap();
    fs::create_dir(world.host.plugins()).unwrap();
    let bundle = world.host.json(&["support-bundle", "--connection", id]);
    assert!(bundle["connection"]["left_out"].as_str().unwrap().contains("secrets cannot be recognised"), "{bundle:#}");
    assert_eq!(bundle["connection"]["status"], "active", "{bundle:#}");
    assert_eq!(Planted::new(TOKEN).find("the bundle", bundle.to_string().as_bytes()), Vec::<String>::new());
}
