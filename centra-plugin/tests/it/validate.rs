//! The checks a merchant sees, for a good store and for each way it can be wrong.

use centra_plugin::connector::Centra;
use centra_sim::SimConfig;
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        capability::CapabilityName,
        credentials::{OpenConnection, Secret},
        pull::Stream,
        validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    shop::{SECRET, Shop},
    store::{Store, Variant, call, data, denied, request},
};

/// A small good store.
fn good(name: &str, _: &Value, _: &str) -> (u16, Value) {
    let answer = match name {
        "Introspection" => return (0, Value::Null),
        "Ping" => json!({ "__typename": "Query" }),
        "RateLimits" => json!({ "rateLimits": [
            { "type": "REQUEST_COUNT", "intervalSeconds": "TEN_SECONDS", "quota": 60, "remainingQuota": 58 },
            { "type": "QUERY_COMPLEXITY", "intervalSeconds": "TEN_SECONDS", "quota": 250_000, "remainingQuota": 249_000 }] }),
        "Stores" => {
            json!({ "stores": [{ "id": 1, "name": "Web", "type": "DIRECT_TO_CONSUMER" }, { "id": 2, "name": "B2B", "type": "WHOLESALE" }] })
        }
        "Markets" => {
            json!({ "markets": [{ "id": 2, "name": "Nordics", "store": { "id": 1 } }, { "id": 3, "name": "Europe", "store": { "id": 1 } }] })
        }
        "Pricelists" => {
            json!({ "pricelists": [{ "id": 4, "name": "Swedish", "status": "ACTIVE", "currency": { "code": "SEK" }, "store": { "id": 1 } },
            { "id": 5, "name": "Old", "status": "INACTIVE", "currency": { "code": "EUR" }, "store": { "id": 1 } }] })
        }
        "Languages" => json!({ "languages": [{ "id": 1, "name": "Svenska", "languageCode": "sv", "isActive": true }] }),
        "Offers" => {
            json!({ "displayConnection": { "totalCount": 0, "edges": [], "pageInfo": { "hasNextPage": false, "endCursor": null } } })
        }
        _ => json!({}),
    };
    data(answer)
}

fn validate(connector: &Centra) -> ValidateResponse {
    block_on(connector.validate(&call(&Op::Validate), ValidateRequest::default())).unwrap()
}

fn check<'a>(answer: &'a ValidateResponse, id: &str) -> &'a Check {
    answer.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check `{id}`"))
}

fn status(answer: &ValidateResponse, id: &str) -> String {
    check(answer, id).status.to_string()
}

const ORDER: &[&str] = &[
    "address_answers",
    "token_accepted",
    "permission_products",
    "permission_orders",
    "permission_customers",
    "permission_markets",
    "rate_limit_budget",
    "store_found",
    "markets_found",
    "pricelists_found",
    "languages_found",
    "schema_compatible",
    "checkout_secret",
    "webhook_secret",
];

#[test]
fn a_good_store_passes_every_check_in_order_and_reports_what_it_is() {
    let store = Store::new(&Variant::reference(), good);
    let secrets = [
        ("checkout_api_shared_secret", "\"right-checkout-secret\""),
        ("webhook_endpoint_secret", "tZ9+nPRpPeUw79Ffhf8GsjfjZQGx+-bU"),
    ];
    let answer = validate(&store.open_with(&json!({}), &secrets));
    assert_eq!(answer.checks.iter().map(|check| check.id.as_str()).collect::<Vec<_>>(), ORDER);
    assert!(answer.ok && answer.checks.iter().all(|check| check.status == CheckStatus::Pass), "{:#?}", answer.checks);
    assert_eq!(store.host.checks(), answer.checks, "each is reported as it ends");
    let identity = StoreIdentity { host: "shop.centra.com".into(), store_id: "1".into(), name: "Web".into() };
    assert_eq!(answer.store, Some(identity));
    assert_eq!(answer.permissions_used, ["Product:read"]);
    assert_eq!(answer.normalized_credentials["store_url"].expose(), "https://shop.centra.com");
    assert_eq!(answer.normalized_credentials["integration_api_token"].expose(), "right-token");
    assert_eq!(answer.normalized_credentials["checkout_api_shared_secret"].expose(), "right-checkout-secret");
    let mut shown = serde_json::to_value(&answer).unwrap();
    shown.as_object_mut().unwrap().remove("normalized_credentials");
    assert_json_snapshot!("good_store", shown);
}

/// Texts of checks and reasons that are the same in both languages.
fn left_in_english(answer: &ValidateResponse) -> Vec<String> {
    let mut left = vec![];
    for check in &answer.checks {
        let said = &check.translations["sv"];
        left.extend((said.title == check.title).then(|| check.title.clone()));
        left.extend((said.message == check.message).then(|| check.message.clone()));
        left.extend(check.fix.clone().filter(|fix| said.fix.as_ref() == Some(fix)));
    }
    let reasons = &answer.reason_translations["sv"];
    let capabilities = answer.capabilities.iter();
    left.extend(capabilities.filter(|own| reasons[own.name.as_str()] == own.reason).map(|own| own.reason.clone()));
    left
}

#[test]
fn checks_and_reasons_are_reported_in_swedish_as_well() {
    let store = Store::new(&Variant::reference(), good);
    let whole = validate(&store.open_with(&json!({}), &[("webhook_endpoint_secret", "short")]));
    assert_eq!(left_in_english(&whole), Vec::<String>::new());
    assert_eq!(check(&whole, "token_accepted").translations["sv"].message, "Token fungerar.");
    assert_eq!(check(&whole, "token_accepted").message, "The token works.", "what is kept is English");
    let host = ScriptedHost::offline();
    let empty = validate(&Centra::open(host.host(), OpenConnection::default()).unwrap());
    assert_eq!(left_in_english(&empty), Vec::<String>::new());
    let lacking = |name: &str, query: &Value, at: &str| match name {
        "Customers" => (403, json!({ "errors": [denied("Customer:read", "customers", &["customers"])] })),
        _ => good(name, query, at),
    };
    let refused = validate(&Store::new(&Variant::reference(), lacking).open());
    assert!(!refused.ok, "a permission is missing");
    assert_eq!(left_in_english(&refused), Vec::<String>::new());
}

#[test]
fn without_credentials_nothing_is_sent_and_both_fields_are_named() {
    let host = ScriptedHost::offline();
    let answer = validate(&Centra::open(host.host(), OpenConnection::default()).unwrap());
    assert!(!answer.ok && host.requests().is_empty());
    let failed: Vec<_> = answer
        .checks
        .iter()
        .filter(|check| check.status == CheckStatus::Fail)
        .map(|check| check.pointer.clone())
        .collect();
    assert_eq!(failed, [Some("/store_url".to_owned()), Some("/integration_api_token".to_owned())]);
    assert_eq!(answer.checks.iter().map(|check| check.id.as_str()).collect::<Vec<_>>(), ORDER);
}

#[test]
fn a_wrong_address_is_distinguished_from_a_store_that_is_down() {
    let answers: &[(u16, &str, &str, &str)] = &[
        (404, "<html>not here</html>", "platform_answer_invalid", "Check the store URL"),
        (200, "<html>a shop</html>", "platform_answer_invalid", "Check the store URL"),
        (302, "", "platform_answer_invalid", "Check the store URL"),
        (503, "", "platform_unavailable", "Wait a few minutes"),
    ];
    for (http, body, code, fix) in answers {
        let host = ScriptedHost::new(move |_, _| Ok(ScriptedHost::text(*http, body)));
        let answer = validate(&Store { host, ..Store::new(&Variant::reference(), good) }.open());
        let found = check(&answer, "address_answers");
        assert_eq!(found.code.as_ref().map(ErrorCode::as_str), Some(*code), "{http}");
        assert!(found.fix.as_deref().is_some_and(|own| own.starts_with(fix)), "{http}: {:?}", found.fix);
        assert_eq!(
            (found.pointer.as_deref(), status(&answer, "token_accepted").as_str()),
            (Some("/store_url"), "skip")
        );
        assert_eq!(status(&answer, "schema_compatible"), "skip");
        assert!(!answer.ok);
    }
    let host = ScriptedHost::new(|_, _| Err(ConnectorError::new(ErrorCode::AddressForbidden, "not allowed")));
    let answer = validate(&Store { host, ..Store::new(&Variant::reference(), good) }.open());
    assert_eq!(check(&answer, "address_answers").code, Some(ErrorCode::AddressForbidden));
}

#[test]
fn a_refused_token_says_why_when_the_platform_does() {
    for (http, text, code) in [
        (403, "The token has expired.", ErrorCode::AuthExpired),
        (401, "This token was revoked", ErrorCode::AuthRevoked),
        (403, "Forbidden", ErrorCode::AuthInvalid),
        (401, "missing, invalid or expired", ErrorCode::AuthInvalid),
    ] {
        let store =
            Store::new(&Variant::reference(), move |_, _, _| (http, json!({ "errors": [{ "message": text }] })));
        let answer = validate(&store.open());
        let found = check(&answer, "token_accepted");
        assert_eq!((found.code.clone(), found.pointer.as_deref()), (Some(code), Some("/integration_api_token")));
        assert_eq!(status(&answer, "address_answers"), "pass");
        assert_eq!(store.asked(), ["Ping"], "a refused token is not tried again");
    }
}

#[test]
fn a_dead_token_is_refused_in_whatever_words_a_permission_is() {
    for auth_status in [401, 403] {
        let config = SimConfig { auth_status, auth_category: "authorization".to_owned(), ..SimConfig::default() };
        let shop = Shop::start(config, SECRET, json!({}));
        assert_eq!(status(&validate(&shop.centra), "token_accepted"), "pass");
        shop.store.token().is_valid = false;
        let answer = validate(&shop.centra);
        let found = check(&answer, "token_accepted");
        assert_eq!((found.status.as_str(), found.pointer.as_deref()), ("fail", Some("/integration_api_token")));
        let error = block_on(shop.centra.pull(&call(&Op::Pull), request(Stream::Offers))).unwrap_err();
        assert!(error.is_auth(), "{error:?}");
    }
    // Some servers answer 200 whatever happens.
    let refusal = json!({ "errors": [{ "message": "Access denied", "extensions": { "category": "authorization" } }] });
    let store = Store::new(&Variant::reference(), move |_, _, _| (200, refusal.clone()));
    assert_eq!(status(&validate(&store.open()), "token_accepted"), "fail");
}

#[test]
fn each_missing_permission_is_named_whatever_the_status() {
    for http in [200, 400, 403] {
        let store = Store::new(&Variant::reference(), move |name, variables, query| match name {
            "Customers" => (http, json!({ "errors": [denied("Customer:read", "customers", &["customers"])] })),
            "ProbeProducts" if query.contains("brands") => (
                http,
                json!({ "errors": [denied("Brand:read", "brands", &["brands"]), denied("Category:read", "categories", &["categories"])] }),
            ),
            "Offers" if query.contains("brand") => (
                http,
                json!({ "errors": [denied("Brand:read", "brand", &["displayConnection", "edges", "node", "product", "brand"])] }),
            ),
            _ => good(name, variables, query),
        });
        let answer = validate(&store.open());
        assert!(!answer.ok);
        let customers = check(&answer, "permission_customers");
        assert_eq!((customers.status.as_str(), customers.code.clone()), ("fail", Some(ErrorCode::PermissionMissing)));
        assert!(customers.fix.as_deref().unwrap().contains("Customer:read"));
        let products = check(&answer, "permission_products");
        assert_eq!(products.status, CheckStatus::Warn);
        assert!(products.message.contains("Brand:read, Category:read"), "{}", products.message);
        assert_eq!(answer.permissions_missing, ["Brand:read", "Category:read", "Customer:read"]);
        let brand = answer.schema_differences.iter().find(|own| own.path == "Product.brand").unwrap();
        assert_eq!((brand.kind.as_str(), brand.effect.as_str()), ("denied", "Brands are not known."));
        let catalog = answer.capabilities.iter().find(|own| own.name == CapabilityName::Catalog).unwrap();
        assert!(catalog.on && catalog.degraded && catalog.reason.contains("Brands are not known."), "{catalog:?}");
    }
}

#[test]
fn a_schema_without_a_needed_field_fails_by_name_and_one_without_optional_ones_degrades() {
    let answer = validate(&Store::new(&Variant::without(&["Price.productVariant"]), good).open());
    let found = check(&answer, "schema_compatible");
    assert_eq!((found.status.as_str(), found.code.clone()), ("fail", Some(ErrorCode::SchemaIncompatible)));
    assert!(found.message.contains("Price.productVariant"), "{}", found.message);

    let answer = validate(&Store::new(&Variant::certain(), good).open());
    assert!(answer.ok, "{:#?}", answer.checks);
    assert_eq!(status(&answer, "schema_compatible"), "warn");
    let state = |name: CapabilityName| answer.capabilities.iter().find(|own| own.name == name).unwrap();
    assert!(state(CapabilityName::Catalog).on && state(CapabilityName::Catalog).degraded);
    assert!(!state(CapabilityName::Inventory).on && !state(CapabilityName::TaxRules).on);
    assert!(state(CapabilityName::Prices).on);
}

#[test]
fn a_hidden_schema_is_a_warning() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "Introspection" => (400, json!({ "errors": [{ "message": "introspection is off" }] })),
        _ => good(name, variables, query),
    });
    let answer = validate(&store.open());
    assert!(answer.ok, "{:#?}", answer.checks);
    assert!(check(&answer, "schema_compatible").message.contains("does not show its schema"));
}

#[test]
fn the_right_store_is_found_or_the_reason_reported() {
    let stores = |found: Value| {
        Store::new(&Variant::reference(), move |name, variables, query| match name {
            "Stores" => data(json!({ "stores": found })),
            _ => good(name, variables, query),
        })
    };
    let (web, outlet, b2b) = (
        json!({ "id": 1, "name": "Web", "type": "DIRECT_TO_CONSUMER" }),
        json!({ "id": 7, "name": "Outlet", "type": "DIRECT_TO_CONSUMER" }),
        json!({ "id": 2, "name": "B2B", "type": "WHOLESALE" }),
    );
    let several = stores(json!([b2b, web, outlet]));
    let answer = validate(&several.open_with(&json!({}), &[]));
    assert_eq!(answer.settings["store_id"], 1);
    let choices: Vec<&str> = answer.choices["store_id"].iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(choices, ["Web", "Outlet"]);
    assert_eq!(validate(&several.open_with(&json!({ "store_id": 7 }), &[])).store.unwrap().name, "Outlet");
    assert_eq!(
        check(&validate(&several.open_with(&json!({ "store_id": 2 }), &[])), "store_found").pointer.as_deref(),
        Some("/store_id")
    );

    let answer = validate(&stores(json!([b2b])).open_with(&json!({}), &[]));
    assert_eq!(check(&answer, "store_found").message, "The token can see only wholesale stores.");
    assert_eq!(status(&answer, "markets_found"), "skip");

    let expected = |host: &str, id: &str| ValidateRequest {
        expected_store: Some(StoreIdentity { host: host.to_owned(), store_id: id.to_owned(), name: String::new() }),
    };
    let renew = |request| block_on(several.open_with(&json!({}), &[]).validate(&call(&Op::Validate), request)).unwrap();
    assert_eq!(renew(expected("shop.centra.com", "7")).store.unwrap().store_id, "7");
    assert_eq!(check(&renew(expected("other.centra.com", "1")), "store_found").code, Some(ErrorCode::Conflict));
    assert_eq!(status(&renew(expected("shop.centra.com", "99")), "store_found"), "fail");
}

#[test]
fn a_wrong_checkout_secret_is_refused_and_a_wrong_plugin_recognised() {
    let store = Store::new(&Variant::reference(), good);
    let with = |secret: &str| validate(&store.open_with(&json!({}), &[("checkout_api_shared_secret", secret)]));
    let refused = with("storefront-secret");
    let found = check(&refused, "checkout_secret");
    assert_eq!((found.status.as_str(), found.code.clone()), ("fail", Some(ErrorCode::AuthInvalid)));
    assert!(found.fix.as_deref().unwrap().contains("Storefront API plugin has a shared secret of its own"));
    assert!(check(&with("right-token"), "checkout_secret").message.contains("Integration API token"));

    for (http, body, code, pointer) in [
        (
            200,
            json!({ "errors": [], "data": null, "extensions": { "token": "x" } }),
            "config_invalid",
            "/checkout_api_shared_secret",
        ),
        (200, json!({ "countries": [] }), "auth_invalid", "/checkout_api_shared_secret"),
        (404, Value::Null, "not_found", "/checkout_plugin_path"),
    ] {
        let inner = store.host.clone();
        let host = ScriptedHost::new(move |request, sent| {
            if request.url.contains("/api/") {
                assert_eq!(
                    (request.method.as_str(), request.url.as_str()),
                    ("GET", "https://shop.centra.com/api/checkout-api/markets")
                );
                return Ok(ScriptedHost::json(http, &body));
            }
            block_on(inner.host().http(request, sent.to_vec()))
        });
        let other = Store { host, ..store.clone() };
        let settings = json!({ "checkout_plugin_path": "/api/checkout-api/" });
        let answer = validate(&other.open_with(&settings, &[("checkout_api_shared_secret", "some-secret")]));
        let found = check(&answer, "checkout_secret");
        assert_eq!((found.code.as_ref().map(ErrorCode::as_str), found.pointer.as_deref()), (Some(code), Some(pointer)));
    }
}

#[test]
fn the_webhook_secret_is_looked_at() {
    let store = Store::new(&Variant::reference(), good);
    let with = |secret: &str| validate(&store.open_with(&json!({}), &[("webhook_endpoint_secret", secret)]));
    assert_eq!(status(&with("short"), "webhook_secret"), "warn");
    assert_eq!(status(&with("two words in here, quite long"), "webhook_secret"), "fail");
    assert_eq!(status(&with("right-token"), "webhook_secret"), "fail");
}

#[test]
fn the_tokens_end_is_taken_from_the_merchant_or_assumed() {
    let store = Store::new(&Variant::reference(), good);
    let expiry = |settings: Value| validate(&store.open_with(&settings, &[])).expiries.remove(0);
    let assumed = expiry(json!({}));
    assert_eq!((assumed.expires_at.to_string().as_str(), assumed.assumed), ("2026-01-31T00:00:00Z", true));
    let named = expiry(json!({ "token_expires_at": "2026-12-24" }));
    assert_eq!((named.expires_at.to_string().as_str(), named.assumed), ("2026-12-24T23:59:59Z", false));
}

#[test]
fn a_market_that_is_not_there_is_refused() {
    let store = Store::new(&Variant::reference(), good);
    let answer = validate(&store.open_with(&json!({ "market_id": 99 }), &[]));
    assert_eq!(check(&answer, "markets_found").pointer.as_deref(), Some("/market_id"));
    assert_eq!(answer.choices["market_id"].len(), 2);
}

#[test]
fn nearly_spent_limits_are_a_warning_and_checks_are_timed() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "RateLimits" => data(
            json!({ "rateLimits": [{ "type": "REQUEST_COUNT", "intervalSeconds": "ONE_HOUR", "quota": 5000, "remainingQuota": 12 }] }),
        ),
        _ => good(name, variables, query),
    });
    let ticking = Store { host: store.host.clone().ticking(5), ..store };
    let answer = validate(&ticking.open());
    assert!(check(&answer, "rate_limit_budget").message.contains("5000 requests per hour only 12 are left"));
    assert!(answer.ok && answer.checks.iter().all(|check| check.duration_ms > 0));
}

#[test]
fn no_secret_leaves_through_a_check_a_log_or_the_state() {
    let store = Store::new(&Variant::reference(), |_, _, _| {
        (
            403,
            json!({ "errors": [{ "message": "You need Bearer right-token permission to access right-token.", "extensions": { "category": "authorization" } }] }),
        )
    });
    let mut connection = OpenConnection::default();
    connection.credentials.insert("store_url".to_owned(), Secret::new("shop.centra.com"));
    connection.credentials.insert("integration_api_token".to_owned(), Secret::new("right-token"));
    let connector = Centra::open(store.host.host(), connection).unwrap();
    let answer = validate(&connector);
    let shown =
        format!("{:?} {:?} {:?} {:?}", answer.checks, answer.schema_differences, store.host.logs(), store.host.state());
    assert!(!shown.contains("right-token"), "{shown}");
    let asked_with: Vec<_> = store.host.requests().into_iter().flat_map(|(request, _)| request.headers).collect();
    assert!(asked_with.iter().all(|header| header.secret == header.value.contains("right-token")));
}
