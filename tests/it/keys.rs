//! The keys that seal credentials: made once, rotated, and missed when they are gone.

use std::{fs, os::unix::fs::PermissionsExt};

use e2e::{World, api::Server, shop::Shop, world};
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

/// A keyring that opens nothing of what is there, with the names of its keys or with others.
#[test]
fn no_command_works_with_a_keyring_of_another_database() {
    let world = World::small();
    let id = world.connect();
    let keyring = world.host.data().join("keyring");
    let kept = fs::read_to_string(&keyring).unwrap();
    let name = kept.split(':').next().unwrap();
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let commands: [&[&str]; 4] =
        [&["sync", &id], &["connection", "list"], &["keys", "rotate"], &["serve", "--listen", "127.0.0.1:0"]];
    for text in [Some(format!("{name}:{other}")), Some(format!("stranger:{other}")), Some(String::new()), None] {
        match &text {
            Some(text) => fs::write(&keyring, text).unwrap(),
            None => fs::remove_file(&keyring).unwrap(),
        }
        for command in commands {
            let error = world.host.fails(command, 5);
            assert_eq!(error["code"], "keys", "{text:?}, {command:?}: {error}");
            let message = error["message"].as_str().unwrap();
            assert!(["put ", "restore "].iter().any(|what| message.contains(what)), "what to do: {error}");
        }
        let before = fs::read(&keyring).ok();
        world.host.fails(&["keys", "rotate", "--new-key"], 5);
        assert_eq!(fs::read(&keyring).ok(), before, "a keyring that opens nothing gets no new key");
        let doctor = world.host.run(&["doctor"]);
        assert_eq!(doctor.code, 5, "{text:?}: {doctor:#?}");
        assert_eq!(keyring.exists(), text.is_some(), "no new keyring is made");
    }
    fs::write(&keyring, &kept).unwrap();
    fs::set_permissions(&keyring, PermissionsExt::from_mode(0o600)).unwrap();
    world.sync(&id, &[]);
}

#[test]
fn doctor_tries_every_key_that_is_in_use() {
    let world = World::small();
    let old = world.connect();
    let keyring = world.host.data().join("keyring");
    let first = fs::read_to_string(&keyring).unwrap();
    let (name, _) = first.split_once(':').unwrap();
    // A second key for the second connection; the first connection's key is then swapped for a namesake.
    let second = "second:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\n";
    fs::write(&keyring, format!("{second}{first}")).unwrap();
    let shop = Shop::start();
    let new = world::add(&world.host, "template", &shop.credentials()).json()["id"].as_str().unwrap().to_owned();
    fs::write(&keyring, format!("{second}{name}:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")).unwrap();
    let doctor = world.host.run(&["doctor"]);
    assert_eq!(doctor.code, 5, "{doctor:#?}");
    assert!(doctor.stdout.contains(&format!("`{name}` opens 0 of 1 secrets")), "{doctor:#?}");
    assert!(doctor.stdout.contains("`second` opens 1 of 1 secrets"), "{doctor:#?}");
    world.host.json(&["connection", "check", &new]);
    assert_eq!(world.host.fails(&["connection", "check", &old], 5)["code"], "keys");
}

/// The current key is another one than the key of its name; a key behind it is right. Nothing may be lost by it.
#[test]
fn a_wrong_key_of_a_known_name_seals_and_rotates_nothing() {
    let world = World::small();
    let old = world.connect();
    let keyring = world.host.data().join("keyring");
    let first = fs::read_to_string(&keyring).unwrap();
    let right = format!("zz:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=\n{first}");
    let wrong = format!("zz:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n{first}");
    fs::write(&keyring, &right).unwrap();
    let shop = Shop::start();
    let new = world::add(&world.host, "template", &shop.credentials()).json()["id"].as_str().unwrap().to_owned();
    let server = Server::start(&world.host);
    let request = json!({ "url": "https://channel.example/events" });
    let make_endpoint = || server.call(&server.operator, "POST", "/v1/event-endpoints", &request);
    let ready = || server.call("", "GET", "/readyz", &json!({}));
    assert_eq!(make_endpoint().status, 201);
    assert_eq!(ready().status, 200);

    fs::write(&keyring, &wrong).unwrap();
    let before = [&["keys", "rotate"][..], &["keys", "rotate", "--new-key"]];
    for command in before {
        let error = world.host.fails(command, 5);
        let message = error["message"].as_str().unwrap();
        assert!(error["code"] == "keys" && message.contains("put the right `zz` back"), "{error}");
        assert_eq!(fs::read_to_string(&keyring).unwrap(), wrong, "the keyring was changed");
    }
    let other = Shop::start();
    let added = world::add(&world.host, "template", &other.credentials());
    assert_eq!((added.code, added.error()["code"].as_str()), (5, Some("keys")), "{added:#?}");
    assert_eq!(make_endpoint().problem(), (503, "keys".to_owned()));
    assert!(ready().problem() == (503, "keys".to_owned()) && ready().text.contains("`zz`"), "{:#?}", ready());
    let check = |id: &str| server.call(&server.operator, "POST", &format!("/v1/connections/{id}/check"), &json!({}));
    assert_eq!([check(&old).status, check(&new).status], [200, 200], "what is sealed opens with the keys from before");
    let log = fs::read_to_string(world.host.folder().join("log")).unwrap();
    assert_eq!(log.matches("the changed key file is not used").count(), 1, "{log}");

    fs::write(&keyring, &right).unwrap();
    assert_eq!(ready().status, 200, "the host finds out by itself that the keys are right again");
    assert_eq!(make_endpoint().status, 201);
    assert_eq!([check(&old).status, check(&new).status], [200, 200]);
    assert_eq!(world.host.run(&["doctor"]).code, 0);
}

#[test]
fn two_rotations_at_once_lose_no_key() {
    let world = World::small();
    let id = world.connect();
    for _ in 0..3 {
        let rotations: Vec<_> = (0..4).map(|_| world.host.start(&["keys", "rotate", "--new-key"])).collect();
        for rotation in rotations {
            let outcome = rotation.end();
            assert_eq!(outcome.code, 0, "{outcome:#?}");
        }
        world.host.json(&["connection", "check", &id]);
    }
    let keys = fs::read_to_string(world.host.data().join("keyring")).unwrap();
    assert_eq!(keys.lines().count(), 1 + 3 * 4, "every rotation's key is there");
}

#[test]
fn a_keyring_others_can_read_is_refused() {
    let world = World::small();
    let id = world.connect();
    let keyring = world.host.data().join("keyring");
    assert_eq!(fs::metadata(&keyring).unwrap().permissions().mode() & 0o777, 0o600);
    let database = World::small().in_file();
    database.connect();
    assert_eq!(fs::metadata(database.host.database()).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&keyring, PermissionsExt::from_mode(0o644)).unwrap();
    let error = world.host.fails(&["sync", &id], 5);
    assert!(error["message"].as_str().unwrap().contains("keyring"), "{error}");
}
