//! Sending goods: when a shipment is marked as paid, when its money is asked for, and when it is not sent off.

use centra_sim::{SimConfig, config::Capture};
use connector_api::{
    Connector,
    domain::{ExternalId, Shipment, ShipmentStatus},
    testing::block_on,
    wire::{Op, envelope::Call, order::CreateShipmentRequest},
};
use serde_json::{Value, json};

use crate::{
    order_changes::{HASH, sent, store_of},
    order_external_payment::{open, settings, submit, swedish},
    orders::order,
    shop::Shop,
    store::{Store, Variant, call},
};

fn request() -> CreateShipmentRequest {
    serde_json::from_value(json!({ "order_id": HASH, "lines": [{ "order_line_id": "17636", "quantity": 1 }],
        "tracking": [{ "carrier": "DHL", "number": "T2" }] }))
    .unwrap()
}

fn made() -> Value {
    json!({ "shipment": { "id": 345 }, "userErrors": [], "userWarnings": [] })
}

/// The fixture's order with this history of payments, of a store with this schema.
fn with_history(schema: &Variant, history: &Value) -> Store {
    let mut order = order();
    order["paymentHistory"] = history.clone();
    store_of(schema, order, |_| made())
}

fn ship(store: &Store, settings: &Value) -> Shipment {
    block_on(store.open_with(settings, &[]).create_shipment(&call(&Op::CreateShipment), request())).unwrap().shipment
}

/// `isPaid` and `capture` as they were sent.
fn reported(store: &Store) -> (Value, Value) {
    let made = sent(store, "CreateShipment");
    (made["paid"].clone(), made["capture"].clone())
}

fn entry(kind: &str) -> Value {
    json!([{ "id": 1, "status": "SUCCESS", "entryType": kind, "value": { "value": 1246.5, "valueInCents": 124_650 } }])
}

#[test]
fn a_shipment_is_made_its_money_asked_for_and_sent_off_with_its_tracking() {
    let store = with_history(&Variant::reference(), &entry("AUTH"));
    let shipment = ship(&store, &json!({ "store_id": 1 }));
    // The fixture's shipment is paid, but not captured.
    assert_eq!(shipment.warnings.iter().map(|own| own.code.as_str()).collect::<Vec<_>>(), ["not_captured"]);
    assert_eq!(
        reported(&store),
        (Value::Null, json!(true)),
        "Centra holds a reservation, so it takes the money itself"
    );
    let mut captured = order();
    captured["shipments"][0]["isCaptured"] = json!(true);
    let store = store_of(&Variant::reference(), captured, |_| made());
    let shipment = ship(&store, &json!({ "store_id": 1 }));
    assert_eq!((shipment.id.as_str(), shipment.warnings.len()), ("345", 0));
    assert_eq!(sent(&store, "CreateShipment")["lines"], json!([{ "orderLine": { "id": 17636 }, "quantity": 1 }]));
    let completed = sent(&store, "CompleteShipment");
    assert_eq!((&completed["carrier"], &completed["trackingNumber"]), (&json!("DHL"), &json!("T2")));
}

#[test]
fn only_money_that_was_surely_taken_elsewhere_marks_a_shipment_as_paid() {
    let plain = json!({ "store_id": 1 });
    let of_channel = json!({ "store_id": 1, "order_route": "order_api" });
    let paid = (json!(true), Value::Null);
    let neither = (Value::Null, Value::Null);
    let hidden = Variant::without(&["Order.paymentHistory", "DirectToConsumerOrder.paymentHistory"]);
    for (schema, history, settings, expected) in [
        (&Variant::reference(), json!([]), &plain, &paid),
        (&Variant::reference(), entry("INVOICE"), &plain, &paid),
        (&Variant::reference(), entry("AUTH"), &of_channel, &paid),
        // What cannot be read may be a reservation.
        (&hidden, Value::Null, &plain, &neither),
        (&hidden, Value::Null, &of_channel, &paid),
        // Nothing is held yet, but the provider may still say so.
        (&Variant::reference(), entry("AUTH_PENDING"), &plain, &neither),
        (&Variant::reference(), entry("CAPTURE_FAILED"), &plain, &neither),
        (&Variant::reference(), entry("CAPTURE"), &plain, &neither),
    ] {
        let store = with_history(schema, &history);
        ship(&store, settings);
        assert_eq!(&reported(&store), expected, "{} {history} {settings}", schema.name);
    }
    let mut waiting = order();
    waiting["paymentHistory"] = json!([]);
    waiting["isWaitingForPayment"] = json!(true);
    waiting["shipments"][0]["isPaid"] = json!(false);
    let store = store_of(&Variant::reference(), waiting, |_| made());
    ship(&store, &plain);
    assert_eq!(reported(&store), neither);
}

#[test]
fn a_shipment_that_was_made_but_not_sent_off_is_answered_with_a_warning() {
    let mut paid = order();
    paid["paymentHistory"] = json!([]);
    let store = store_of(&Variant::reference(), paid, |name| match name {
        "CompleteShipment" => {
            json!({ "shipment": null, "userErrors": [{ "message": "Shipment is not on its way.", "path": ["id"] }], "userWarnings": [] })
        }
        _ => made(),
    });
    assert_eq!(ship(&store, &json!({ "store_id": 1 })).warnings[0].code, "not_completed");
}

/// Sends an order whose money Centra holds: it was placed through another connection.
fn sent_by(capture: Capture) -> (Shop, Shipment) {
    let mut confirming = settings();
    confirming["confirm_orders"] = json!(true);
    let mut shop = open(&[], SimConfig { capture, ..SimConfig::default() }, confirming);
    let order = submit(&shop, &swedish(&shop)).unwrap().remove(0);
    shop.reconnect(json!({ "store_id": 1 }));
    // Centra asks the provider for the money of its own payment plugins only.
    let number = *shop.store.book().orders.keys().next().unwrap();
    let by_card = |order: &mut centra_sim::orders::order::Order, _: &mut centra_sim::orders::Book| {
        order.payment_plugin = 2;
        Ok(())
    };
    shop.store.edit_order(number, "update", by_card).unwrap();
    let lines: Vec<Value> =
        order.lines.iter().map(|line| json!({ "order_line_id": line.id, "quantity": line.ordered })).collect();
    let request: CreateShipmentRequest =
        serde_json::from_value(json!({ "order_id": order.id, "lines": lines })).unwrap();
    let shipment = block_on(shop.centra.create_shipment(&Call::named(&Op::CreateShipment), request)).unwrap().shipment;
    assert_eq!(shipment.order_id, ExternalId(order.id.0.clone()));
    (shop, shipment)
}

#[test]
fn goods_whose_money_centra_holds_leave_once_it_is_taken() {
    let (shop, shipment) = sent_by(Capture::Done);
    assert_eq!((&shipment.status, shipment.warnings.len()), (&ShipmentStatus::Shipped, 0), "{shipment:#?}");
    let kinds: Vec<&str> =
        shop.store.book().orders.values().flat_map(|order| order.payments.iter().map(|own| own.kind)).collect();
    assert_eq!(kinds, ["AUTH", "CAPTURE"]);
    for (capture, codes) in
        [(Capture::Refused, &["platform_remark", "not_captured"][..]), (Capture::Asked, &["not_captured"])]
    {
        let (_, shipment) = sent_by(capture);
        let said: Vec<&str> = shipment.warnings.iter().map(|own| own.code.as_str()).collect();
        assert_eq!((&shipment.status, said.as_slice()), (&ShipmentStatus::Ready, codes), "{capture:?}");
    }
}
