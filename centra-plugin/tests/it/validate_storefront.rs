//! The checks of the Storefront API plugins: what works, what is missing, and a secret in the wrong field either way.

use centra_sim::{SimConfig, permissions::Granted, sale::Rules};
use connector_api::{
    Connector,
    testing::block_on,
    wire::{
        Op,
        capability::{CapabilityName, CapabilityState},
        validate::{Check, CheckStatus, ValidateRequest, ValidateResponse},
    },
};
use serde_json::{Value, json};

use crate::{
    sale::{CATALOG_TOKEN, SESSION_TOKEN, STOREFRONT_SECRET, config, storefront_settings},
    shop::{SECRET, Shop},
    store::call,
};

fn validated(config: SimConfig, secret: &str, settings: Value) -> ValidateResponse {
    let shop = Shop::start(config, secret, settings);
    block_on(shop.centra.validate(&call(&Op::Validate), ValidateRequest::default())).unwrap()
}

fn with(changes: &[(&str, Value)]) -> ValidateResponse {
    let mut settings = storefront_settings();
    for (name, value) in changes {
        settings[*name] = value.clone();
    }
    validated(config(Rules::default()), "", settings)
}

fn check<'r>(response: &'r ValidateResponse, id: &str) -> &'r Check {
    response.checks.iter().find(|own| own.id == id).unwrap_or_else(|| panic!("no check {id}"))
}

fn state(response: &ValidateResponse, name: &CapabilityName) -> CapabilityState {
    response.capabilities.iter().find(|own| own.name == *name).unwrap().clone()
}

#[test]
fn both_plugins_work_and_the_capabilities_say_by_which_source() {
    let response = with(&[]);
    for id in ["storefront_carts", "storefront_secret", "storefront_prices"] {
        let own = check(&response, id);
        assert_eq!(own.status, CheckStatus::Pass, "{own:?}");
    }
    assert!(response.ok);
    assert!(state(&response, &CapabilityName::CartRealtime).on);
    let prices = state(&response, &CapabilityName::Prices);
    assert!(!prices.degraded && prices.reason.contains("Storefront API"), "{}", prices.reason);
    assert!(response.reason_translations["sv"]["prices"].contains("läses genom Storefront API"));
}

#[test]
fn prices_name_their_route_and_what_it_lacks() {
    let without = || SimConfig { permissions: Granted::parse("-Campaign:read"), ..config(Rules::default()) };
    let reason = |response: &ValidateResponse| state(response, &CapabilityName::Prices);
    let by_checkout = validated(config(Rules::default()), SECRET, json!({ "store_id": 1 }));
    assert!(reason(&by_checkout).reason.contains("through the Checkout API"));
    let blind = reason(&validated(without(), SECRET, json!({ "store_id": 1 })));
    assert!(blind.degraded && blind.reason.contains("next sync"), "{}", blind.reason);
    let computed = reason(&validated(config(Rules::default()), "", json!({ "store_id": 1 })));
    assert!(!computed.degraded && computed.reason.contains("computed from the store's campaigns"));
    let regular = validated(without(), "", json!({ "store_id": 1 }));
    assert!(reason(&regular).degraded && reason(&regular).reason.contains("Campaign:read"));
    assert_eq!(regular.permissions_missing, ["Campaign:read"]);
    assert_eq!(check(&regular, "permission_products").status, CheckStatus::Warn);
}

#[test]
fn a_store_that_does_not_use_it_receives_nothing_of_it() {
    let response = validated(config(Rules::default()), SECRET, json!({ "store_id": 1 }));
    assert!(response.checks.iter().all(|own| !own.id.starts_with("storefront")));
}

#[test]
fn what_is_missing_or_wrong_is_named_at_its_field() {
    let pointer = |response: &ValidateResponse, id: &str| {
        let own = check(response, id);
        (own.status.clone(), own.pointer.clone().unwrap_or_default())
    };
    let missing = with(&[("storefront_session_token", json!(""))]);
    assert_eq!(pointer(&missing, "storefront_carts"), (CheckStatus::Warn, "/storefront_session_token".to_owned()));
    assert_eq!(check(&missing, "storefront_secret").status, CheckStatus::Skip);
    assert!(!state(&missing, &CapabilityName::CartRealtime).on);
    for (name, id, wrong) in [
        ("storefront_session_token", "storefront_carts", CATALOG_TOKEN),
        ("storefront_token", "storefront_prices", SESSION_TOKEN),
        ("storefront_shared_secret", "storefront_secret", "wrong-secret"),
    ] {
        let response = with(&[(name, json!(wrong))]);
        assert_eq!(pointer(&response, id), (CheckStatus::Fail, format!("/{name}")));
        assert!(!response.ok && !check(&response, id).message.contains(wrong));
    }
    let elsewhere = with(&[("storefront_url", json!("https://shop.centra.com/nothing-here"))]);
    assert_eq!(pointer(&elsewhere, "storefront_prices").0, CheckStatus::Fail);
}

#[test]
fn a_secret_in_the_wrong_field_is_recognised_either_form() {
    let checkouts = with(&[("storefront_shared_secret", json!(SECRET))]);
    let own = check(&checkouts, "storefront_secret");
    assert_eq!(own.message, "This is the shared secret of the Checkout API, not the Storefront API's.");
    let storefronts = validated(config(Rules::default()), STOREFRONT_SECRET, storefront_settings());
    let own = check(&storefronts, "checkout_secret");
    assert_eq!(own.message, "This is the shared secret of the Storefront API, not the Checkout API's.");
}
