//! Orders over HTTP, as far as no platform is asked.

use serde_json::{Value, json};

use super::World;
use crate::core::connection::ConnectionStatus;

#[tokio::test]
async fn an_order_needs_a_key_a_right_form_and_a_connection_that_places_orders() {
    let world = World::new().await;
    let (owner, key) = world.channel("Owner").await;
    let id = world.connection(&owner).await;
    let mut connection = world.store.connection(&id).await.unwrap().unwrap();
    connection.health.status = ConnectionStatus::Active;
    world.store.update_connection(&mut connection).await.unwrap();
    let path = format!("/v1/connections/{id}/orders");
    let bearer = format!("Bearer {key}");
    let send = async |idempotency: Option<&str>, body: &Value| {
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(idempotency.map(|key| ("idempotency-key", key)));
        world.send("POST", &path, &headers, &body.to_string()).await
    };
    let price = json!({ "amount_minor": 1000, "currency": "EUR" });
    let order = json!({ "cart": {
        "id": "c", "currency": "EUR", "shipping_method_id": "post",
        "lines": [{ "id": "l", "variant_id": "v", "quantity": 1, "unit_price": price }],
        "ship_to": { "name": "Ada Lovelace", "line1": "Main street 1", "city": "Stockholm", "country": "SE" }
    } });
    let without = send(None, &order).await;
    assert_eq!((without.status, without.code().as_str()), (400, "idempotency_key_required"));
    let wrong = send(Some("two words"), &order).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "idempotency_key_invalid"));
    let refused = send(Some("\"k1\""), &order).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "capability_off"), "{}", refused.text);

    let empty = send(Some("k1"), &json!({ "cart": { "id": "c", "currency": "EUR" } })).await;
    assert_eq!((empty.status, empty.code().as_str()), (422, "invalid_request"));
    let errors = empty.json()["errors"].clone();
    let named: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(named, ["/cart/lines", "/cart/ship_to", "/cart/shipping_method_id"]);
    let stray = send(Some("k1"), &json!({ "cart": { "id": "c", "currency": "EUR" }, "voucher": "x" })).await;
    assert_eq!(stray.json()["errors"][0]["code"], "unknown_field");

    let nothing = json!({ "data": [], "next_cursor": null });
    for list in ["orders?status=open&changed_since=2026-05-01T00:00:00Z", "order-intents?manual_resolution=true"] {
        let answer = world.call(&key, "GET", &format!("/v1/connections/{id}/{list}"), &json!({})).await;
        assert_eq!((answer.status, answer.json()), (200, nothing.clone()), "{list}");
    }
    for one in ["orders/o1", "order-intents/intent_1"] {
        let answer = world.call(&key, "GET", &format!("/v1/connections/{id}/{one}"), &json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{one}");
    }
}
