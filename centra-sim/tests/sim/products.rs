//! Products and carts of the Checkout API, and orders, at sale prices.

use centra_sim::checkout::Settings;
use centra_sim::sale::{self, Rules, settings::Rounding};
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

async fn start(seed: Seed, sale: sale::Settings) -> Sim {
    let checkout = Settings { secret: Some("checkout".to_owned()), ..Settings::default() };
    let order_api_secret = Some("orders".to_owned());
    let sim = Sim::start(SimConfig { checkout, sale, order_api_secret, ..unlimited(seed) }).await;
    sim.at("2026-06-03T12:00:00+02:00").await;
    sim
}

/// Thirty per cent off variant 10 in Sweden.
fn june() -> Value {
    json!({ "name": "June", "markets": [1], "pricelists": [1, 2], "variants": [
        { "variant": 10, "percent": 30, "start": "2026-06-01T00:00:00+02:00", "stop": "2026-06-08T00:00:00+02:00" } ] })
}

async fn ask(sim: &Sim, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/api/checkout/{path}", sim.handle.base_url);
    let method = method.parse().unwrap();
    let response = sim
        .client
        .request(method, url)
        .bearer_auth("checkout")
        .header("API-token", "none")
        .json(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn products(sim: &Sim, body: Value) -> Value {
    let (status, answer) = ask(sim, "POST", "products", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn pages_have_every_product_once_and_say_how_many_there_are() {
    for seed in [Seed::Demo, Seed::Large(230)] {
        let sim = start(seed, sale::Settings::default()).await;
        let total = products(&sim, json!({ "limit": 1, "market": 1 })).await["productCount"].as_u64().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for skip in (0..total).step_by(100) {
            let page =
                products(&sim, json!({ "skipFirst": skip, "limit": 100, "market": 1, "pricelist": "all" })).await;
            assert_eq!(page["productCount"], total);
            for product in page["products"].as_array().unwrap() {
                assert!(seen.insert(product["product"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(seen.len() as u64, total, "{seed:?}");
        let wrong = ask(&sim, "POST", "products", &json!({ "market": 9 })).await;
        assert_eq!((wrong.0, &wrong.1["errors"]["market"]), (404, &json!("not found")));
    }
}

#[tokio::test]
async fn a_product_has_the_price_of_the_market_and_the_moment() {
    let sim = start(Seed::Demo, sale::Settings { campaigns_shown: true, ..sale::Settings::default() }).await;
    sim.campaign(&june()).await;
    let one = |market: Value, pricelist: Value| {
        let sim = &sim;
        async move {
            products(sim, json!({ "products": [10], "market": market, "pricelist": pricelist })).await["products"][0]
                .clone()
        }
    };
    let sweden = one(json!(1), json!(1)).await;
    assert_eq!((&sweden["priceAsNumber"], &sweden["priceBeforeDiscountAsNumber"]), (&json!(1049.3), &json!(1499)));
    assert_eq!(
        (&sweden["discountPercent"], &sweden["showAsOnSale"], &sweden["centraVariant"]),
        (&json!(30), &json!(true), &json!("10"))
    );
    assert_eq!(
        (&sweden["lowestPrice"][0]["periodDays"], &sweden["lowestPrice"][0]["priceAsNumber"]),
        (&json!(30), &json!(1049.3))
    );
    assert_eq!(sweden["campaigns"][0]["stopDate"], "2026-06-07T23:00:00+0100");
    assert_eq!((&sweden["campaigns"][0]["percent"], &sweden["campaigns"][0]["flags"]), (&json!(30), &json!(0)));
    let europe = one(json!(2), json!("all")).await;
    assert_eq!(europe["prices"]["1"]["priceAsNumber"], 1499, "no campaign in this market");
    assert!(europe.get("price").is_none() && europe.get("lowestPrice").is_none());
    let sweden = one(json!(1), json!("all")).await;
    assert_eq!(
        (&sweden["prices"]["2"]["priceAsNumber"], &sweden["prices"]["3"]["priceAsNumber"]),
        (&json!(94.43), &json!(149.95))
    );
    assert_eq!(one(json!("all"), json!(1)).await["markets"], json!(["1", "2", "3"]));
    sim.at("2026-06-08T00:00:00+02:00").await;
    assert_eq!(one(json!(1), json!(1)).await["priceAsNumber"], 1499);
    let (status, answer) = ask(&sim, "GET", "products/10", &Value::Null).await;
    assert_eq!((status, &answer["product"]["priceAsNumber"], answer.get("token")), (200, &json!(1499), None));
    assert_eq!(ask(&sim, "GET", "products/1", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_has_no_price_is_listed_and_not_for_sale() {
    let sim = start(Seed::Small, sale::Settings::default()).await;
    let answer = products(&sim, json!({ "products": [20], "market": 2, "pricelist": 2 })).await;
    assert_eq!((&answer["productCount"], &answer["products"][0]["price"]), (&json!(1), &Value::Null));
    let sweden_only = products(&sim, json!({ "products": [110], "market": 2, "pricelist": 2 })).await;
    assert_eq!(sweden_only["productCount"], 0);
}

#[tokio::test]
async fn a_cart_and_an_order_have_the_price_of_the_moment() {
    let sim = start(Seed::Demo, sale::Settings::default()).await;
    sim.campaign(&june()).await;
    let url = format!("{}/api/checkout/", sim.handle.base_url);
    let put = |path: &str, body: Value, token: Option<String>| {
        let request = sim.client.put(format!("{url}{path}")).bearer_auth("checkout").json(&body);
        let request = match token {
            Some(token) => request.header("API-token", token),
            None => request,
        };
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let first = put("selection", json!({ "country": "SE", "market": 1, "pricelist": 1 }), None).await;
    let token = first["token"].as_str().map(str::to_owned);
    let cart = put(
        "items",
        json!({ "items": [{ "item": "10-100", "quantity": 1 }, { "item": "10-101", "quantity": 2 }] }),
        token.clone(),
    )
    .await;
    assert!(cart["errors"].is_null() || cart["errors"].is_object(), "{cart}");
    let cart = put("items", json!({ "items": [{ "item": "60-600", "quantity": 2 }] }), token.clone()).await;
    assert!(cart["selection"]["items"].as_array().is_some(), "{cart}");
    let line =
        cart["selection"]["items"].as_array().unwrap().iter().find(|line| line["item"] == "10-101").unwrap().clone();
    assert_eq!((&line["priceEachAsNumber"], &line["priceEachBeforeDiscountAsNumber"]), (&json!(1049.3), &json!(1499)));
    assert_eq!((&line["campaign"]["name"], &line["campaign"]["discountAsNumber"]), (&json!("June"), &json!(449.7)));
    assert_eq!((&line["totalPriceAsNumber"], &line["anyDiscount"]), (&json!(2098.6), &json!(true)));
    let address = json!({ "email": "a@example.com", "country": "SE" });
    let order = |product: Value| {
        let body =
            json!({ "pricelist": 1, "market": 1, "adjustStock": false, "address": address, "products": [product] });
        let request = sim
            .client
            .post(format!("{}/api/order-api/order", sim.handle.base_url))
            .header("API-Authorization", "orders")
            .json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap()["orders"][0].as_i64().unwrap() }
    };
    let (of_the_moment, agreed) = (
        order(json!({ "id": 100, "qty": 2 })).await,
        order(json!({ "id": 100, "qty": 1, "unitPrice": 1200, "originalPrice": 1499 })).await,
    );
    sim.at("2026-06-08T00:00:00+02:00").await;
    let after = order(json!({ "id": 100, "qty": 1 })).await;
    let query = "query ($n: [Int!]) { orders(where: { number: $n }) { number lines { unitPrice { value } unitOriginalPrice { value } hasAnyDiscount discountPercent lineCampaign { name discount { value } discountPercent campaign { id } } } } }";
    let line = |number: i64| {
        let sim = &sim;
        async move { sim.data(query, json!({ "n": [number] })).await["orders"][0]["lines"][0].clone() }
    };
    let own = line(of_the_moment).await;
    assert_eq!(
        (&own["unitPrice"]["value"], &own["unitOriginalPrice"]["value"], &own["discountPercent"]),
        (&json!(1049.3), &json!(1499.0), &json!(30.0))
    );
    assert_eq!(
        (&own["lineCampaign"]["name"], &own["lineCampaign"]["discount"]["value"]),
        (&json!("June"), &json!(899.4))
    );
    let own = line(agreed).await;
    assert_eq!(
        (&own["unitPrice"]["value"], &own["hasAnyDiscount"], &own["lineCampaign"]),
        (&json!(1200.0), &json!(true), &Value::Null)
    );
    assert_eq!(line(after).await["unitPrice"]["value"], 1499.0);
}

#[tokio::test]
async fn prices_that_are_not_rounded_are_summed_exactly() {
    let rules = Rules { rounding: Rounding::Unrounded, ..Rules::default() };
    let sim = start(Seed::Demo, sale::Settings { rules, ..sale::Settings::default() }).await;
    let mut campaign = june();
    campaign["variants"][0]["percent"] = json!(12.5);
    campaign["markets"] = json!([2]);
    sim.campaign(&campaign).await;
    let answer = products(&sim, json!({ "products": [10], "market": 2, "pricelist": 2 })).await;
    assert_eq!(answer["products"][0]["priceAsNumber"], 118.0375);
    let basket =
        json!({ "country": "DE", "market": 2, "pricelist": 2, "lines": [{ "item": "10-100", "quantity": 3 }] });
    let ledger = sim.ledger(&basket).await;
    assert_eq!((&ledger["lines"][0]["total"], &ledger["lines"][0]["unit"]), (&json!(35_411), &json!(11_804)));
}
