//! Bundles, preorders and gift certificates in every interface.
//!
//! In `demo`: 41 fixed with a price of its own, 42 fixed and the sum of its parts, 43 and 44 flexible, 45 a preorder.

use centra_sim::checkout;
use centra_sim::storefront::Settings;
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

async fn start() -> Sim {
    let storefront = Settings {
        no_session_token: Some("catalog".to_owned()),
        session_token: Some("carts".to_owned()),
        ..Settings::default()
    };
    let checkout = checkout::Settings { secret: Some("checkout".to_owned()), ..checkout::Settings::default() };
    let order_api_secret = Some("orders".to_owned());
    let config = SimConfig { storefront, checkout, order_api_secret, special_goods: true, ..unlimited(Seed::Demo) };
    let sim = Sim::start(config).await;
    sim.at("2026-06-03T12:00:00+02:00").await;
    sim
}

async fn graphql(sim: &Sim, path: &str, token: &str, query: &str) -> (Value, String) {
    let request =
        sim.client.post(format!("{}/{path}", sim.handle.base_url)).bearer_auth(token).json(&json!({ "query": query }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer.get("errors"), None, "{query}: {answer}");
    (answer["data"].clone(), answer["extensions"]["token"].as_str().unwrap_or_default().to_owned())
}

async fn checkout(sim: &Sim, method: &str, path: &str, token: &str, body: Value) -> Value {
    let request = sim.client.request(method.parse().unwrap(), format!("{}/api/checkout/{path}", sim.handle.base_url));
    request.bearer_auth("checkout").header("API-token", token).json(&body).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn they_are_there_only_when_asked_for() {
    let sim = Sim::start(unlimited(Seed::Demo)).await;
    let data = sim.data("{ products(where: { id: [41] }) { id } counters { products } }", json!({})).await;
    assert_eq!((&data["products"], &data["counters"]["products"]), (&json!([]), &json!(40)));
}

#[tokio::test]
async fn the_integration_api_reports_what_they_are_made_of() {
    let sim = start().await;
    let query = "{ displays(where: { id: [1, 41, 42, 43] }) { id product { isBundle bundle { type priceType sections { quantity productVariants { id } } } } prices { price { value } } }
        display(id: 45) { productVariants { productSizes { preorder } } } }";
    let data = sim.data(query, json!({})).await;
    let display = |index: usize| data["displays"][index].clone();
    assert_eq!((&display(0)["product"]["isBundle"], &display(0)["product"]["bundle"]), (&json!(false), &Value::Null));
    let sections = json!([{ "quantity": 1, "productVariants": [{ "id": 10 }] }, { "quantity": 2, "productVariants": [{ "id": 60 }] }]);
    assert_eq!(
        display(2)["product"]["bundle"],
        json!({ "type": "FIXED", "priceType": "DYNAMIC", "sections": sections })
    );
    assert_eq!(display(1)["prices"][0]["price"]["value"], 1299.0);
    assert_eq!(display(2)["prices"][0]["price"], Value::Null, "the sum of its parts is nowhere in this interface");
    assert_eq!(display(3)["product"]["bundle"]["sections"][1]["productVariants"], json!([{ "id": 50 }, { "id": 60 }]));
    assert_eq!(data["display"]["productVariants"][0]["productSizes"][0]["preorder"], true);
}

#[tokio::test]
async fn a_bundle_with_dynamic_prices_costs_what_its_parts_cost_now() {
    let sim = start().await;
    let campaign = json!({ "name": "June", "markets": [1], "pricelists": [1], "variants": [
        { "variant": 60, "percent": 50, "start": "2026-06-01T00:00:00+02:00", "stop": "2026-06-08T00:00:00+02:00" } ] });
    sim.campaign(&campaign).await;
    assert_eq!(
        (sim.minor(420, 1, 1).await, sim.minor(420, 1, 2).await),
        (189_800, 229_700),
        "1499 and twice 199.50, or 399"
    );
    assert_eq!(sim.minor(410, 1, 1).await, 129_900);
    assert_eq!(sim.effective(430, 1, 1).await, Value::Null, "it depends on the choice");
    assert_eq!(sim.effective(420, 1, 1).await["lowest"]["minor"], 189_800);
    let query = "{ displayItems(where: { id: [410, 420, 430, 440, 450] }) { list { id available price { value }
        priceByPricelist { pricelist { id } priceByMarket { markets price { value } originalPrice { value } } }
        bundle { type priceType minPrice { value } minPriceByPricelist { pricelist { id } priceByMarket { markets price { value } } } maxPriceByPricelist { priceByMarket { price { value } } } sections { id quantity items { id } } }
        items { preorder stock { available } } } } giftCertificates { list { name type } } }";
    let (data, _) = graphql(&sim, "api-no-session", "catalog", query).await;
    let item = |index: usize| data["displayItems"]["list"][index].clone();
    assert_eq!(item(0)["bundle"]["minPriceByPricelist"], json!([]), "only flexible bundles have a range");
    assert_eq!(
        item(1)["priceByPricelist"][0]["priceByMarket"],
        json!([
        { "markets": [1], "price": { "value": 1898 }, "originalPrice": { "value": 2297 } },
        { "markets": [2, 3], "price": { "value": 2297 }, "originalPrice": { "value": 2297 } }])
    );
    assert_eq!((&item(2)["priceByPricelist"], &item(2)["bundle"]["type"]), (&json!([]), &json!("FLEXIBLE")));
    let least = &item(2)["bundle"]["minPriceByPricelist"][0]["priceByMarket"];
    assert_eq!(
        *least,
        json!([{ "markets": [1], "price": { "value": 1698.5 } }, { "markets": [2, 3], "price": { "value": 1898 } }])
    );
    assert_eq!(item(2)["bundle"]["maxPriceByPricelist"][0]["priceByMarket"][0]["price"]["value"], 3198);
    assert_eq!(
        item(2)["bundle"]["sections"][0],
        json!({ "id": 431, "quantity": 1, "items": [{ "id": 10 }, { "id": 30 }] })
    );
    assert_eq!(
        (&item(3)["priceByPricelist"][0]["priceByMarket"][0]["price"]["value"], &item(3)["bundle"]["priceType"]),
        (&json!(1299), &json!("STATIC"))
    );
    assert_eq!(item(4)["items"][0], json!({ "preorder": true, "stock": { "available": true } }));
    assert_eq!(data["giftCertificates"]["list"][1], json!({ "name": "Gift card", "type": "ANY_AMOUNT" }));
}

#[tokio::test]
async fn the_checkout_api_lists_and_sells_them() {
    let sim = start().await;
    let body = json!({ "products": [410, 420, 430, 450], "market": 1, "pricelist": 1 });
    let listed = checkout(&sim, "POST", "products", "none", body).await;
    let product = |index: usize| listed["products"][index].clone();
    assert_eq!(
        (&product(1)["priceAsNumber"], &product(1)["bundleInfo"]["priceType"]),
        (&json!(2297), &json!("dynamic"))
    );
    assert_eq!(
        (
            &product(2)["price"],
            &product(2)["bundleInfo"]["priceMinAsNumber"],
            &product(2)["bundleInfo"]["priceMaxAsNumber"]
        ),
        (&Value::Null, &json!(1898), &json!(3198))
    );
    assert_eq!(product(3)["items"][0]["stock"], "preorder");
    let gifts = checkout(&sim, "GET", "gift-certificates", "none", Value::Null).await;
    assert_eq!(
        gifts["giftCertificates"][0],
        json!({ "giftCertificate": "1", "name": "Gift card 500", "type": "predeterminedAmount" })
    );
    let first = checkout(&sim, "PUT", "selection", "", json!({ "country": "SE", "market": 1, "pricelist": 1 })).await;
    let token = first["token"].as_str().unwrap().to_owned();
    let refused = checkout(&sim, "POST", "items/430-4300", &token, Value::Null).await;
    assert_eq!(refused["errors"]["item"], "product item not found", "nothing was chosen");
    checkout(&sim, "POST", "items/420-4200/quantity/2", &token, Value::Null).await;
    let chosen = json!({ "sections": [{ "section": 431, "item": "30-300" }, { "section": 432, "item": "60-601" }] });
    let cart = checkout(&sim, "POST", "items/bundles/430-4300", &token, chosen).await;
    let items = cart["selection"]["items"].as_array().unwrap();
    assert_eq!((&items[0]["priceEachAsNumber"], &items[0]["totalPriceAsNumber"]), (&json!(2297), &json!(4594)));
    assert_eq!(
        items[0]["bundle"][1],
        json!({ "section": "422", "item": "60-600", "quantity": 4, "sku": items[0]["bundle"][1]["sku"] })
    );
    assert_eq!((&items[1]["item"], &items[1]["priceEachAsNumber"]), (&json!("430-4300"), &json!(2198)));
    assert_eq!((&items[1]["bundle"][0]["item"], &items[1]["bundle"][1]["item"]), (&json!("30-300"), &json!("60-601")));
    let wrong = json!({ "sections": [{ "section": 431, "item": "60-600" }, { "section": 432, "item": "60-601" }] });
    let refused = checkout(&sim, "POST", "items/bundles/430-4300", &token, wrong).await;
    assert_eq!(refused["errors"]["item"], "product item not found", "not of this section");
}

#[tokio::test]
async fn the_storefront_api_sells_them_as_lines_with_parts() {
    let sim = start().await;
    let lines = "selection { grandTotal { value } lines { __typename quantity unitPrice { value } item { id } ... on BundleLine { bundle { type priceType sections { id quantity lines { quantity item { id } unitPrice { value } } } } } } }";
    let (data, token) = graphql(&sim, "api-session", "carts", &format!("mutation {{ addItem(item: \"420-4201\", quantity: 2) {{ line {{ __typename }} {lines} userErrors {{ message }} }} }}")).await;
    let added = &data["addItem"];
    assert_eq!((&added["userErrors"], &added["line"]["__typename"]), (&json!([]), &json!("BundleLine")));
    let bundle = &added["selection"]["lines"][0]["bundle"];
    assert_eq!(
        bundle["sections"][1],
        json!({ "id": 422, "quantity": 2, "lines": [{ "quantity": 4, "item": { "id": "60-601" }, "unitPrice": { "value": 0 } }] })
    );
    assert_eq!(added["selection"]["grandTotal"]["value"], 4594);
    let flexible = format!("mutation {{ ok: addFlexibleBundle(item: \"430-4300\", sections: [{{ sectionId: 431, item: \"10-100\" }}, {{ sectionId: 432, item: \"50-500\" }}]) {{ line {{ id unitPrice {{ value }} }} {lines} userErrors {{ message }} }}
        short: addFlexibleBundle(item: \"430-4300\", sections: [{{ sectionId: 431, item: \"10-100\" }}]) {{ line {{ id }} userErrors {{ message path }} }} }}");
    let (data, _) = graphql(&sim, "api-session", &token, &flexible).await;
    assert_eq!(data["ok"]["line"]["unitPrice"]["value"], 2898);
    assert_eq!(data["ok"]["selection"]["lines"][1]["item"]["id"], "430-4300");
    assert_eq!(
        data["short"],
        json!({ "line": null, "userErrors": [{ "message": "product item not found", "path": ["item"] }] })
    );
}

#[tokio::test]
async fn an_order_has_the_bundle_and_its_parts_and_only_parts_are_sent() {
    let sim = start().await;
    let address = json!({ "email": "a@example.com", "country": "SE" });
    let place = |product: Value| {
        let body = json!({ "pricelist": 1, "market": 1, "address": address, "products": [product] });
        let request = sim
            .client
            .post(format!("{}/api/order-api/order", sim.handle.base_url))
            .header("API-Authorization", "orders")
            .json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let number = place(json!({ "id": 4201, "qty": 1 })).await["orders"][0].clone();
    let query = "query ($n: [Int!]) { orders(where: { number: $n }) { status grandTotal { value } lines { __typename id quantity unitPrice { value } productSize { id } } } }";
    let order = || {
        let (sim, number) = (&sim, number.clone());
        async move { sim.data(query, json!({ "n": [number] })).await["orders"][0].clone() }
    };
    let placed = order().await;
    let kinds: Vec<&Value> = placed["lines"].as_array().unwrap().iter().map(|line| &line["__typename"]).collect();
    assert_eq!(kinds, ["BundleOrderLine", "BundleItemOrderLine", "BundleItemOrderLine"]);
    assert_eq!((&placed["grandTotal"]["value"], &placed["lines"][2]["quantity"]), (&json!(2297.0), &json!(2)));
    for action in ["confirm", "ship"] {
        assert_eq!(sim.control("order", &json!({ "number": number, "action": action })).await, 200);
    }
    assert_eq!(order().await["status"], "SHIPPED");
    let many = place(json!({ "id": 4201, "qty": 9_000 })).await;
    assert_eq!(many["code"], -2, "as many as its parts make");
    assert_eq!(place(json!({ "id": 4501, "qty": 9_000 })).await["status"], "ok", "a preorder has no end");
    assert_eq!(place(json!({ "id": 4300, "qty": 1 })).await["code"], -1, "a choice cannot be told here");
    assert_eq!(place(json!({ "id": 4400, "qty": 1 })).await["msg"], "product is a flexible bundle");
}
