//! The Checkout API: its secret, its sessions, its totals.

use centra_sim::checkout::{Quirk, Settings, StockMode};
use centra_sim::{Seed, SimConfig};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

fn settings(quirks: &[Quirk]) -> Settings {
    Settings { secret: Some("checkout".to_owned()), quirks: quirks.iter().copied().collect(), ..Settings::default() }
}

async fn start(checkout: Settings) -> Sim {
    Sim::start(SimConfig { checkout, ..unlimited(Seed::Demo) }).await
}

/// A shopper with a session.
struct Shopper<'a> {
    sim: &'a Sim,
    token: Option<String>,
}

impl Shopper<'_> {
    async fn call(&mut self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/checkout/{path}", self.sim.handle.base_url);
        let mut request = self.sim.client.request(method, url).bearer_auth("checkout");
        if let Some(token) = &self.token {
            request = request.header("API-token", token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        if let Some(token) = answer["token"].as_str() {
            self.token = Some(token.to_owned());
        }
        (status, answer)
    }

    async fn put(&mut self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::PUT, path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

#[tokio::test]
async fn only_the_checkout_secret_is_accepted() {
    let sim = start(settings(&[])).await;
    let url = format!("{}/api/checkout/markets", sim.handle.base_url);
    let get = || sim.client.get(&url);
    for refused in [get(), get().bearer_auth("storefront"), get().header("API-Authorization", "storefront")] {
        let response = refused.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.json::<Value>().await.unwrap()["error"].is_string());
    }
    for accepted in [get().bearer_auth("checkout"), get().header("API-Authorization", "checkout")] {
        let response = accepted.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["markets"][0], json!({ "market": 1, "name": "Sweden", "default": true }));
        assert_eq!(body["markets"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn without_a_configured_secret_everyone_is_refused() {
    let sim = Sim::start(unlimited(Seed::Small)).await;
    let url = format!("{}/api/checkout/markets", sim.handle.base_url);
    assert_eq!(sim.client.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(sim.client.get(&url).bearer_auth("").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_documented_sequence_prices_a_swedish_cart() {
    let sim = start(settings(&[])).await;
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("selection", json!({ "country": "SE", "market": 1, "pricelist": 1, "language": "sv" })).await;
    // Alva linen dress, 1499 SEK, and two pieces of a top for 399 SEK.
    let answer = shopper
        .put("items", json!({ "items": [{ "item": "10-100", "quantity": 1 }, { "item": "60-600", "quantity": 2 }] }))
        .await;
    let totals = &answer["selection"]["totals"];
    assert_eq!(totals["itemsTotalPriceAsNumber"], json!(2297));
    assert_eq!(totals["shippingPriceAsNumber"], json!(0), "free from 500 SEK");
    assert_eq!(totals["grandTotalPriceAsNumber"], json!(2297));
    assert_eq!(totals["grandTotalPriceTaxAsNumber"], json!(459.4), "299.80 of one line, 159.60 of the other");
    assert_eq!(totals["taxAddedAsNumber"], json!(false));
    assert_eq!(totals["grandTotalPrice"], "2\u{a0}297\u{a0}SEK");
    assert_eq!(answer["shippingMethods"].as_array().unwrap().len(), 2);
    assert_eq!(answer["selection"]["pluginFields"], json!([]));
    let answer = shopper.put("shipping-methods/pickup-se", Value::Null).await;
    assert_eq!(answer["selection"]["totals"]["shippingPriceAsNumber"], json!(29), "three pieces");
    assert_eq!(answer["selection"]["totals"]["grandTotalPriceTaxAsNumber"], json!(465.2));
}

#[tokio::test]
async fn american_tax_comes_on_top_by_state_and_postal_code() {
    let sim = start(settings(&[])).await;
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("selection", json!({ "country": "US", "market": 3, "pricelist": 3 })).await;
    shopper.put("items", json!({ "items": [{ "item": "10-100", "quantity": 1 }] })).await;
    let totals = |answer: &Value| {
        let totals = &answer["selection"]["totals"];
        [
            &totals["itemsTotalPriceAsNumber"],
            &totals["shippingPriceAsNumber"],
            &totals["taxAddedAsNumber"],
            &totals["grandTotalPriceAsNumber"],
        ]
        .map(Clone::clone)
    };
    let texas = shopper.put("countries/US/states/TX", Value::Null).await;
    assert_eq!(totals(&texas), [json!(149.95), json!(15), json!(10.31), json!(175.26)], "9.37 and 0.94");
    let address = json!({ "country": "US", "state": "NY", "zipCode": "10007-1234" });
    let city = shopper.put("payment-fields", json!({ "address": address })).await;
    assert_eq!(totals(&city), [json!(149.95), json!(15), json!(14.64), json!(179.59)], "13.31 and 1.33 at 8.875 %");
    let (status, refused) =
        shopper.call(Method::PUT, "payment-fields", json!({ "address": { "country": "US", "zipCode": "1000" } })).await;
    assert_eq!((status, &refused["errors"]["zipcode"]), (400, &json!("not a valid zip code")));
    let (status, refused) = shopper.call(Method::PUT, "countries/US/states/XX", Value::Null).await;
    assert_eq!((status, &refused["errors"]["state"]), (404, &json!("state not found")));
}

#[tokio::test]
async fn the_total_is_the_sum_of_its_parts_whatever_applies() {
    let quirks = [Quirk::FeeByDefault];
    let settings = Settings {
        exempt: ["NO".to_owned()].into(),
        automatic_percent: Some(3),
        campaign_percent: Some(15),
        ..settings(&quirks)
    };
    let sim = start(settings).await;
    for (country, pricelist, market) in [("SE", 1, 1), ("DE", 2, 2), ("US", 3, 3), ("JP", 4, 3), ("NO", 3, 3)] {
        let basket = json!({ "country": country, "market": market, "pricelist": pricelist, "vouchers": ["TEN", "FIVE OFF"],
            "state": (country == "US").then_some("CA"),
            "lines": [{ "item": "50-501", "quantity": 3 }, { "item": "60-600", "quantity": 1 }] });
        let url = format!("{}/_sim/price", sim.handle.base_url);
        let ledger: Value = sim.client.post(url).json(&basket).send().await.unwrap().json().await.unwrap();
        let of = |name: &str| ledger[name].as_i64().unwrap();
        let sum = of("items") - of("discount") + of("shipping") + of("handling") + of("tax_added") + of("tax_deducted");
        assert_eq!(of("total"), sum, "{country}");
        assert!(of("discount") > 0 && of("handling") > 0, "{country}");
        assert_eq!(of("tax_added") > 0, country == "US");
        assert_eq!(of("tax_deducted") < 0, country == "NO");
    }
}

#[tokio::test]
async fn what_is_sold_out_is_said_when_an_item_is_added() {
    for quirks in [&[][..], &[Quirk::SoldOut410]] {
        let sim = start(Settings { stock: StockMode::Aggressive, ..settings(quirks) }).await;
        let mut shopper = Shopper { sim: &sim, token: None };
        shopper.put("selection", json!({ "country": "SE", "market": 1, "pricelist": 1 })).await;
        let items = json!({ "items": [{ "item": "10-100", "quantity": 9_000 }, { "item": "60-600", "quantity": 1 }] });
        let (status, answer) = shopper.call(Method::PUT, "items", items).await;
        assert_eq!(status, if quirks.is_empty() { 200 } else { 410 });
        let short = &answer["unavailable"][0];
        assert_eq!((&short["item"], &short["originalQuantity"]), (&json!("10-100"), &json!(9_000)));
        let kept = short["available"].as_i64().unwrap();
        assert_eq!(short["unavailable"], json!(9_000 - kept));
        assert_eq!(answer["selection"]["items"][0]["quantity"], json!(kept));
        assert_eq!(answer["selection"]["items"].as_array().unwrap().len(), 2, "the rest is as asked");
    }
}

#[tokio::test]
async fn bulk_changes_are_strict_about_lines_and_items() {
    let sim = start(settings(&[])).await;
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("selection", json!({ "country": "SE" })).await;
    let answer = shopper
        .put("items", json!({ "items": [{ "item": "10-100", "quantity": 2 }, { "item": "1-1", "quantity": 1 }] }))
        .await;
    assert_eq!(answer["errors"]["1-1"], "product item not found", "the rest is done");
    let line = answer["selection"]["items"][0]["line"].as_str().unwrap().to_owned();
    let twice = json!({ "items": [{ "item": "10-100", "quantity": 1 }] });
    assert_eq!(shopper.call(Method::PUT, "items", twice).await.0, 406);
    let unknown = json!({ "lines": [{ "line": "nothing", "quantity": 0 }] });
    assert_eq!(shopper.call(Method::PUT, "items", unknown).await.0, 404);
    let answer = shopper.put("items", json!({ "lines": [{ "line": line, "quantity": 0 }] })).await;
    assert_eq!(answer["selection"]["items"], json!([]));
    assert_eq!(answer["shippingMethods"], json!([]));
}

#[tokio::test]
async fn an_unknown_token_is_replaced_and_none_keeps_nothing() {
    let sim = start(settings(&[])).await;
    let mut shopper = Shopper { sim: &sim, token: Some("expired".to_owned()) };
    shopper.put("selection", json!({ "country": "SE" })).await;
    let token = shopper.token.clone().unwrap();
    assert_ne!(token, "expired");
    shopper.put("items", json!({ "items": [{ "item": "10-100", "quantity": 1 }] })).await;
    assert_eq!(shopper.token.as_ref(), Some(&token), "it is kept while it is known");
    assert_eq!(sim.control("checkout", &json!("expire")).await, 204);
    let (_, answer) = shopper.call(Method::GET, "selection", Value::Null).await;
    assert_ne!(shopper.token, Some(token));
    assert_eq!(answer["selection"]["items"], json!([]));
    let mut stateless = Shopper { sim: &sim, token: Some("none".to_owned()) };
    let (_, answer) = stateless.call(Method::PUT, "selection", json!({ "country": "SE" })).await;
    assert_eq!((answer.get("token"), &answer["location"]["country"]), (None, &json!("SE")));
}

#[tokio::test]
async fn a_voucher_in_a_path_is_decoded() {
    let sim = start(settings(&[])).await;
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("items", json!({ "items": [{ "item": "10-100", "quantity": 1 }] })).await;
    let (status, answer) = shopper.call(Method::POST, "vouchers", json!({ "voucher": "TEST+CODE" })).await;
    assert_eq!((status, &answer["selection"]["discounts"]["vouchers"][0]["voucher"]), (200, &json!("TEST+CODE")));
    assert_eq!(answer["selection"]["totals"]["totalDiscountPriceAsNumber"], json!(374.75));
    assert_eq!(shopper.call(Method::DELETE, "vouchers/TEST+CODE", Value::Null).await.0, 404, "a plus is a space");
    let (status, answer) = shopper.call(Method::DELETE, "vouchers/TEST%2BCODE", Value::Null).await;
    assert_eq!((status, &answer["selection"]["discounts"]["vouchers"]), (200, &json!([])));
    assert_eq!(shopper.call(Method::POST, "vouchers", json!({ "voucher": "NOTHING" })).await.0, 404);
}

#[tokio::test]
async fn quirks_change_the_form_and_not_the_amounts() {
    let all = [
        Quirk::NumbersAsText,
        Quirk::EmptyObjects,
        Quirk::NumberIds,
        Quirk::LanguageObject,
        Quirk::OldNames,
        Quirk::AbsentNull,
    ];
    let sim = start(settings(&all)).await;
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("selection", json!({ "country": "SE" })).await;
    let answer = shopper.put("items", json!({ "items": [{ "item": "10-100", "quantity": 1 }] })).await;
    let selection = &answer["selection"];
    assert_eq!(selection["totals"]["grandTotalPriceAsNumber"], "1499.00");
    assert_eq!(selection["totals"]["taxAddedAsNumber"], Value::Null);
    assert_eq!((&selection["pluginFields"], &selection["language"]), (&json!({}), &Value::Null));
    assert_eq!(
        (&answer["location"]["pricelist"], &answer["location"]["language"]["language"]),
        (&json!(1), &json!("en"))
    );
    assert!(answer["language"].is_array() && answer.get("languages").is_none());
}

#[tokio::test]
async fn faults_reach_the_checkout_only_when_they_name_it() {
    let sim = start(settings(&[])).await;
    let plan = json!([{ "every": 1, "kind": "500", "operation": "Checkout PUT items", "times": 1 }]);
    assert_eq!(sim.control("faults", &plan).await, 204);
    let mut shopper = Shopper { sim: &sim, token: None };
    shopper.put("selection", json!({ "country": "SE" })).await;
    assert_eq!(shopper.call(Method::PUT, "items", json!({ "items": [] })).await.0, 500);
    shopper.put("items", json!({ "items": [] })).await;
    let stats = sim.stats().await;
    assert_eq!((&stats["checkout_requests"], &stats["requests"]), (&json!(3), &json!(0)));
}
