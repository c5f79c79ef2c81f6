//! The keys that seal credentials: made once, rotated, and missed when they are gone.

use std::{fs, os::unix::fs::PermissionsExt};

use e2e::{World, api::Server};
use serde_json::json;

#[test]
fn rotation_gives_new_keys_and_every_connection_goes_on_working() {
    let world = World::small();
    let connections = [world.connect(), world.connect()];
    let keyring = world.host.data().join("keyring");
    let before = fs::read_to_string(&keyring).unwrap();
    let report = world.host.json(&["keys", "rotate", "--new-key"]);
    assert_eq!(report["rewrapped"], 2, "{report:#}");
    assert_ne!(fs::read_to_string(&keyring).unwrap(), before);
    let again = world.host.json(&["keys", "rotate"]);
    assert_eq!(again["rewrapped"], 0, "nothing is left to do: {again:#}");
    for connection in connections {
        world.host.json(&["connection", "check", &connection]);
    }
    assert_eq!(world.host.run(&["doctor"]).code, 0);
}

#[test]
fn a_running_host_goes_on_with_the_keys_that_were_rotated_beside_it() {
    let world = World::small();
    let id = world.connect();
    let server = Server::start(&world.host);
    let path = format!("/v1/connections/{id}/check");
    world.host.json(&["connection", "check", &id]);
    assert_eq!(world.host.json(&["keys", "rotate", "--new-key"])["rewrapped"], 1);
    let checked = server.call(&server.operator, "POST", &path, &json!({}));
    assert_eq!(checked.status, 200, "{checked:#?}");
}

#[test]
fn a_lost_keyring_is_said_and_everything_works_again_when_it_is_back() {
    let world = World::small();
    let id = world.connect();
    let keyring = world.host.data().join("keyring");
    let kept = fs::read(&keyring).unwrap();
    fs::remove_file(&keyring).unwrap();
    let outcome = world.host.run(&["sync", &id, "--json"]);
    assert_eq!(outcome.code, 5, "{outcome:#?}");
    assert_eq!(outcome.error()["code"], "keys");
    let doctor = world.host.run(&["doctor"]);
    assert_eq!(doctor.code, 5, "{doctor:#?}");
    fs::write(&keyring, kept).unwrap();
    fs::set_permissions(&keyring, PermissionsExt::from_mode(0o600)).unwrap();
    world.sync(&id, &[]);
}

#[test]
fn a_keyring_others_can_read_is_refused() {
    let world = World::small();
    let id = world.connect();
    let keyring = world.host.data().join("keyring");
    assert_eq!(fs::metadata(&keyring).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(world.host.database()).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&keyring, PermissionsExt::from_mode(0o644)).unwrap();
    let error = world.host.fails(&["sync", &id], 5);
    assert!(error["message"].as_str().unwrap().contains("keyring"), "{error}");
}
