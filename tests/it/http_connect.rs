//! A merchant connects a store over HTTP: from the channel's request to the redirect back, and every way it can end.

use e2e::{
    Sim, World,
    api::{BACK, Server, parameters},
    order_desk::{SECRET, settings},
    shop::Shop,
    wait::wait_until,
};
use serde_json::{Value, json};

#[test]
fn from_the_channels_request_to_the_first_sync() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let link = server.link(&channel, &json!({ "merchant_id": "m-7", "locale": "sv", "environment": "test" }));
    let page = server.page(&link, "GET", "session", &json!({})).json();
    assert_eq!(page["state"], "open");
    assert_eq!((&page["mode"], &page["environment"], &page["locale"]), (&json!("new"), &json!("test"), &json!("sv")));
    assert_eq!((&page["channel"]["name"], &page["connector"]["id"]), (&json!("Channel"), &json!("centra")));
    assert!(page["credential_schema"]["properties"]["store_url"].is_object(), "{page:#}");
    let draft = json!({ "credentials": { "store_url": world.sim.address }, "settings": {} });
    assert_eq!(server.page(&link, "PUT", "draft", &draft).status, 204);
    assert_eq!(server.page(&link, "GET", "session", &json!({})).json()["draft"], draft, "a page loaded again goes on");

    let pasted = json!({
        "store_url": format!(" {}/ams/login ", world.sim.address),
        "integration_api_token": format!("Bearer {}", world.sim.token) });
    let result = server.check(&link, &pasted);
    assert_eq!((&result["ok"], &result["cleaned"]["store_url"]), (&json!(true), &json!(world.sim.address)));
    assert!(result["cleaned"]["integration_api_token"].is_string() && !result.to_string().contains(&world.sim.token));
    assert!(result["choices"]["market_id"].as_array().unwrap().len() > 1, "{result:#}");
    assert_eq!(server.page(&link, "GET", "session", &json!({})).json()["state"], "checked");
    assert_eq!(server.get(&channel.key, "/v1/connections")["data"], json!([]), "nothing is kept before the yes");

    let not_offered = server.page(&link, "POST", "confirm", &json!({ "settings": { "market_id": 4711 } }));
    assert_eq!(not_offered.problem(), (422, "config_invalid".to_owned()));
    let market = result["choices"]["market_id"][1]["value"].clone();
    let back = server.confirm(&link, &json!({ "settings": { "market_id": market } }));
    assert_eq!((&back["status"], &back["state"]), (&json!("connected"), &json!("opaque & kept")));
    let id = back["connection_id"].as_str().unwrap();
    let token = json!({ "result_token": back["result_token"] });
    let other = server.channel("Other");
    let stolen = server.call(&other.key, "POST", "/v1/connect-sessions/redeem", &token);
    assert_eq!(stolen.problem(), (422, "result_refused".to_owned()));
    let redeemed = server.call(&channel.key, "POST", "/v1/connect-sessions/redeem", &token).json();
    let expected =
        json!({ "connection_id": id, "status": "connected", "state": "opaque & kept", "merchant_id": "m-7" });
    assert_eq!(redeemed, expected);
    let again = server.call(&channel.key, "POST", "/v1/connect-sessions/redeem", &token);
    assert_eq!(again.problem(), (422, "result_refused".to_owned()));

    let run = server.synced(&channel.key, id);
    assert_eq!((&run["result"], &run["trigger"]), (&json!("ok"), &json!("connect")));
    let connection = server.get(&channel.key, &format!("/v1/connections/{id}"));
    assert_eq!(connection["settings"]["market_id"], market);
    assert_eq!((&connection["health"]["status"], &connection["merchant_id"]), (&json!("active"), &json!("m-7")));
    assert!(connection["next_sync"]["due_at"].is_string(), "{connection:#}");
    let offers = server.get(&channel.key, &format!("/v1/connections/{id}/catalog/offers?limit=250"));
    assert_eq!(offers["data"].as_array().unwrap().len(), 11, "of the chosen market only");
    let first = offers["data"][0]["id"].as_str().unwrap();
    let offer = server.get(&channel.key, &format!("/v1/connections/{id}/catalog/offers/{first}"));
    assert!(offer["offer"]["variants"].is_array() && !offer["prices"].as_array().unwrap().is_empty(), "{offer:#}");
    assert_eq!(world.host.json(&["connection", "show", id])["id"], id, "the command line sees the same");

    let used = server.page(&link, "GET", "session", &json!({}));
    assert_eq!(used.problem(), (410, "session_used".to_owned()));
    assert_eq!(server.page(&link, "POST", "confirm", &json!({})).problem(), (410, "session_used".to_owned()));
}

#[test]
fn another_platforms_form_walks_the_same_way() {
    let world = World::small();
    let (server, shop) = (Server::start(&world.host), Shop::start());
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({ "connector": "template" }), &shop.credentials());
    assert_eq!(server.synced(&channel.key, &id)["result"], "ok");
    let offers = server.get(&channel.key, &format!("/v1/connections/{id}/catalog/offers"));
    assert_eq!(offers["data"].as_array().unwrap().len(), 3);
}

#[test]
fn what_the_store_refuses_is_reported_check_by_check_and_nothing_can_be_confirmed() {
    let world = World::start(&["--seed", "small", "--permissions", "-Order:read"]);
    let server = Server::start(&world.host);
    let link = server.link(&server.channel("Channel"), &json!({}));
    let empty = server.page(&link, "POST", "check", &json!({ "credentials": {}, "settings": {} }));
    assert_eq!(empty.problem(), (422, "config_invalid".to_owned()));
    let mistakes = empty.json()["errors"].as_array().unwrap().len();
    assert_eq!((mistakes, world.sim.requests()), (2, 0), "both fields are named before anything is asked");
    let body = json!({ "credentials": world.credentials(), "settings": {} });
    let refused = server.page(&link, "POST", "check", &body);
    let checks = refused.events("check");
    let failed: Vec<_> = checks.iter().filter(|check| check["status"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{refused:#?}");
    assert_eq!(failed[0]["id"], "permission_orders");
    assert!(failed[0]["fix"].as_str().unwrap().contains("Order:read"));
    let result = &refused.events("result")[0];
    assert_eq!((&result["ok"], &result["permissions_missing"]), (&json!(false), &json!(["Order:read"])));
    assert_eq!(server.page(&link, "POST", "confirm", &json!({})).problem(), (409, "not_checked".to_owned()));
}

#[test]
fn a_link_is_no_place_to_try_out_tokens() {
    let world = World::small();
    let server = Server::start(&world.host);
    let link = server.link(&server.channel("Channel"), &json!({}));
    let wrong = json!({ "store_url": world.sim.address, "integration_api_token": "not-the-token-0815" });
    for _ in 0..5 {
        assert_eq!(server.check(&link, &wrong)["ok"], false);
    }
    let body = json!({ "credentials": wrong, "settings": {} });
    let sixth = server.page(&link, "POST", "check", &body);
    assert_eq!(sixth.problem(), (429, "too_many_checks".to_owned()));
    assert!(sixth.head.to_lowercase().contains("retry-after: "), "{sixth:#?}");
    assert_eq!(world.sim.requests(), 5);
}

#[test]
fn secrets_and_large_bodies_do_not_get_into_a_draft() {
    let world = World::small();
    let server = Server::start(&world.host);
    let link = server.link(&server.channel("Channel"), &json!({}));
    for credentials in
        [json!({ "integration_api_token": "t" }), json!({ "password": "t" }), json!({ "store_url": ["t"] })]
    {
        let refused = server.page(&link, "PUT", "draft", &json!({ "credentials": credentials, "settings": {} }));
        assert_eq!(refused.problem(), (422, "secret_in_draft".to_owned()), "{credentials}");
    }
    let large = json!({ "credentials": { "store_url": "x".repeat(1 << 20) }, "settings": {} });
    assert_eq!(server.page(&link, "PUT", "draft", &large).problem(), (413, "body_too_large".to_owned()));
    assert_eq!(server.page(&link, "GET", "session", &json!({})).json()["draft"]["credentials"], json!({}));
}

#[test]
fn the_same_store_twice_becomes_a_change_of_credentials() {
    const CHECKOUT_SECRET: &str = "the-checkout-secret";
    let world = World::start(&["--seed", "small", "--checkout-secret", CHECKOUT_SECRET]);
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let first = server.connect(&channel, &json!({}), &world.credentials());
    let link = server.link(&channel, &json!({}));
    let result = server.check(&link, &world.credentials());
    assert_eq!(result["duplicate"]["connection_id"], first, "{result:#}");
    let refused = server.page(&link, "POST", "confirm", &json!({ "settings": {}, "replace": false }));
    assert_eq!(refused.problem(), (409, "already_connected".to_owned()));
    assert_eq!(server.confirm(&link, &json!({ "replace": true }))["connection_id"], first);
    assert_eq!(server.get(&channel.key, "/v1/connections")["data"].as_array().unwrap().len(), 1);
    // What is not given again stays: an optional secret, and a setting that was chosen.
    let link = server.link(&channel, &json!({}));
    let language = result["choices"]["language"][0]["value"].clone();
    let mut whole = world.credentials();
    whole["checkout_api_shared_secret"] = CHECKOUT_SECRET.into();
    let with_secret = server.check(&link, &whole);
    assert_ne!(with_secret["capabilities"], result["capabilities"]);
    server.confirm(&link, &json!({ "settings": { "language": language }, "replace": true }));
    let link = server.link(&channel, &json!({}));
    let result = server.check(&link, &world.credentials());
    assert_eq!(result["capabilities"], with_secret["capabilities"], "{result:#}");
    assert_eq!(result["settings"]["language"], language, "{result:#}");
    assert_eq!(
        server.confirm(&link, &json!({ "settings": { "language": null }, "replace": true }))["connection_id"],
        first
    );
    let kept = server.get(&channel.key, &format!("/v1/connections/{first}"));
    let secret =
        kept["credentials"].as_array().unwrap().iter().find(|one| one["field"] == "checkout_api_shared_secret");
    assert_eq!((&secret.unwrap()["set"], kept["settings"].get("language")), (&json!(true), None), "{kept:#}");
    // Another channel receives nothing of it.
    let other = server.channel("Other");
    let result = server.check(&server.link(&other, &json!({})), &world.credentials());
    assert!(result["duplicate"].is_null(), "{result:#}");
}

#[test]
fn a_refused_token_pauses_syncs_until_the_same_store_is_proven_again() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let id = server.connect(&channel, &json!({}), &world.credentials());
    server.synced(&channel.key, &id);
    let path = format!("/v1/connections/{id}");
    world.sim.accept_token("another-token-from-now-on");
    assert_eq!(server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({})).status, 202);
    let health = wait_until("the refusal is noticed", || {
        let health = server.get(&channel.key, &path)["health"].clone();
        (health["status"] == "reauth_required").then_some(health)
    });
    assert!(health["cause"].is_string() && health["remedy"].is_string(), "{health:#}");
    assert_eq!(health["actor"], "sync");
    let of_health = format!("{path}/events?type=connection.*&newest_first=true");
    let event = server.get(&channel.key, &of_health)["data"][0]["data"].clone();
    assert_eq!((&event["before"], &event["status"]), (&json!("active"), &json!("reauth_required")), "{event:#}");
    let refused = server.call(&server.operator, "POST", &format!("{path}/sync"), &json!({}));
    assert_eq!(refused.problem(), (409, "not_ready".to_owned()));

    let link = server.link(&channel, &json!({ "connection_id": id }));
    let page = server.page(&link, "GET", "session", &json!({})).json();
    assert_eq!((&page["mode"], &page["secrets_set"]), (&json!("reauth"), &json!(["integration_api_token"])));
    assert_eq!(page["draft"]["credentials"]["store_url"], world.sim.address);
    let stranger = Sim::start(&["--seed", "small"]);
    let elsewhere = json!({ "store_url": stranger.address, "integration_api_token": stranger.token });
    let body = json!({ "credentials": elsewhere, "settings": {} });
    let refused = server.page(&link, "POST", "check", &body);
    let reported = refused.events("problem").first().map(|problem| problem["code"].clone());
    let failed = refused.events("result").first().is_some_and(|result| result["ok"] == false);
    assert!(reported == Some(json!("other_store")) || failed, "{refused:#?}");
    assert_eq!(server.page(&link, "POST", "confirm", &json!({})).problem(), (409, "not_checked".to_owned()));

    let renewed = json!({ "integration_api_token": "another-token-from-now-on" });
    assert_eq!(server.check(&link, &renewed)["ok"], true, "what is not given stays");
    assert_eq!(server.confirm(&link, &json!({}))["connection_id"], id);
    // The run that the refusal interrupted goes on.
    wait_until("it is synced again", || {
        let run = server.get(&channel.key, &format!("{path}/runs"))["data"][0].clone();
        (run["trigger"] == "manual" && run["result"] == "ok").then_some(())
    });
    let actor = server.get(&channel.key, &path)["health"]["actor"].as_str().unwrap().to_owned();
    assert!(actor.starts_with("merchant (session cs_"), "{actor}");
}

#[test]
fn a_merchant_may_say_no() {
    let world = World::small();
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let link = server.link(&channel, &json!({}));
    let cancelled = server.page(&link, "POST", "cancel", &json!({})).json();
    let url = cancelled["redirect_url"].as_str().unwrap();
    assert!(url.starts_with(BACK), "{url}");
    assert_eq!(parameters(url), json!({ "status": "cancelled", "state": "opaque & kept" }));
    assert_eq!(server.page(&link, "GET", "session", &json!({})).problem(), (410, "session_used".to_owned()));
}

#[test]
fn what_is_chosen_last_works_at_once() {
    let world = World::start(&["--seed", "small", "--order-api-secret", SECRET]);
    let server = Server::start(&world.host);
    let channel = server.channel("Channel");
    let link = server.link(&channel, &json!({}));
    let takes_orders = |capabilities: &Value| {
        let all = capabilities.as_array().unwrap();
        all.iter().find(|capability| capability["name"] == "order_submit").unwrap()["on"].clone()
    };
    let result = server.check(&link, &world.credentials());
    assert_eq!(takes_orders(&result["capabilities"]), false, "no route is chosen yet");
    let back = server.confirm(&link, &json!({ "settings": settings() }));
    let id = back["connection_id"].as_str().unwrap();
    let connection = server.get(&channel.key, &format!("/v1/connections/{id}"));
    assert_eq!(takes_orders(&connection["findings"]["capabilities"]), true, "{connection:#}");
}
