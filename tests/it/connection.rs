//! A store becomes a connection, or a clear reason why not.

use e2e::{
    Sim, World,
    shop::{ACCESS_WORD, Shop},
    world,
};
use serde_json::{Value, json};

/// One check of a validation.
fn check<'a>(checks: &'a Value, id: &str) -> &'a Value {
    let checks = checks.as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no check {id} in {checks:#?}"))
}

/// Credentials that must be refused by a check; gives that check.
fn refused_by(world: &World, credentials: &Value, id: &str) -> Value {
    let outcome = world.add(credentials);
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    let error = outcome.error();
    assert_eq!(error["code"], "validation_failed", "{error:#}");
    let check = check(&error["details"], id).clone();
    assert_eq!(check["status"], "fail", "{error:#}");
    assert!(check["fix"].as_str().is_some_and(|fix| fix.len() > 20), "{check:#}");
    assert_eq!(world.host.json(&["connection", "list"]), json!([]), "nothing is kept");
    check
}

#[test]
fn a_store_is_checked_kept_shown_checked_again_and_removed() {
    let world = World::small();
    let id = world.connect();
    let listed = world.host.json(&["connection", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let shown = world.host.json(&["connection", "show", &id]);
    assert_eq!(listed[0], shown);
    assert_eq!(shown["health"]["status"], "active");
    assert_eq!(shown["store"]["name"], "Retail");
    let checks = shown["findings"]["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["status"] == "pass" || check["status"] == "skip"), "{checks:#?}");
    for capability in shown["findings"]["capabilities"].as_array().unwrap() {
        assert!(capability["on"].is_boolean() && capability["reason"].as_str().unwrap().len() > 10, "{capability}");
    }
    let again = world.host.json(&["connection", "check", &id]);
    assert_eq!(again["connection"]["health"]["status"], "active");
    world.host.json(&["connection", "remove", &id]);
    assert_eq!(world.host.json(&["connection", "list"]), json!([]));
    let error = world.host.fails(&["connection", "show", &id], 9);
    assert_eq!(error["code"], "not_found");
    world.host.fails(&["connection", "remove", &id], 9);
}

#[test]
fn a_pasted_address_and_token_are_cleaned() {
    let world = World::small();
    let token = format!("\" Bearer {} \"", world.sim.token);
    let address = format!("  {}/ams/login?next=1 ", world.sim.address);
    let outcome = world.add(&json!({ "store_url": address, "integration_api_token": token }));
    assert_eq!(outcome.code, 0, "{outcome:#?}");
}

#[test]
fn a_wrong_token_is_refused_at_its_field_and_nothing_else_is_asked() {
    let world = World::small();
    let credentials = json!({ "store_url": world.sim.address, "integration_api_token": "not-the-token-0815" });
    let check = refused_by(&world, &credentials, "token_accepted");
    assert_eq!((&check["code"], &check["pointer"]), (&json!("auth_invalid"), &json!("/integration_api_token")));
    assert_eq!(world.sim.requests(), 1, "a refused token is tried once");
}

#[test]
fn an_address_that_does_not_answer_or_must_not_be_asked_is_refused_at_its_field() {
    let world = World::small();
    let token = &world.sim.token;
    for (address, code) in [
        ("http://127.0.0.1:1", "unreachable"),
        ("https://no-such-store.invalid", "unreachable"),
        ("https://10.0.0.1", ""),
    ] {
        let check =
            refused_by(&world, &json!({ "store_url": address, "integration_api_token": token }), "address_answers");
        assert_eq!(check["pointer"], "/store_url", "{address}");
        assert!(code.is_empty() || check["code"] == code, "{address}: {check:#}");
    }
    for address in ["https://user:password@store.example", "http://store.example"] {
        let outcome = world.add(&json!({ "store_url": address, "integration_api_token": token }));
        assert_eq!(outcome.code, 3, "{outcome:#?}");
        assert_eq!(outcome.error()["field_errors"][0]["pointer"], "/store_url", "{address}");
    }
    assert_eq!(world.sim.requests(), 0);
}

#[test]
fn without_the_demonstration_flag_no_private_address_is_asked() {
    let mut world = World::small();
    world.host.arguments.clear();
    let outcome = world.add(&world.credentials());
    assert_eq!(outcome.code, 3, "{outcome:#?}");
    assert_eq!(world.sim.requests(), 0, "{outcome:#?}");
}

#[test]
fn every_missing_permission_area_is_named() {
    for (missing, check) in [
        ("Price:read", "permission_products"),
        ("Order:read", "permission_orders"),
        ("Customer:read", "permission_customers"),
        ("Market:read", "permission_markets"),
    ] {
        let world = World::start(&["--seed", "small", "--permissions", &format!("-{missing}")]);
        let check = refused_by(&world, &world.credentials(), check);
        assert_eq!(check["code"], "permission_missing", "{check:#}");
        assert!(check["message"].as_str().unwrap().contains(missing), "{check:#}");
        assert!(check["fix"].as_str().unwrap().contains(missing), "{check:#}");
    }
}

#[test]
fn a_missing_lesser_permission_degrades_with_a_reason_and_refuses_nothing() {
    let world = World::start(&["--seed", "small", "--permissions", "-Translation:read"]);
    let id = world.connect();
    let shown = world.host.json(&["connection", "show", &id]);
    let capabilities = shown["findings"]["capabilities"].as_array().unwrap();
    let translations = capabilities.iter().find(|capability| capability["name"] == "translations").unwrap();
    assert!(translations["on"] == false || translations["degraded"] == true, "{translations:#}");
    let missing = shown["findings"]["permissions_missing"].as_array().unwrap();
    assert!(missing.contains(&json!("Translation:read")), "{missing:?}");
}

#[test]
fn optional_secrets_are_tried_and_a_secret_of_the_wrong_kind_is_recognised() {
    let secrets = ["--checkout-secret", "checkout-secret-1", "--storefront-secret", "storefront-secret-1"];
    let world = World::start(&[&["--seed", "small"], &secrets[..]].concat());
    let with = |secret: &str| {
        let mut credentials = world.credentials();
        credentials["checkout_api_shared_secret"] = secret.into();
        credentials
    };
    let shown = world.add(&with("checkout-secret-1"));
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert_eq!(check(&shown.json()["findings"]["checks"], "checkout_secret")["status"], "pass");
    let outcome = world.add(&with("storefront-secret-1"));
    let error = if outcome.code == 0 {
        outcome.json()["findings"]["checks"].clone()
    } else {
        outcome.error()["details"].clone()
    };
    let refused = check(&error, "checkout_secret");
    assert!(refused["status"] == "fail" || refused["status"] == "warn", "{refused:#}");
    assert_eq!(refused["pointer"], "/checkout_api_shared_secret");
    assert!(refused["fix"].as_str().unwrap().contains("Storefront"), "{refused:#}");
}

#[test]
fn values_that_break_the_form_are_named_before_anything_is_asked() {
    let world = World::small();
    let outcome = world.add(&json!({ "integration_api_token": "has spaces in it", "colour": "red" }));
    assert_eq!(outcome.code, 3);
    let error = outcome.error();
    assert_eq!(error["code"], "config_invalid");
    let mut pointers: Vec<_> =
        error["field_errors"].as_array().unwrap().iter().map(|mistake| mistake["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/colour", "/integration_api_token", "/store_url"]);
    assert!(!outcome.stderr.contains("has spaces in it"), "a value was repeated: {}", outcome.stderr);
    assert_eq!(world.sim.requests(), 0);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let world = World::small();
    let add =
        |file: &str| world.host.fails(&["connection", "add", "--connector", "centra", "--credentials-file", file], 2);
    let message = |error: Value| error["message"].as_str().unwrap().to_owned();
    assert!(message(add("/nowhere/credentials.json")).contains("/nowhere/credentials.json"));
    let broken = world.host.write("broken.json", "{ \"integration_api_token\": \"s3cret-value\", ");
    let text = message(add(&broken));
    assert!(text.contains("broken.json") && text.contains("line 1") && !text.contains("s3cret"), "{text}");
    let list = world.host.write("list.json", "[1, 2]");
    assert!(message(add(&list)).contains("one JSON object"));
    let huge = world.host.write("huge.json", &" ".repeat(300 * 1024));
    assert!(message(add(&huge)).contains("larger than the limit of 262144 bytes"));
}

#[test]
fn an_unknown_connector_is_answered_with_those_there_are() {
    let world = World::small();
    let outcome = world::add(&world.host, "shopify", &json!({}));
    assert_eq!(outcome.code, 9);
    let message = outcome.error()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("shopify") && message.contains("centra, template"), "{message}");
}

#[test]
fn a_connection_to_another_platform_lives_beside_it() {
    let world = World::small();
    let centra = world.connect();
    let shop = Shop::start();
    let wrong = world::add(&world.host, "template", &json!({ "shop_url": shop.url, "access_word": "sesame" }));
    assert_eq!(wrong.code, 3, "{wrong:#?}");
    let outcome = world::add(&world.host, "template", &shop.credentials());
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(!outcome.stdout.contains(ACCESS_WORD));
    let template = outcome.json()["id"].as_str().unwrap().to_owned();
    world.sync(&centra, &[]);
    assert_eq!(world.host.json(&["sync", &template])["run"]["result"], "ok");
    assert_eq!(world::records(&world::export(&world.host, &template), "offers").len(), 3);
    assert_eq!(world::records(&world.export(&centra), "offers").len(), 12, "of its own store only");
}

#[test]
fn a_revoked_token_is_noticed_said_and_healed_by_the_store() {
    let world = World::small();
    let id = world.connect();
    world.sim.accept_token("another-token-from-now-on");
    let error = world.host.fails(&["sync", &id], 3);
    assert_eq!(error["code"], "auth_invalid", "{error:#}");
    let health = world.host.json(&["connection", "show", &id])["health"].clone();
    assert_eq!(health["status"], "reauth_required");
    assert!(health["cause"].is_string() && health["remedy"].is_string(), "{health:#}");
    let asked = world.sim.requests();
    let error = world.host.fails(&["sync", &id], 3);
    assert_eq!((error["code"].as_str(), world.sim.requests()), (Some("not_ready"), asked), "{error:#}");
    world.sim.accept_token(&world.sim.token);
    world.host.json(&["connection", "check", &id]);
    world.sync(&id, &[]);
}

#[test]
fn a_renewed_token_heals_the_same_connection() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    let before = world.export(&id);
    world.sim.accept_token("the-new-token-4711");
    world.host.fails(&["sync", &id], 3);
    let renew = |token: &str| {
        let credentials = json!({ "store_url": world.sim.address, "integration_api_token": token });
        let file = world.host.write("renewed.json", &credentials.to_string());
        world.host.run(&["connection", "update", &id, "--credentials-file", &file, "--json"])
    };
    let refused = renew("another-wrong-token");
    assert_eq!(refused.code, 3, "{refused:#?}");
    let renewed = renew("the-new-token-4711");
    assert_eq!(renewed.code, 0, "{renewed:#?}");
    let health = world.host.json(&["connection", "show", &id])["health"].clone();
    assert_eq!(health["status"], "active", "{health:#}");
    world.sync(&id, &["--full"]);
    assert_eq!(world.export(&id), before);
}

#[test]
fn credentials_of_another_store_do_not_take_over_a_connection() {
    let world = World::small();
    let id = world.connect();
    let duplicate = world.add(&world.credentials());
    assert_eq!(duplicate.code, 0, "a second connection to the same store is allowed");
    let other = Sim::start(&["--seed", "small"]);
    let credentials = json!({ "store_url": other.address, "integration_api_token": other.token });
    let file = world.host.write("other.json", &credentials.to_string());
    let error = world.host.fails(&["connection", "update", &id, "--credentials-file", &file], 3);
    let refused = check(&error["details"], "store_found");
    assert_eq!((&refused["code"], &refused["pointer"]), (&json!("conflict"), &json!("/store_url")), "{refused:#}");
    other.reset_stats();
    world.sync(&id, &[]);
    assert_eq!(other.requests(), 0, "the connection still leads to its own store");
}
