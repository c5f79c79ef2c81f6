//! Orders: placed through the Order API, changed by mutations and by the merchant's people, seen in GraphQL.

use centra_sim::checkout::Settings;
use centra_sim::{Seed, SimConfig};
use serde_json::{Value, json};

use crate::support::{Sim, unlimited};

const SECRET: &str = "order-secret";

async fn start(split_orders: bool) -> Sim {
    let order_api_secret = Some(SECRET.to_owned());
    Sim::start(SimConfig { order_api_secret, split_orders, ..unlimited(Seed::Small) }).await
}

async fn post(sim: &Sim, path: &str, secret: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/api/order-api/{path}", sim.handle.base_url);
    let answer = sim.client.post(url).header("API-Authorization", secret).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn body(sizes: &[i64]) -> Value {
    let products: Vec<Value> = sizes.iter().map(|size| json!({ "id": size, "qty": 1, "unitPrice": 299.5 })).collect();
    json!({ "products": products, "marketId": 1, "pricelistId": 1, "shippingValue": 49, "applyVouchers": false,
        "internalComment": "Channel order CH-1", "extraAttributes": { "channel_number": "CH-1" },
        "address": { "email": "test@example.com", "firstName": "Test", "lastName": "Testsson", "address": "Main street 1",
            "zipcode": "111 20", "city": "Stockholm", "country": "SE" } })
}

/// Two sizes that are in stock.
async fn sizes(sim: &Sim) -> Vec<i64> {
    let data = sim.data("{ productSizes(limit: 2) { id } }", json!({})).await;
    data["productSizes"].as_array().unwrap().iter().map(|size| size["id"].as_i64().unwrap()).collect()
}

async fn place(sim: &Sim) -> i64 {
    let (_, answer) = post(sim, "order", SECRET, &body(&sizes(sim).await)).await;
    answer["orders"][0].as_i64().unwrap_or_else(|| panic!("{answer}"))
}

async fn read(sim: &Sim, number: i64) -> Value {
    let query = "query($n: [Int!]) { orders(where: { number: $n }) { id number status isOnHold internalComment updatedAt
        grandTotal { value } attributes { type { name } elements { key ... on AttributeStringElement { value } } }
        lines(includeFullyCancelled: true) { id quantity cancelledQuantity returnedQuantity lineValue { valueInCents } net: lineValue(includingTax: false) { valueInCents } }
        shipments { id isShipped trackingNumber lines { id quantity } } paymentHistory { entryType value { value } }
        ... on DirectToConsumerOrder { customer { email } } } }";
    sim.data(query, json!({ "n": [number] })).await["orders"][0].take()
}

async fn mutate(sim: &Sim, mutation: &str, variables: Value) -> Value {
    let data = sim.data(mutation, variables).await;
    data.as_object().unwrap().values().next().unwrap().clone()
}

#[tokio::test]
async fn an_order_is_placed_and_seen() {
    let sim = start(false).await;
    let number = place(&sim).await;
    let order = read(&sim, number).await;
    assert_eq!((&order["status"], &order["internalComment"]), (&json!("PENDING"), &json!("Channel order CH-1")));
    assert_eq!(order["attributes"][0]["elements"][0], json!({ "key": "number", "value": "CH-1" }));
    assert_eq!(order["grandTotal"]["value"], 648.0);
    assert_eq!(
        (&order["lines"][0]["lineValue"]["valueInCents"], &order["lines"][0]["net"]["valueInCents"]),
        (&json!(29950), &json!(23960))
    );
    assert_eq!(order["customer"]["email"], "test@example.com");
    let data = sim.data("{ orderConnection(first: 1, where: { createdAt: { from: \"2026-01-01 00:00:00\" } }) { totalCount edges { node { number } } } customers(where: { storeId: 1 }, limit: 200) { email } }", json!({})).await;
    assert_eq!(data["orderConnection"]["edges"][0]["node"]["number"], number);
    assert_eq!(
        data["customers"].as_array().unwrap().iter().filter(|own| own["email"] == "test@example.com").count(),
        2,
        "the seed has one of this address, too"
    );
}

#[tokio::test]
async fn each_code_of_the_order_api() {
    let sim = start(false).await;
    let size = sizes(&sim).await[0];
    let code = async |edit: &dyn Fn(&mut Value)| {
        let mut order = body(&[size]);
        edit(&mut order);
        post(&sim, "order", SECRET, &order).await.1["code"].as_i64()
    };
    assert_eq!(code(&|order| order["products"][0]["id"] = json!(999_999)).await, Some(-1));
    assert_eq!(code(&|order| order["products"][0]["qty"] = json!(100_000)).await, Some(-2));
    assert_eq!(code(&|order| order["products"] = json!([])).await, Some(-3));
    assert_eq!(code(&|order| order["address"]["email"] = Value::Null).await, Some(-4));
    assert_eq!(code(&|order| order["orderNumber"] = json!(5_000_001)).await, None);
    assert_eq!(code(&|order| order["orderNumber"] = json!(5_000_001)).await, Some(-5));
    assert_eq!(post(&sim, "order", "wrong", &body(&[size])).await.0, 401);
}

#[tokio::test]
async fn one_order_may_become_several_and_several_come_by_key() {
    let sim = start(true).await;
    let two = sizes(&sim).await;
    let (_, answer) = post(&sim, "order", SECRET, &body(&two)).await;
    assert_eq!(answer["orders"].as_array().unwrap().len(), 2);
    let (_, answer) = post(&sim, "orders", SECRET, &json!({ "a": body(&two[..1]), "b": { "products": [] } })).await;
    assert_eq!((&answer["a"]["status"], &answer["b"]["status"]), (&json!("ok"), &json!("no")));
}

#[tokio::test]
async fn an_order_is_processed_by_mutations() {
    let sim = start(false).await;
    let number = place(&sim).await;
    let order = read(&sim, number).await;
    let (hash, line) = (order["id"].as_str().unwrap(), order["lines"][0]["id"].as_i64().unwrap());
    let confirm = "mutation($id: String) { confirmOrder(input: { order: { id: $id } }) { order { id status } userErrors { message path } } }";
    let done = mutate(&sim, confirm, json!({ "id": hash })).await;
    assert_eq!(done["order"]["status"], "CONFIRMED");
    let again = mutate(&sim, confirm, json!({ "id": hash })).await;
    assert_eq!((again["userErrors"].as_array().unwrap().len(), &again["order"]), (1, &Value::Null));

    let update = "mutation($id: String, $input: DirectToConsumerOrderUpdateInput!) { updateDirectToConsumerOrder(order: { id: $id }, input: $input) { userErrors { message } } }";
    mutate(&sim, update, json!({ "id": hash, "input": { "externalId": "CH-1" } })).await;
    let found = sim.data("{ orders(where: { externalId: [\"CH-1\"] }) { number } }", json!({})).await;
    assert_eq!(found["orders"][0]["number"], number);
    let second = order["lines"][1]["id"].as_i64().unwrap();
    let cancel = json!([{ "line": { "id": second }, "quantity": 1, "stockActionPolicy": { "releaseItemsBackToWarehouse": true } }]);
    mutate(&sim, update, json!({ "id": hash, "input": { "cancelLines": cancel } })).await;
    assert_eq!(read(&sim, number).await["lines"][1]["cancelledQuantity"], 1);

    let ship = "mutation($id: String, $line: Int, $paid: Boolean) { createShipment(input: { order: { id: $id }, lines: [{ orderLine: { id: $line }, quantity: 1 }], isGoodToGo: true, isPaid: $paid }) { shipment { id } userErrors { message } } }";
    let shipped = mutate(&sim, ship, json!({ "id": hash, "line": line, "paid": true })).await;
    let shipment = shipped["shipment"]["id"].as_i64().unwrap();
    let complete = "mutation($id: Int!) { completeShipment(id: $id, input: { shipmentInfo: { trackingNumber: \"T1\" } }) { userErrors { message } } }";
    mutate(&sim, complete, json!({ "id": shipment })).await;
    let order = read(&sim, number).await;
    assert_eq!((&order["status"], &order["shipments"][0]["trackingNumber"]), (&json!("SHIPPED"), &json!("T1")));

    let sent = order["shipments"][0]["lines"][0]["id"].as_i64().unwrap();
    let back = "mutation($s: Int, $l: Int) { createReturn(input: { shipment: { id: $s }, lines: [{ shipmentLine: { id: $l }, quantity: 1 }], returnStockActionPolicy: { releaseItemsBackToWarehouse: true } }) { return { id } userErrors { message } } }";
    let made = mutate(&sim, back, json!({ "s": shipment, "l": sent })).await["return"]["id"].as_i64().unwrap();
    let refund = "mutation($id: Int!) { refundReturn(id: $id) { userErrors { message } } }";
    assert_eq!(
        mutate(&sim, refund, json!({ "id": made })).await["userErrors"].as_array().unwrap().len(),
        1,
        "not completed yet"
    );
    mutate(
        &sim,
        "mutation($id: Int!) { completeReturn(id: $id, input: { sendEmail: false }) { userErrors { message } } }",
        json!({ "id": made }),
    )
    .await;
    assert_eq!(mutate(&sim, refund, json!({ "id": made })).await["userErrors"], json!([]));
    let order = read(&sim, number).await;
    assert_eq!(order["lines"][0]["returnedQuantity"], 1);
    assert_eq!(order["paymentHistory"][0]["entryType"], "REFUND");
    let returns = sim.data("{ returns(where: { storeId: 1 }, limit: 10) { id returnStatus order { number } refundPaymentHistory { entryType } } }", json!({})).await;
    assert_eq!(
        (&returns["returns"][0]["returnStatus"], &returns["returns"][0]["order"]["number"]),
        (&json!("COMPLETED"), &json!(number))
    );
}

#[tokio::test]
async fn the_merchants_people_work_on_an_order() {
    let sim = start(false).await;
    let number = place(&sim).await;
    let work = async |action: &str| sim.control("order", &json!({ "number": number, "action": action })).await;
    assert_eq!(work("ship").await, 409, "not confirmed");
    assert_eq!([work("confirm").await, work("ship_one").await, work("ship").await, work("return").await], [200; 4]);
    assert_eq!((work("cancel").await, read(&sim, number).await["status"].clone()), (409, json!("SHIPPED")));
    assert_eq!(sim.control("order", &json!({ "number": 1, "action": "confirm" })).await, 404);
}

#[tokio::test]
async fn an_answer_is_lost_after_the_order_was_placed() {
    let sim = start(false).await;
    let size = sizes(&sim).await[0];
    for (kind, kept) in [("500", 0), ("500_after", 1), ("lost_answer", 2)] {
        let rule = json!([{ "every": 1, "times": 1, "operation": "OrderApi", "kind": kind, "ms": 1 }]);
        assert_eq!(sim.control("faults", &rule).await, 204);
        let (status, _) = post(&sim, "order", SECRET, &body(&[size])).await;
        assert!(status >= 500, "{kind}: {status}");
        let placed = sim.data("{ orders(limit: 200) { number } }", json!({})).await;
        let placed =
            placed["orders"].as_array().unwrap().iter().filter(|own| own["number"].as_i64() >= Some(2_000)).count();
        assert_eq!(placed, kept, "{kind}");
    }
}

#[tokio::test]
async fn vouchers_that_apply_by_themselves_do_so_unless_that_is_refused() {
    let checkout = Settings { automatic_percent: Some(10), ..Settings::default() };
    let config = SimConfig { checkout, order_api_secret: Some(SECRET.to_owned()), ..unlimited(Seed::Small) };
    let sim = Sim::start(config).await;
    let mut wanted = body(&sizes(&sim).await);
    for (applies, total) in [(false, 648.0), (true, 588.1)] {
        wanted["applyVouchers"] = applies.into();
        let (_, answer) = post(&sim, "order", SECRET, &wanted).await;
        let order = read(&sim, answer["orders"][0].as_i64().unwrap()).await;
        assert_eq!(order["grandTotal"]["value"], total, "{applies}");
    }
}
