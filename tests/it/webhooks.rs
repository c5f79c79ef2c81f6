//! Webhooks: verified on the command line, taken in, worked off, refused, replayed.

use e2e::{World, api::Server, wait::wait_until};
use serde_json::{Value, json};

const SECRET: &str = "wh00k+pl4nted-Zq8vX2kR7yT9";

/// A store with webhooks on, and a host that serves it.
struct Scene {
    world: World,
    server: Server,
    operator: String,
    channel: e2e::api::Channel,
    id: String,
}

impl Scene {
    /// Connected and synced; the configuration is the host's own file.
    fn start(config: &str, secret: Option<&str>) -> Self {
        let world = World::small();
        world.host.write("connector-host.toml", config);
        let server = Server::start(&world.host);
        let channel = server.channel("Channel");
        let mut credentials = world.credentials();
        if let Some(secret) = secret {
            credentials["webhook_endpoint_secret"] = json!(secret);
        }
        let id = server.connect(&channel, &json!({}), &credentials);
        server.synced(&channel.key, &id);
        let operator = server.operator.clone();
        Self { world, server, operator, channel, id }
    }

    fn restart(&mut self, config: &str) {
        self.world.host.write("connector-host.toml", config);
        self.server = Server::start(&self.world.host);
    }

    /// Lets the store send its webhooks to the host, signed with a secret.
    fn send_webhooks(&self, secret: Option<&str>) {
        let url = format!("{}/webhooks/{}", self.server.address, self.id);
        self.world.sim.webhooks(&json!([{ "url": url, "secret": secret, "retries": 0 }]));
    }

    fn webhooks(&self, below: &str) -> Value {
        self.server.get(&self.operator, &format!("/v1/connections/{}/webhooks{below}", self.id))
    }

    fn title(&self) -> String {
        let offers = self.server.get(&self.operator, &format!("/v1/connections/{}/catalog/offers", self.id));
        offers["data"].as_array().unwrap().iter().map(|offer| offer["title"].to_string()).collect()
    }

    /// Changes an item in the store and lets its webhook come.
    fn touch(&self) {
        self.world.sim.touch("display", 1);
        self.world.sim.drain_webhooks();
    }

    fn post(&self, below: &str, body: &Value) -> e2e::api::Answer {
        let path = format!("/v1/connections/{}/webhooks{below}", self.id);
        self.server.call(&self.operator, "POST", &path, body)
    }
}

const QUICK: &str = "[advanced]\nwebhook_settle_ms = 10\nlease_s = 3\n";

#[test]
fn the_platforms_own_example_is_authentic_and_one_flipped_bit_is_not() {
    let world = World::small();
    let secret = world.host.write("secret", "test123\n");
    let body = "payload=%7B%22x%22%3A%22test%22%7D";
    let header = "t=12345678,v1=0b9cd84f5d583e5e1aadfb9f160aa8080b51d5b85ff85808d6b75bdac356c549";
    let plugin = e2e::Plugin::Centra.path();
    let verify = |secret: &str, header: &str, body: &str, age: &[&str]| {
        let file = world.host.write("body", body);
        let plugin = plugin.to_str().unwrap();
        let arguments = ["webhook", "verify", "--plugin", plugin, "--secret-file", secret, "--signature", header];
        let outcome = world.host.run(&[&arguments[..], &["--body-file", &file], age].concat());
        (outcome.code, outcome)
    };
    let (code, outcome) = verify(&secret, header, body, &["--no-age-check"]);
    assert_eq!(code, 0, "{outcome:#?}");
    let judged = outcome.json();
    assert_eq!((&judged["verdict"], &judged["authentic"]), (&json!("authentic"), &json!(true)));
    assert!(judged["events"].is_array(), "{judged:#}");
    assert_eq!(verify(&secret, header, body, &["--now", "12345700"]).0, 0, "22 seconds old");
    let (code, outcome) = verify(&secret, header, body, &["--now", "12346000"]);
    assert_eq!((code, &outcome.json()["verdict"]), (3, &json!("stale")));
    let (code, outcome) = verify(&secret, header, body, &[]);
    assert_eq!((code, &outcome.json()["verdict"]), (3, &json!("stale")), "the time is checked unless it is said");
    assert!(outcome.json()["events"].is_null(), "what is not authentic was read");

    for at in [0, 4, 12, 30, 33] {
        let mut flipped = body.as_bytes().to_vec();
        flipped[at] ^= 1;
        let flipped = String::from_utf8(flipped).unwrap();
        assert_eq!(verify(&secret, header, &flipped, &["--no-age-check"]).0, 3, "byte {at} of the body");
    }
    for (from, to) in [("t=12345678", "t=12345679"), ("v1=0b", "v1=0a"), ("c549", "c548"), ("v1=", "v2=")] {
        let flipped = header.replace(from, to);
        assert_eq!(verify(&secret, &flipped, body, &["--no-age-check"]).0, 3, "{flipped}");
    }
    let other = world.host.write("other", "test122");
    let (code, outcome) = verify(&other, header, body, &["--no-age-check"]);
    assert_eq!((code, &outcome.json()["verdict"]), (3, &json!("bad_signature")));
    assert!(!outcome.stdout.contains("test12"), "{outcome:#?}");
}

#[test]
fn a_delivery_is_acknowledged_and_what_it_names_is_refetched() {
    let scene = Scene::start(QUICK, Some(SECRET));
    scene.send_webhooks(Some(SECRET));
    let before = scene.title();
    scene.touch();
    wait_until("the offer has changed", || (scene.title() != before).then_some(()));
    let overview = wait_until("nothing waits", || {
        let overview = scene.webhooks("");
        (overview["waiting_entities"] == 0).then_some(overview)
    });
    assert_eq!((&overview["accepted"], &overview["refused"]), (&json!(1), &json!(0)), "{overview:#}");
    let changes = overview["changes"].as_array().unwrap();
    let offers = changes.iter().find(|change| change["stream"] == "offers").unwrap();
    assert_eq!((&offers["source"], &offers["drift"]), (&json!("webhook"), &json!(0)), "{overview:#}");

    let delivery = scene.webhooks("/deliveries")["data"][0].clone();
    assert_eq!((&delivery["state"], &delivery["proof"]), (&json!("read"), &json!("authentic")), "{delivery:#}");
    let path = format!("/deliveries/{}", delivery["id"]);
    let shown = scene.webhooks(&path);
    assert_eq!(shown["events"][0]["entities"][0]["state"], "done", "{shown:#}");
    assert!(shown["content"]["body"]["payload"].is_object(), "{shown:#}");
    let own = format!("/v1/connections/{}/webhooks{path}", scene.id);
    assert!(scene.server.get(&scene.channel.key, &own)["content"].is_null(), "a channel sees no bodies");

    let printed = scene.world.host.json(&["webhook", "show", &scene.id, &delivery["id"].to_string()]);
    assert_eq!(printed["events"], shown["events"]);
    assert_eq!(scene.post("/replay", &json!({})).json(), json!({ "deliveries": 1, "entities": 0 }));
    wait_until("it is read again", || (scene.webhooks(&path)["read_at"] != shown["read_at"]).then_some(()));
    assert_eq!(scene.webhooks("/dead-letters")["data"], json!([]));
}

#[test]
fn what_is_not_proven_is_refused_and_the_owner_is_reported_why() {
    let scene = Scene::start(QUICK, Some(SECRET));
    let post = |path: &str, body: &str| scene.server.send("POST", path, "", body).problem();
    let own = format!("/webhooks/{}", scene.id);
    assert_eq!(post(&own, "payload=%7B%7D"), (401, "webhook_refused".to_owned()));
    assert_eq!(post("/webhooks/conn_nobody", "payload=%7B%7D"), (404, "not_found".to_owned()));
    assert_eq!(post(&own, &"x".repeat((1 << 20) + 1)), (413, "body_too_large".to_owned()));
    scene.send_webhooks(Some("another secret of the same store"));
    scene.touch();
    let overview = wait_until("both refusals are noted", || {
        let overview = scene.webhooks("");
        (overview["refused"] == 2).then_some(overview)
    });
    let verdicts: Vec<_> = overview["refusals"].as_array().unwrap().iter().map(|refusal| &refusal["verdict"]).collect();
    assert_eq!(verdicts, [&json!("bad_signature"), &json!("unsigned")], "{overview:#}");
    assert!(overview["refusals"][0]["likely_cause"].as_str().unwrap().len() > 20, "{overview:#}");
    assert_eq!(overview["accepted"], 0);
    let shown = scene.server.call(
        &scene.channel.key,
        "POST",
        &format!("/v1/connections/{}/webhooks/replay", scene.id),
        &json!({}),
    );
    assert_eq!(shown.problem(), (403, "operator_required".to_owned()));
}

#[test]
fn without_a_secret_hints_are_accepted_only_when_the_operator_says_so() {
    let scene = Scene::start(QUICK, None);
    scene.send_webhooks(None);
    let before = scene.title();
    scene.touch();
    wait_until("it was refused", || (scene.webhooks("")["refused"] == 1).then_some(()));
    let path = format!("/v1/connections/{}/webhooks", scene.id);
    let changed = scene.server.call(&scene.operator, "PATCH", &path, &json!({ "allow_unsigned": true }));
    assert_eq!(changed.json()["allow_unsigned"], true, "{changed:#?}");
    // A change is noticed within a second.
    wait_until("a hint is accepted", || {
        scene.touch();
        (scene.webhooks("")["accepted"] != 0).then_some(())
    });
    wait_until("the offer has changed", || (scene.title() != before).then_some(()));
    assert_eq!(scene.webhooks("/deliveries")["data"][0]["proof"], "unsigned");
    let events = scene.server.get(&scene.operator, &format!("/v1/connections/{}/events?type=connection.*", scene.id));
    let is_allowed = |event: &&Value| event["type"] == "connection.unsigned_webhooks_allowed";
    let allowed = events["data"].as_array().unwrap().iter().find(is_allowed);
    assert!(allowed.unwrap()["data"]["actor"].as_str().unwrap().starts_with("operator (key "), "{events:#}");
}

#[test]
fn a_secret_that_was_replaced_still_proves_what_is_on_its_way() {
    let scene = Scene::start(QUICK, Some(SECRET));
    let new = "n3w-secret-of-the-same-webhook-plugin";
    let file = scene.world.host.write("new.json", &json!({ "webhook_endpoint_secret": new }).to_string());
    let updated = scene.world.host.run(&["connection", "update", &scene.id, "--credentials-file", &file]);
    assert_eq!(updated.code, 0, "{updated:#?}");
    for (count, secret) in [(1, new), (2, SECRET)] {
        scene.send_webhooks(Some(secret));
        wait_until("its delivery is accepted", || {
            scene.touch();
            (scene.webhooks("")["accepted"].as_u64() >= Some(count)).then_some(())
        });
    }
    let deliveries = scene.webhooks("/deliveries");
    assert!(deliveries["data"].as_array().unwrap().iter().all(|delivery| delivery["proof"] == "authentic"));
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let mut scene = Scene::start("[advanced]\nwebhook_workers = 0\n", Some(SECRET));
    scene.send_webhooks(Some(SECRET));
    let before = scene.title();
    scene.touch();
    let overview = scene.webhooks("");
    assert_eq!((&overview["accepted"], &overview["waiting_deliveries"]), (&json!(1), &json!(1)), "{overview:#}");
    // Dropping the server kills it with SIGKILL.
    scene.restart(QUICK);
    wait_until("the offer has changed", || (scene.title() != before).then_some(()));
    wait_until("nothing waits", || (scene.webhooks("")["waiting_deliveries"] == 0).then_some(()));
}

#[test]
fn a_paused_connection_keeps_its_deliveries_for_later() {
    let scene = Scene::start(QUICK, Some(SECRET));
    scene.send_webhooks(Some(SECRET));
    let before = scene.title();
    let change = |what: &str| {
        let path = format!("/v1/connections/{}/{what}", scene.id);
        assert_eq!(scene.server.call(&scene.operator, "POST", &path, &json!({})).status, 200);
    };
    change("pause");
    scene.touch();
    let overview = scene.webhooks("");
    assert_eq!((&overview["accepted"], &overview["waiting_deliveries"]), (&json!(1), &json!(1)), "{overview:#}");
    assert_eq!(scene.title(), before);
    change("resume");
    wait_until("the offer has changed", || (scene.title() != before).then_some(()));
}

/// The page waits for the first event while the merchant chooses; the connection is made only after that.
#[test]
fn before_the_merchants_yes_an_authentic_delivery_is_received_and_nothing_of_it_is_kept() {
    let world = World::small();
    world.host.write("connector-host.toml", QUICK);
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let link = server.link(&channel, &json!({}));
    let mut credentials = world.credentials();
    credentials["webhook_endpoint_secret"] = json!(SECRET);
    let url = server.page(&link, "GET", "session", &json!({})).json()["webhook_url"].clone();
    let delivered = |secret: &str| {
        world.sim.webhooks(&json!([{ "url": url, "secret": secret, "retries": 0 }]));
        world.sim.touch("display", 1);
        world.sim.drain_webhooks()[0]["counters"]["delivered"].as_u64().unwrap()
    };
    let received = || server.page(&link, "GET", "webhook", &json!({})).json()["received"].clone();
    assert_eq!((delivered(SECRET), received()), (0, json!(false)), "nothing is checked yet");
    assert_eq!(server.check(&link, &credentials)["ok"], true);
    assert_eq!((delivered("another-secret-Yk7wR1"), received()), (0, json!(false)));
    assert_eq!((delivered(SECRET), received()), (1, json!(true)));
    credentials["webhook_endpoint_secret"] = json!("another-secret-Yk7wR1");
    assert_eq!(server.check(&link, &credentials)["ok"], true);
    assert_eq!((delivered(SECRET), received()), (0, json!(false)), "the former secret proves nothing any more");
    assert_eq!((delivered("another-secret-Yk7wR1"), received()), (1, json!(true)));

    let back = server.confirm(&link, &json!({}));
    let id = back["connection_id"].as_str().unwrap();
    let kept = || server.get(&server.operator, &format!("/v1/connections/{id}/webhooks/deliveries"))["data"].clone();
    server.synced(&channel.key, id);
    assert_eq!(kept(), json!([]), "what came before is read by the first sync");
    assert_eq!(delivered("another-secret-Yk7wR1"), 1);
    assert_eq!(kept().as_array().unwrap().len(), 1);
}
