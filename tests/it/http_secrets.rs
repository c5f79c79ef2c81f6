//! Secrets go into the host over HTTP and come back in no answer, and nothing that stands in their place does either.

use e2e::{
    World,
    api::{Channel, Server},
    order_desk::{order, sold},
    planted::Planted,
    receiver::Receiver,
    wait::wait_until,
};
use serde_json::{Value, json};

const TOKEN: &str = "t0ken/pl4nted+4bcdef&Zq8vX2";
const CHECKOUT: &str = "ch3ckout=pl4nted/Yk7+wR1";
const WEBHOOK: &str = "wh00k-pl4nted+Xj5/uT9%Lm3";
const ORDER: &str = "0rder-pl4nted/Hs6+pQ2&Vb4";
const MISTYPED: &str = "mistyped/pl4nted+8sJd2=Kf7";
const SECRETS: [&str; 5] = [TOKEN, CHECKOUT, WEBHOOK, ORDER, MISTYPED];

/// What other programs put in place of a secret.
const MASKS: [&str; 8] = ["****", "••••", "●●●●", "[redacted]", "<redacted>", "<hidden>", "[hidden]", "[secret]"];

struct Scene {
    world: World,
    server: Server,
    channel: Channel,
}

impl Scene {
    fn start() -> Self {
        let secrets = ["--token", TOKEN, "--checkout-secret", CHECKOUT, "--order-api-secret", ORDER];
        let world = World::start(&[&["--seed", "small"], &secrets[..]].concat());
        world.host.write("connector-host.toml", "[advanced]\nwebhook_settle_ms = 10\n");
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        Self { world, server, channel }
    }

    fn given(&self) -> Value {
        json!({
            "credentials": {
                "store_url": self.world.sim.address, "integration_api_token": TOKEN,
                "checkout_api_shared_secret": CHECKOUT, "webhook_endpoint_secret": WEBHOOK },
            "settings": { "order_route": "order_api", "order_route_secret": ORDER } })
    }

    /// Connects with every secret there is; gives the connection's id.
    fn connect(&self) -> String {
        let link = self.server.link(&self.channel, &json!({}));
        let given = self.given();
        let result = self.server.check_with(&link, &given["credentials"], &given["settings"]);
        assert_eq!(result["ok"], true, "{result:#}");
        self.server.page(&link, "GET", "session", &json!({}));
        let back = self.server.confirm(&link, &json!({}));
        self.server.call(
            &self.channel.key,
            "POST",
            "/v1/connect-sessions/redeem",
            &json!({ "result_token": back["result_token"] }),
        );
        back["connection_id"].as_str().unwrap().to_owned()
    }

    /// Asks with the operator's key, who may see most; gives the answer, which must be a success.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.server.call(&self.server.operator, method, path, body);
        assert!(answer.status < 300, "{method} {path}: {answer:#?}");
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// A link of the operator to renew a connection, as its page sends it.
    fn renewal(&self, id: &str) -> String {
        let made = self.ask("POST", &format!("/v1/connections/{id}/reauth-link"), &json!({}));
        format!("Connect {}", made["url"].as_str().unwrap().split_once('#').unwrap().1)
    }
}

/// Where and how one of the secrets, or a mask, stands in what a host has answered.
fn found(server: &Server) -> Vec<String> {
    let planted = SECRETS.map(Planted::new);
    let mut found = vec![];
    for (asked, answer) in server.said() {
        found.extend(planted.iter().flat_map(|secret| secret.find(&asked, answer.as_bytes())));
        found.extend(MASKS.iter().filter(|mask| answer.contains(**mask)).map(|mask| format!("{asked} holds {mask}")));
    }
    found
}

#[test]
fn no_answer_holds_a_secret_after_everything_that_can_be_done_with_a_connection() {
    let scene = Scene::start();
    let (server, none) = (&scene.server, json!({}));
    let link = server.link(&scene.channel, &none);
    let mut wrong = scene.given();
    wrong["credentials"]["checkout_api_shared_secret"] = json!(MISTYPED);
    assert_eq!(server.check_with(&link, &wrong["credentials"], &wrong["settings"])["ok"], false);
    assert_eq!(server.page(&link, "PUT", "draft", &wrong).problem(), (422, "secret_in_draft".to_owned()));
    wrong["credentials"]["unknown"] = json!(MISTYPED);
    assert_eq!(server.page(&link, "POST", "check", &wrong).status, 422);
    server.page(&link, "POST", "cancel", &none);

    let id = scene.connect();
    server.synced(&scene.channel.key, &id);
    let receiver = Receiver::start();
    let endpoint = scene.ask("POST", "/v1/event-endpoints", &json!({ "url": receiver.url() }));
    let (endpoint, signing) = (endpoint["id"].as_str().unwrap(), endpoint["secret"].as_str().unwrap());
    let own = |below: &str| format!("/v1/connections/{id}{below}");
    let url = format!("{}/webhooks/{id}", server.address);
    scene.world.sim.webhooks(&json!([{ "url": url, "secret": WEBHOOK, "retries": 0 }]));
    scene.world.sim.touch("display", 1);
    scene.world.sim.drain_webhooks();
    let delivery = wait_until("a delivery was read", || {
        let listed = scene.ask("GET", &own("/webhooks/deliveries"), &none);
        listed["data"].get(0).filter(|one| one["state"] == "read").map(|one| one["id"].to_string())
    });
    scene.world.sim.webhooks(&json!([{ "url": url, "secret": MISTYPED, "retries": 0 }]));
    scene.world.sim.touch("display", 1);
    scene.world.sim.drain_webhooks();
    let (variant, minor) = sold(&scene.world.export(&id));
    let cart = json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": 1 }], "ship_to": { "country": "SE" } });
    scene.ask("POST", &own("/quotes?source=both"), &cart);
    let order = order(&(variant, minor), "CH-1");
    let placed = server.call_once(&scene.channel.key, &own("/orders"), "key-1", &order).unwrap().json();
    let (intent, order) =
        (placed["id"].as_str().unwrap(), placed["outcome"]["orders"][0]["id"].as_str().unwrap().to_owned());
    scene.ask("POST", &own("/check"), &none);
    scene.ask("POST", &own("/webhooks/replay"), &json!({ "from": 1, "to": 9 }));
    scene.ask("POST", &format!("/v1/event-endpoints/{endpoint}/test"), &none);
    scene.ask("POST", &own("/customers/export"), &json!({ "email": "greta@example.com" }));
    let renewal = scene.renewal(&id);
    server.page(&renewal, "GET", "session", &none);
    let given = scene.given();
    assert_eq!(server.check_with(&renewal, &given["credentials"], &given["settings"])["ok"], true);
    let session = scene.server.call(
        &scene.channel.key,
        "POST",
        "/v1/connect-sessions",
        &json!({ "connector": "centra", "redirect_url": e2e::api::BACK }),
    );
    let (run, offer, event) = (
        first(&scene.ask("GET", &own("/runs"), &none)),
        first(&scene.ask("GET", &own("/catalog/offers"), &none)),
        first(&scene.ask("GET", "/v1/events", &none)),
    );

    // Everything that can be read, as the document lists it: what is added later is asked as well.
    let known = [
        ("{channel_id}", scene.channel.id.clone()),
        ("{session_id}", session.json()["id"].as_str().unwrap().to_owned()),
        ("{connection_id}", id.clone()),
        ("{connector_id}", "centra".to_owned()),
        ("{run_id}", run),
        ("{offer_id}", offer),
        ("{stream}", "markets".to_owned()),
        ("{order_id}", order),
        ("{intent_id}", intent.to_owned()),
        ("{delivery_id}", delivery),
        ("{endpoint_id}", endpoint.to_owned()),
        ("{event_id}", event),
    ];
    let document = scene.ask("GET", "/openapi.json", &none);
    let mut read = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        // A stream that goes on as long as somebody listens; and what only a link opens, which was asked above.
        if operations.get("get").is_none() || path.ends_with("/progress") || path.starts_with("/connect/") {
            continue;
        }
        let filled = known.iter().fold(path.clone(), |path, (name, value)| path.replace(name, value));
        assert!(!filled.contains('{'), "{path}: say what stands there");
        let answer = server.call(&server.operator, "GET", &filled, &none);
        assert_eq!(answer.status, 200, "{filled}: {answer:#?}");
        read += 1;
    }
    assert!(read > 25, "{read} addresses were read");
    let signing_shown =
        server.said().into_iter().filter(|(_, answer)| answer.contains(signing)).map(|(asked, _)| asked);
    assert_eq!(signing_shown.collect::<Vec<_>>(), ["POST /v1/event-endpoints"], "shown this once");
    let left = server.call(&server.operator, "DELETE", &own(""), &json!({ "reason": "The merchant left." }));
    assert_eq!(left.status, 200, "{left:#?}");
    assert_eq!(found(server), Vec::<String>::new());
}

fn first(listing: &Value) -> String {
    listing["data"][0]["id"].as_str().unwrap_or_else(|| panic!("nothing in {listing:#}")).to_owned()
}

#[test]
fn a_mask_that_is_handed_back_is_refused_at_its_field_and_nothing_is_overwritten() {
    let scene = Scene::start();
    let id = scene.connect();
    let set = scene.ask("GET", &format!("/v1/connections/{id}"), &json!({}))["credentials"].clone();
    let fresh = scene.server.link(&scene.channel, &json!({}));
    for link in [fresh, scene.renewal(&id)] {
        for mask in MASKS {
            let mut given = scene.given();
            given["credentials"]["checkout_api_shared_secret"] = json!(mask);
            given["settings"]["order_route_secret"] = json!(mask);
            let refused = scene.server.page(&link, "POST", "check", &given);
            assert_eq!(refused.problem(), (422, "config_invalid".to_owned()), "{mask}");
            let body = refused.json();
            let errors = body["errors"].as_array().unwrap();
            let masked = errors.iter().filter(|error| error["code"] == "mask");
            let pointers: Vec<_> = masked.map(|error| error["pointer"].as_str().unwrap()).collect();
            assert_eq!(pointers, ["/checkout_api_shared_secret", "/order_route_secret"], "{body:#}");
        }
    }
    let after = scene.ask("GET", &format!("/v1/connections/{id}"), &json!({}));
    assert_eq!(after["credentials"], set);
    let checked = scene.ask("POST", &format!("/v1/connections/{id}/check"), &json!({}));
    assert_eq!(checked["ok"], true, "the stored secrets are whole: {checked:#}");
}
