//! The Storefront API: who may ask what, and prices of every market at once.

use centra_sim::checkout;
use centra_sim::storefront::Settings;
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

pub(crate) const SECRET: &str = "storefront-secret";

pub(crate) async fn with(seed: Seed, storefront: Settings, checkout: checkout::Settings) -> Sim {
    let storefront = Settings {
        no_session_token: Some("catalog".to_owned()),
        session_token: Some("carts".to_owned()),
        secret: Some(SECRET.to_owned()),
        ..storefront
    };
    let sim = Sim::start(SimConfig { storefront, checkout, ..unlimited(seed) }).await;
    sim.at("2026-06-03T12:00:00+02:00").await;
    sim
}

pub(crate) async fn start(seed: Seed) -> Sim {
    with(seed, Settings::default(), checkout::Settings::default()).await
}

pub(crate) async fn post(
    sim: &Sim,
    path: &str,
    token: &str,
    secret: Option<&str>,
    query: &str,
    variables: Value,
) -> (u16, Value) {
    let request = sim.client.post(format!("{}/{path}", sim.handle.base_url)).bearer_auth(token);
    let request = match secret {
        Some(secret) => request.header("X-Shared-Secret", secret),
        None => request,
    };
    let response = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

pub(crate) async fn catalog(sim: &Sim, query: &str, variables: Value) -> Value {
    let (status, answer) = post(sim, "api-no-session", "catalog", None, query, variables).await;
    assert_eq!((status, answer.get("errors")), (200, None), "{query}");
    answer["data"].clone()
}

/// A shopper with a session.
pub(crate) struct Shopper<'a> {
    sim: &'a Sim,
    pub(crate) token: String,
}

impl Shopper<'_> {
    pub(crate) fn new(sim: &Sim) -> Shopper<'_> {
        Shopper { sim, token: "carts".to_owned() }
    }

    async fn answer(&mut self, query: &str, variables: Value) -> Value {
        let (status, answer) = post(self.sim, "api-session", &self.token, Some(SECRET), query, variables).await;
        assert_eq!(status, 200, "{answer}");
        answer["extensions"]["token"].as_str().unwrap().clone_into(&mut self.token);
        answer
    }

    pub(crate) async fn data(&mut self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].clone()
    }
}

pub(crate) fn june() -> Value {
    json!({ "name": "June", "markets": [1], "pricelists": [1, 2], "variants": [
        { "variant": 10, "percent": 30, "start": "2026-06-01T00:00:00+02:00", "stop": "2026-06-08T00:00:00+02:00" } ] })
}

#[tokio::test]
async fn each_plugin_takes_its_own_token_and_each_field_its_mode() {
    let sim = start(Seed::Demo).await;
    for (path, token) in [
        ("api-no-session", "carts"),
        ("api-session", "catalog"),
        ("api-session", "expired"),
        ("api-no-session", SECRET),
    ] {
        let (status, answer) = post(&sim, path, token, Some(SECRET), "{ languages { code } }", json!({})).await;
        assert_eq!((status, &answer["data"]), (401, &Value::Null), "{path} {token}");
        assert_eq!(answer["errors"][0]["extensions"]["category"], "authentication");
    }
    for (path, token, secret, query, words) in [
        (
            "api-no-session",
            "catalog",
            None,
            "{ session { market { id } } }",
            "session is only available in the operating mode SESSION",
        ),
        (
            "api-no-session",
            "catalog",
            Some(SECRET),
            "mutation { addItem(item: \"10-100\") { line { id } } }",
            "addItem is only available in the operating mode SESSION",
        ),
        ("api-session", "carts", None, "mutation { setMarket(id: 1) { session { market { id } } } }", "SHARED_SECRET"),
        (
            "api-session",
            "carts",
            Some("wrong"),
            "mutation { setPricelist(id: 1) { session { market { id } } } }",
            "SHARED_SECRET",
        ),
        (
            "api-session",
            "carts",
            None,
            "{ displayItems { list { priceByPricelist { pricelist { id } } } } }",
            "priceByPricelist is only available in the operating mode NO_SESSION",
        ),
        ("api-session", "carts", None, "{ displayItems(market: [1]) { list { id } } }", "NO_SESSION"),
        (
            "api-no-session",
            "catalog",
            None,
            "{ displayItems { list { items { stock { quantity } } } } }",
            "stock.quantity",
        ),
        (
            "api-no-session",
            "catalog",
            None,
            "{ displayItems(limit: 101) { list { id } } }",
            "limit must be between 1 and 100",
        ),
        ("api-session", "carts", None, "{ displayItems(limit: 41) { list { id } } }", "limit must be between 1 and 40"),
        ("api-session", "carts", None, "{ nothing }", "nothing"),
    ] {
        let (status, answer) = post(&sim, path, token, secret, query, json!({})).await;
        assert_eq!((status, &answer["data"]), (200, &Value::Null), "{query}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(words), "{answer}");
    }
    let quantity = Settings { shows_quantity: true, hides_schema: true, ..Settings::default() };
    let sim = with(Seed::Demo, quantity, checkout::Settings::default()).await;
    let data = catalog(&sim, "{ displayItem(id: 10) { items { stock { quantity available } } } }", json!({})).await;
    assert!(data["displayItem"]["items"][0]["stock"]["quantity"].is_number());
    let (_, answer) =
        post(&sim, "api-no-session", "catalog", None, "{ __schema { queryType { name } } }", json!({})).await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("Introspection"));
}

#[tokio::test]
async fn a_store_may_have_this_api_alone() {
    let sim = start(Seed::Small).await;
    let url = format!("{}/api/checkout/selection", sim.handle.base_url);
    assert_eq!(sim.client.get(url).bearer_auth(SECRET).send().await.unwrap().status(), 401);
    let data = catalog(&sim, "{ __type(name: \"MarketPrice\") { fields { name } } markets { id name } pricelists(countryCodes: [\"JP\"]) { id currency { code denominator } } }", json!({})).await;
    assert_eq!(data["markets"].as_array().unwrap().len(), 3);
    assert_eq!(data["pricelists"], json!([{ "id": 4, "currency": { "code": "JPY", "denominator": 1 } }]));
    let stats = sim.stats().await;
    assert_eq!((&stats["storefront_requests"], &stats["requests"]), (&json!(1), &json!(0)));
    let without = Sim::start(unlimited(Seed::Small)).await;
    assert_eq!(post(&without, "api-session", "carts", None, "{ languages { code } }", json!({})).await.0, 401);
}

#[tokio::test]
async fn prices_of_every_market_and_pricelist_come_at_once() {
    let sim = start(Seed::Demo).await;
    sim.campaign(&june()).await;
    let query = "query Prices($market: [Int!], $pricelist: [Int!]) { displayItems(limit: 100, market: $market, pricelist: $pricelist, sort: [{ key: MODIFIED_AT, order: ASC }], where: { id: [10, 60] }) {
      list { id modifiedAt available preview productVariant { id } markets { id } pricelists { id } price { value }
        items { id productSizeId sku GTIN preorder stock { available } stockByWarehouse { warehouseId stock { available } } }
        priceByPricelist { pricelist { id currency { code decimalDigits denominator } }
          priceByMarket { markets hasDiscount price { value } originalPrice { value } campaignInfo { startDateTime endDateDateTime showSale showNew } } }
        lowestPriceByPricelist { pricelist { id } lowestPriceByMarket { markets periodDays price { value } originalPrice { value } } }
        subscriptionPlans { id discount interval { type value } } relatedDisplayItems { relation displayItems { id } } }
      pagination { total currentPage lastPage hasNextPage } userErrors { message path } } }";
    let data = catalog(&sim, query, json!({})).await;
    let item = &data["displayItems"]["list"][0];
    assert_eq!((&item["id"], &item["productVariant"]["id"], &item["price"]), (&json!(10), &json!(10), &Value::Null));
    let crowns = &item["priceByPricelist"][0];
    assert_eq!(crowns["pricelist"]["currency"], json!({ "code": "SEK", "decimalDigits": 2, "denominator": 100 }));
    let sweden = json!({ "markets": [1], "hasDiscount": true, "price": { "value": 1049.3 }, "originalPrice": { "value": 1499 },
        "campaignInfo": { "startDateTime": "2026-05-31T23:00:00+01:00", "endDateDateTime": "2026-06-07T23:00:00+01:00", "showSale": true, "showNew": false } });
    let elsewhere = json!({ "markets": [2, 3], "hasDiscount": false, "price": { "value": 1499 }, "originalPrice": { "value": 1499 }, "campaignInfo": null });
    assert_eq!(crowns["priceByMarket"], json!([sweden, elsewhere]));
    assert_eq!(
        item["priceByPricelist"][2]["priceByMarket"][0]["markets"],
        json!([1, 2, 3]),
        "no sale in dollars: one group"
    );
    assert_eq!(
        item["lowestPriceByPricelist"][0]["lowestPriceByMarket"][0],
        json!({ "markets": [1], "periodDays": 30, "price": { "value": 1049.3 }, "originalPrice": { "value": 1499 } })
    );
    assert_eq!(
        data["displayItems"]["pagination"],
        json!({ "total": 2, "currentPage": 1, "lastPage": 1, "hasNextPage": false })
    );
    let one = catalog(&sim, query, json!({ "market": [1], "pricelist": [1] })).await;
    let item = &one["displayItems"]["list"][0];
    assert_eq!((&item["price"]["value"], item["priceByPricelist"].as_array().unwrap().len()), (&json!(1049.3), 1));
    sim.at("2026-06-08T00:00:00+02:00").await;
    let over = catalog(&sim, query, json!({ "market": [1], "pricelist": [1] })).await;
    assert_eq!(over["displayItems"]["list"][0]["price"]["value"], 1499);
}

#[tokio::test]
async fn pages_hold_everything_once_and_a_page_too_far_is_the_last() {
    for seed in [Seed::Demo, Seed::Large(230)] {
        let sim = start(seed).await;
        let query = "query ($page: Int!) { displayItems(limit: 100, page: $page, sort: [{ key: MODIFIED_AT, order: DESC }]) { list { id } pagination { total lastPage currentPage hasNextPage nextPage } } }";
        let mut seen = std::collections::BTreeSet::new();
        let mut page = 1;
        let total = loop {
            let data = catalog(&sim, query, json!({ "page": page })).await["displayItems"].clone();
            for item in data["list"].as_array().unwrap() {
                assert!(seen.insert(item["id"].as_i64().unwrap()));
            }
            match data["pagination"]["nextPage"].as_i64() {
                Some(next) => page = next,
                None => break data["pagination"]["total"].as_u64().unwrap(),
            }
        };
        assert_eq!(seen.len() as u64, total, "{seed:?}");
        let far = catalog(&sim, query, json!({ "page": 99 })).await["displayItems"]["pagination"].clone();
        assert_eq!(far["currentPage"], far["lastPage"]);
    }
}

#[tokio::test]
async fn what_is_not_for_sale_is_not_listed_or_has_no_price() {
    let sim = start(Seed::Small).await;
    let data =
        catalog(&sim, "{ displayItems(limit: 100) { list { id priceByPricelist { pricelist { id } } } } }", json!({}))
            .await;
    let list = data["displayItems"]["list"].as_array().unwrap();
    let find = |id: i64| list.iter().find(|item| item["id"] == id);
    assert!(find(70).is_none() && find(90).is_none() && find(100).is_none(), "no variants, unknown status, inactive");
    assert_eq!(find(20).unwrap()["priceByPricelist"].as_array().unwrap().len(), 3, "no price in euro");
    let data = catalog(
        &sim,
        "{ displayItems(market: [2], limit: 100) { list { id } } displayItem(id: 110, market: [2]) { id } }",
        json!({}),
    )
    .await;
    assert!(!data["displayItems"]["list"].as_array().unwrap().contains(&json!({ "id": 110 })), "Sweden only");
    assert_eq!(data["displayItem"], Value::Null);
    let (_, answer) =
        post(&sim, "api-no-session", "catalog", None, "{ displayItems(market: [9]) { list { id } } }", json!({})).await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("no market 9"));
}

#[tokio::test]
async fn faults_reach_it_only_when_they_name_it() {
    let sim = start(Seed::Demo).await;
    sim.control("faults", &json!([{ "every": 1, "kind": "500", "operation": "Storefront Prices", "times": 1 }])).await;
    let query = "query Prices { displayItems { pagination { total } } }";
    let body = json!({ "query": query });
    let ask =
        || sim.client.post(format!("{}/api-no-session", sim.handle.base_url)).bearer_auth("catalog").json(&body).send();
    assert_eq!(ask().await.unwrap().status(), 500);
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(sim.stats().await["by_operation"]["Storefront Prices"], 2);
}
