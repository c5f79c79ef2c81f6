//! The port of operators, and the command that asks a host whether it lives.

use e2e::{World, api::Server};
use serde_json::json;

#[test]
fn operators_watch_a_host_on_a_port_of_their_own_and_nobody_elses() {
    let world = World::small();
    world.host.write("connector-host.toml", "[server]\nadmin_listen = \"127.0.0.1:0\"\n");
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    server.connect(&channel, &json!({}), &world.credentials());
    let metrics = server.watched("/metrics");
    assert_eq!(metrics.status, 200, "{metrics:#?}");
    for start in [
        "connector_host_connections{state=\"active\"} 1",
        "connector_host_dead_lettered{kind=\"event\"} 0",
        "connector_host_connections_with_silent_webhooks 0",
        "connector_host_queue_age_seconds{queue=\"webhook_deliveries\"} 0",
        "connector_host_database_connections{pool=\"writers\",state=\"used\"} ",
        "connector_host_database_connections_max{pool=\"writers\"} 1",
    ] {
        assert!(metrics.text.lines().any(|line| line.starts_with(start)), "{start}: {}", metrics.text);
    }
    for path in ["/livez", "/healthz", "/readyz"] {
        assert_eq!(server.watched(path).json()["status"], "ok", "{path}");
    }
    assert_eq!(server.watched("/v1/connections").problem(), (404, "not_found".to_owned()));
    let public = server.call(&server.operator, "GET", "/metrics", &json!({}));
    assert_eq!(public.problem(), (404, "not_found".to_owned()));
    assert_eq!(server.send("GET", "/readyz", "", "").status, 200, "load balancers ask the public port");

    for (address, ready) in [(&server.admin, false), (&server.address, false), (&server.address, true)] {
        let arguments = [&["health", "--url", address][..], if ready { &["--ready"] } else { &[] }].concat();
        assert_eq!(world.host.json(&arguments)["healthy"], true, "{arguments:?}");
    }
    let (admin, address) = (server.admin.clone(), server.address.clone());
    assert!(server.terminate());
    for gone in [admin, address] {
        let outcome = world.host.run(&["health", "--url", &gone, "--json"]);
        assert_eq!((outcome.code, &outcome.json()["healthy"]), (1, &json!(false)), "{outcome:#?}");
        assert!(outcome.json()["problem"].is_string(), "{outcome:#?}");
    }
    let https = world.host.fails(&["health", "--url", "https://a.example"], 2);
    assert!(https["message"].as_str().unwrap().contains("http://"), "{https:#}");
}

#[test]
fn metrics_stay_on_the_public_port_without_a_port_of_operators() {
    let world = World::small();
    let server = Server::start(&world.host);
    assert_eq!(server.admin, "");
    let metrics = server.call(&server.operator, "GET", "/metrics", &json!({}));
    assert_eq!(metrics.status, 200, "{metrics:#?}");
    let outcome = world.host.run(&["health", "--url", &server.address]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains("/livez: 200"), "{outcome:#?}");
}
