//! A plugin that ends the host is native code in the same process: nothing stops it. That it does so again after each restart,
//! for ever, is stopped.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

use e2e::{Host, Plugin, shop::Shop, wait::wait_until, world};
use serde_json::{Value, json};

/// What `/readyz` says; nothing when nobody answers.
fn readiness(address: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(address.strip_prefix("http://")?).ok()?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

/// Serves until the host dies, `None`, or until a plugin is held back.
fn serve(host: &Host) -> Option<(Child, Value)> {
    let mut command = host.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = serde_json::from_str::<Value>(&line).ok().map(|said| said["address"].as_str().unwrap().to_owned());
    wait_until("the host dies or holds a plugin back", || {
        if child.try_wait().unwrap().is_some() {
            return Some(None);
        }
        let ready = readiness(address.as_deref()?)?;
        ready["held_plugins"].is_array().then_some(Some(ready))
    })
    .map(|ready| (child, ready))
}

#[test]
fn a_plugin_that_ends_the_host_after_each_restart_is_held_back_by_name() {
    let host = Host::new(&[Plugin::Misbehaves, Plugin::Template]);
    host.write("connector-host.toml", "[advanced]\nlease_s = 1\n");
    let bad = world::add(&host, "misbehaves", &json!({ "mode": "abort" })).json()["id"].as_str().unwrap().to_owned();
    let shop = Shop::start();
    let good = world::add(&host, "template", &shop.credentials()).json()["id"].as_str().unwrap().to_owned();
    let mut deaths = 0;
    let (mut child, ready) = loop {
        match serve(&host) {
            Some(serving) => break serving,
            None => deaths += 1,
        }
        assert!(deaths < 6, "a restart is still a loop");
    };
    assert_eq!((deaths, &ready["held_plugins"]), (3, &json!(["misbehaves"])));
    let good_sync = || host.json(&["connection", "show", &good])["sync"]["last_good_at"].clone();
    wait_until("the other connection is synced", || good_sync().is_string().then_some(()));
    let listed = host.run(&["plugin", "list", "--json"]);
    let plugins = listed.json()["plugins"].clone();
    let held = plugins.as_array().unwrap().iter().find(|plugin| plugin["connector"] == "misbehaves").unwrap().clone();
    assert_eq!((listed.code, &held["behaviour"]["quarantined"]), (4, &json!(true)), "{held:#}");
    let diagnosis = host.run(&["doctor", "--json"]);
    assert!(diagnosis.code == 4 && diagnosis.stdout.contains("plugin release misbehaves"), "{diagnosis:#?}");
    let failed = wait_until("the connection says why", || {
        let sync = host.json(&["connection", "show", &bad])["sync"].clone();
        sync["last_error"].as_str().is_some_and(|error| error.contains("held back")).then_some(sync)
    });
    assert!(failed["failed_in_a_row"].as_u64() >= Some(3), "{failed:#}");
    child.kill().unwrap();
    child.wait().unwrap();
    host.json(&["plugin", "release", "misbehaves"]);
    assert_eq!(host.run(&["plugin", "list", "--json"]).code, 0);
    assert_eq!(host.fails(&["plugin", "release", "misbehaves"], 9)["code"], "not_found");
}
