//! `serve` among what goes wrong around it: a log that nobody reads, plugins and database files that are gone, clients that
//! never end, two people at the same step.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use e2e::{
    World,
    api::{Answer, BACK, Server},
    plugin_files::Plugin,
    wait::wait_until,
};
use serde_json::{Value, json};

/// Requests that fill a pipe with lines of the log.
const MANY: usize = 600;

/// A store is connected and synced, and hundreds of requests are answered.
fn works_without_a_log(world: &World, server: &Server) {
    let channel = server.channel("Channel");
    for _ in 0..MANY {
        assert_eq!(server.send("GET", "/livez", "", "").status, 200);
    }
    let id = server.connect(&channel, &json!({}), &world.credentials());
    server.synced(&channel.key, &id);
    // A sync that fails writes a warning; the worker goes on.
    world.sim.faults(&json!([{ "every": 1, "kind": "500" }]));
    let path = format!("/v1/connections/{id}");
    let runs = || server.get(&channel.key, &format!("{path}/runs"))["data"].clone();
    assert_eq!(server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({ "full": true })).status, 202);
    wait_until("a second run is there", || (runs().as_array().unwrap().len() > 1).then_some(()));
    world.sim.faults(&json!([]));
    assert_eq!(server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({ "full": true })).status, 202);
    wait_until("a later run is good", || {
        (runs()[0]["trigger"] != "connect" && runs()[0]["ended_at"].is_string()).then_some(())
    });
    assert_eq!(server.send("GET", "/readyz", "", "").status, 200);
}

#[test]
fn a_log_whose_reader_is_gone_stops_nothing() {
    let mut world = World::small();
    world.host.arguments.extend(["--log-level", "info"].map(str::to_owned));
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let (reader, writer) = std::io::pipe().unwrap();
    let server = Server::logging_to(&world.host, Stdio::from(writer));
    drop(reader);
    works_without_a_log(&world, &server);
    let metrics = server.send("GET", "/metrics", &format!("Bearer {}", server.operator), "").text;
    let lost = metrics.lines().find_map(|line| line.strip_prefix("connector_host_log_lines_lost ")).unwrap();
    assert!(lost.parse::<f64>().unwrap() > 100.0, "{lost}");
    assert!(server.terminate());
}

#[test]
fn a_log_whose_reader_stands_still_stops_nothing() {
    let mut world = World::small();
    world.host.arguments.extend(["--log-level", "debug"].map(str::to_owned));
    world.host.write("connector-host.toml", "[advanced]\nsync_page_attempts = 1\n");
    let (reader, writer) = std::io::pipe().unwrap();
    let server = Server::logging_to(&world.host, Stdio::from(writer));
    works_without_a_log(&world, &server);
    let begun = Instant::now();
    assert!(server.terminate());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(reader);
}

#[test]
fn a_signal_right_after_the_first_line_ends_the_host_well() {
    let world = World::small();
    for _ in 0..5 {
        assert!(Server::start(&world.host).terminate());
    }
}

#[test]
fn the_host_ends_soon_whatever_strangers_and_clients_hold_open() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({}), &world.credentials());
    server.synced(&channel.key, &id);
    let address = server.address.trim_start_matches("http://").to_owned();
    let key = &channel.key;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
    let half = |path: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 9\r\n\r\n{{")
    };
    let held: Vec<_> = [
        String::new(),
        "GET /livez HTTP/1.1\r\nx-a: ".to_owned(),
        half("/v1/connect-sessions"),
        half(&format!("/webhooks/{id}")),
        get(&format!("/v1/connections/{id}/progress")),
        get(&format!("/v1/connections/{id}/catalog/export")).repeat(20),
    ]
    .iter()
    .map(|text| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    })
    .collect();
    let begun = Instant::now();
    assert!(server.terminate());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(held);
}

#[test]
fn a_connector_that_is_not_there_is_named_and_its_webhooks_are_sent_again() {
    let world = World::small();
    let mut server = Server::start(&world.host);
    let operator = server.operator.clone();
    let channel = server.channel("Channel");
    let mut credentials = world.credentials();
    credentials["webhook_endpoint_secret"] = json!("a-webhook-secret-0815");
    let id = server.connect(&channel, &json!({}), &credentials);
    server.synced(&channel.key, &id);
    let link = server.link(&channel, &json!({}));
    drop(server);

    let plugin = world.host.plugins().join(Plugin::Centra.file_name());
    let aside = world.host.folder().join("aside");
    fs::rename(&plugin, &aside).unwrap();
    for broken in [None, Some(&b"half a file"[..])] {
        if let Some(bytes) = broken {
            fs::write(&plugin, bytes).unwrap();
        }
        server = Server::start(&world.host);
        for path in [format!("/webhooks/{id}"), format!("/webhooks/{id}/")] {
            let webhook = server.send("POST", &path, "", "{}");
            assert_eq!(webhook.problem(), (503, "connector_unavailable".to_owned()));
            assert!(webhook.head.to_lowercase().contains("retry-after: "), "{}", webhook.head);
        }
        assert_eq!(server.send("POST", "/webhooks/conn_nobody", "", "{}").status, 404);
        let ready = server.send("GET", "/readyz", "", "");
        assert_eq!(ready.status, 200);
        let missing = json!([{ "connector": "centra", "connections": 1 }]);
        assert_eq!((&ready.json()["status"], &ready.json()["missing_connectors"]), (&json!("degraded"), &missing));
        for (method, path, body) in [
            ("GET", "/v1/plugins/centra".to_owned(), json!({})),
            ("POST", "/v1/connect-sessions".to_owned(), json!({ "connector": "centra", "redirect_url": BACK })),
        ] {
            let answer = server.call(&channel.key, method, &path, &body);
            assert_eq!(answer.problem(), (503, "connector_unavailable".to_owned()), "{method} {path}");
        }
        let check = server.call(&operator, "POST", &format!("/v1/connections/{id}/check"), &json!({}));
        assert_eq!(check.problem(), (503, "connector_unavailable".to_owned()));
        assert_eq!(server.page(&link, "GET", "session", &json!({})).problem().0, 503);
        assert_eq!(server.get(&channel.key, &format!("/v1/connections/{id}"))["id"], id, "it is there as before");
        drop(server);
        let log = fs::read_to_string(world.host.folder().join("log")).unwrap();
        assert!(!log.contains("\"ERROR\""), "what is expected is no error: {log}");
        let doctor = world.host.run(&["doctor"]);
        assert!(doctor.code != 0 && doctor.stdout.contains("1 connections need the connector `centra`"), "{doctor:#?}");
    }
    fs::rename(&aside, &plugin).unwrap();
    server = Server::start(&world.host);
    assert_eq!(server.send("GET", "/readyz", "", "").json(), json!({ "status": "ok" }));
    for path in [format!("/webhooks/{id}"), format!("/webhooks/{id}/")] {
        assert_eq!(server.send("POST", &path, "", "{}").problem(), (401, "webhook_refused".to_owned()));
    }
    let post = server.call(&operator, "POST", &format!("/v1/connections/{id}/sync"), &json!({}));
    assert_eq!(post.status, 202);
}

#[test]
fn a_database_that_is_gone_takes_nothing_in_any_more() {
    let world = World::small().in_file();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let mut credentials = world.credentials();
    credentials["webhook_endpoint_secret"] = json!("a-webhook-secret-0815");
    let id = server.connect(&channel, &json!({}), &credentials);
    server.synced(&channel.key, &id);
    let url = format!("{}/webhooks/{id}", server.address);
    world.sim.webhooks(&json!([{ "url": url, "secret": "a-webhook-secret-0815", "retries": 0 }]));
    let database = world.host.database();
    let aside = world.host.folder().join("aside");
    fs::rename(&database, &aside).unwrap();
    for replaced in [false, true] {
        if replaced {
            fs::copy(&aside, &database).unwrap();
        }
        let ready = server.send("GET", "/readyz", "", "");
        assert_eq!(ready.problem(), (503, "database_replaced".to_owned()));
        assert!(!ready.text.contains(world.host.folder().to_str().unwrap()), "strangers see no path: {}", ready.text);
        world.sim.touch("display", 1);
        let sent = world.sim.drain_webhooks();
        let (none, dead_lettered) = ("\"delivered\":0", "\"dropped\":0");
        assert!(sent.to_string().contains(none) && !sent.to_string().contains(dead_lettered), "{sent:#}");
        let new = server.call(
            &channel.key,
            "POST",
            "/v1/connect-sessions",
            &json!({ "connector": "centra", "redirect_url": BACK }),
        );
        assert_eq!(new.problem(), (503, "database_replaced".to_owned()));
        let channel = server.call(&server.operator, "POST", "/v1/channels", &json!({ "name": "Another" }));
        assert_eq!(channel.problem(), (503, "database_replaced".to_owned()), "whatever the way it is written");
    }
    assert_eq!(server.send("GET", "/livez", "", "").status, 200);
}

#[test]
fn links_to_one_store_confirmed_at_the_same_moment_become_one_connection() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    for _ in 0..5 {
        let links: Vec<_> = (0..4).map(|_| server.link(&channel, &json!({}))).collect();
        for link in &links {
            assert_eq!(server.check(link, &world.credentials())["ok"], true);
        }
        let answers: Vec<_> = thread::scope(|scope| {
            let server = &server;
            let asked: Vec<_> = links
                .iter()
                .map(|link| scope.spawn(move || server.page(link, "POST", "confirm", &json!({}))))
                .collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).map(Answer::problem).collect();
        assert_eq!(refused, vec![(409, "already_connected".to_owned()); 3]);
        let listed = server.get(&channel.key, "/v1/connections")["data"].clone();
        let there: Vec<&Value> =
            listed.as_array().unwrap().iter().filter(|one| one["health"]["status"] != "disconnected").collect();
        assert_eq!(there.len(), 1, "{listed:#}");
        let path = format!("/v1/connections/{}", there[0]["id"].as_str().unwrap());
        let ended = server.call(&channel.key, "DELETE", &path, &json!({ "reason": "Once more." }));
        assert_eq!(ended.status, 200);
    }
}

#[test]
fn a_thousand_half_requests_leave_room_for_everybody() {
    let world = World::small();
    let server = Server::start(&world.host);
    let address = server.address.trim_start_matches("http://").to_owned();
    let mut held = vec![];
    for number in 0..1_100 {
        let Ok(mut stream) = TcpStream::connect(&address) else { continue };
        let text = if number % 2 == 0 {
            "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ".to_owned()
        } else {
            "POST /connect/v1/check HTTP/1.1\r\nHost: x\r\nAuthorization: Connect x\r\nContent-Length: 1000\r\n\r\n{"
                .to_owned()
        };
        stream.write_all(text.as_bytes()).ok();
        held.push(stream);
    }
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\r\n", server.operator)
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_whitespace().nth(1).unwrap_or_default().to_owned()
    };
    for path in ["/livez", "/readyz", "/v1/connections", "/openapi.json", "/connect/"] {
        assert_eq!(ask(path), "200", "{path}");
    }
}
