//! Changes of orders: what each sends, what a refusal says, what a warning leaves behind, and what is done already.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use connector_api::{
    Connector, ErrorCode,
    testing::block_on,
    wire::{
        Op,
        order::{CancelOrderRequest, ConfirmOrderRequest, CreateReturnRequest, HoldOrderRequest, RefundRequest},
    },
};
use serde_json::{Value, json};

use crate::{
    orders::order,
    store::{Store, Variant, call, data},
};

pub(crate) const HASH: &str = "1497ccf644db871e1e4026d101bde6f3";

/// A store whose mutations answer this payload, and whose order is as the fixture has it.
fn store(payload: impl Fn(&str) -> Value + Send + Sync + 'static) -> Store {
    store_of(&Variant::reference(), order(), payload)
}

/// The same with another schema and order.
pub(crate) fn store_of(
    schema: &Variant,
    order: Value,
    payload: impl Fn(&str) -> Value + Send + Sync + 'static,
) -> Store {
    Store::new(schema, move |name, variables, query| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => data(json!({ "orders": [order] })),
        "Returns" => data(json!({ "returns": [{
            "id": 12, "returnStatus": "PENDING", "createdAt": "2026-01-20T10:00:00+01:00",
            "grandTotal": { "value": 499.25, "valueInCents": 49925, "currency": { "code": "SEK" } }, "store": { "id": 1 },
            "lines": [{ "quantity": 1, "lineValue": { "value": 499.25, "valueInCents": 49925 }, "orderLine": { "id": 17635 } }],
            "refundPaymentHistory": [], "order": { "id": HASH }, "shipment": { "id": 345 } }] })),
        _ => {
            assert!(query.starts_with("mutation"), "{name}: {query}");
            assert!(variables.is_object());
            let root = query.split(['{', '(']).find_map(|part| {
                let word = part.trim();
                word.chars()
                    .next()
                    .is_some_and(char::is_lowercase)
                    .then_some(word)
                    .filter(|word| !word.starts_with("mutation"))
            });
            data(json!({ (root.unwrap()): payload(name) }))
        }
    })
}

fn done() -> Value {
    json!({ "order": { "id": HASH }, "userErrors": [], "userWarnings": [] })
}

fn refused(message: &str, path: &[&str]) -> Value {
    json!({ "order": null, "userErrors": [{ "message": message, "path": path }], "userWarnings": [] })
}

/// The variables a mutation was sent with; it is sent once and not repeated by the host.
pub(crate) fn sent(store: &Store, name: &str) -> Value {
    let mut found = store.host.requests().into_iter().filter(|(request, _)| request.operation == name);
    let (request, body) = found.next().unwrap_or_else(|| panic!("`{name}` was not asked"));
    assert!(!request.idempotent && request.cost.mutation && found.next().is_none(), "{name}");
    serde_json::from_slice::<Value>(&body).unwrap()["variables"].take()
}

#[test]
fn an_order_is_confirmed_and_a_warning_stays_with_it() {
    let store = store(
        |_| json!({ "order": { "id": HASH }, "userErrors": [], "userWarnings": [{ "message": "No e-mail was sent.", "path": null }] }),
    );
    let request = ConfirmOrderRequest { order_id: "number:166".into() };
    let answer = block_on(store.open().confirm_order(&call(&Op::ConfirmOrder), request)).unwrap();
    assert_eq!(sent(&store, "ConfirmOrder"), json!({ "order": HASH }));
    assert_eq!(answer.order.warnings[0].text, "No e-mail was sent.");
}

#[test]
fn a_refusal_names_the_field_and_what_is_done_already_is_no_refusal() {
    let confirmed = Arc::new(AtomicBool::new(false));
    let own = Arc::clone(&confirmed);
    let store = Store::new(&Variant::reference(), move |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => {
            let mut order = order();
            order["status"] = json!(if own.load(Ordering::SeqCst) { "CONFIRMED" } else { "PENDING" });
            data(json!({ "orders": [order] }))
        }
        _ => data(json!({ "confirmOrder": refused("Order cannot be confirmed.", &["input", "order"]) })),
    });
    let confirm = || {
        let request = ConfirmOrderRequest { order_id: HASH.into() };
        block_on(store.open().confirm_order(&call(&Op::ConfirmOrder), request))
    };
    let error = confirm().unwrap_err();
    assert_eq!((error.code, error.field_errors[0].pointer.as_str()), (ErrorCode::Conflict, "/order_id"));
    assert!(error.message.contains("Order cannot be confirmed."));
    confirmed.store(true, Ordering::SeqCst);
    assert_eq!(confirm().unwrap().order.status.to_string(), "accepted");
}

#[test]
fn an_order_is_held_and_cancelled_whole_or_by_line() {
    let held = store(|_| done());
    let request = HoldOrderRequest { order_id: HASH.into(), hold: true, reason: Some("fraud?".into()) };
    block_on(held.open().hold_order(&call(&Op::HoldOrder), request)).unwrap();
    assert_eq!(sent(&held, "UpdateOrder"), json!({ "order": HASH, "hold": true, "reason": "fraud?" }));

    let whole = store(|_| done());
    let cancel: CancelOrderRequest =
        serde_json::from_value(json!({ "order_id": HASH, "reason": "changed my mind", "restock": true })).unwrap();
    block_on(whole.open().cancel_order(&call(&Op::CancelOrder), cancel.clone())).unwrap();
    let expected =
        json!({ "id": HASH, "cancelComment": "changed my mind", "stock": { "releaseItemsBackToWarehouse": true } });
    assert_eq!(sent(&whole, "CancelOrder"), expected);

    let lines = store(|_| done());
    let cancel = CancelOrderRequest {
        lines: serde_json::from_value(json!([{ "order_line_id": "17635", "quantity": 1 }])).unwrap(),
        restock: false,
        ..cancel
    };
    block_on(lines.open().cancel_order(&call(&Op::CancelOrder), cancel.clone())).unwrap();
    let line =
        json!([{ "line": { "id": 17635 }, "quantity": 1, "stockActionPolicy": { "removeItemsFromStock": true } }]);
    assert_eq!(sent(&lines, "UpdateOrder")["cancelLines"], line);

    let mut odd = cancel;
    odd.lines[0].order_line_id = "coat".into();
    let error = block_on(lines.open().cancel_order(&call(&Op::CancelOrder), odd)).unwrap_err();
    assert_eq!(error.field_errors[0].pointer, "/lines/0/order_line_id");
}

#[test]
fn goods_are_taken_back_and_their_money_returned() {
    // Money that Centra holds: that of External Payment is given back elsewhere.
    let mut held = order();
    held["paymentMethod"] = json!({ "name": "Cards", "uri": "card-payments" });
    let done = |_: &str| json!({ "return": { "id": 12 }, "userErrors": [], "userWarnings": [] });
    let store = store_of(&Variant::reference(), held, done);
    let request: CreateReturnRequest = serde_json::from_value(json!({ "order_id": HASH,
        "lines": [{ "order_line_id": "17635", "quantity": 1 }], "restock": true, "reason": "too small" }))
    .unwrap();
    let answer = block_on(store.open().create_return(&call(&Op::CreateReturn), request.clone())).unwrap();
    assert_eq!(answer.adjustment.id.as_str(), "12");
    let made = sent(&store, "CreateReturn");
    assert_eq!(
        (&made["shipment"], &made["lines"]),
        (&json!(345), &json!([{ "shipmentLine": { "id": 9 }, "quantity": 1 }]))
    );

    let mut unsent = request;
    unsent.lines[0].order_line_id = "99".into();
    let error = block_on(store.open().create_return(&call(&Op::CreateReturn), unsent)).unwrap_err();
    assert_eq!(error.field_errors[0].code, "not_sent");

    let refund = |value: Value| -> RefundRequest { serde_json::from_value(value).unwrap() };
    let ask = |request: RefundRequest| block_on(store.open().refund(&call(&Op::Refund), request));
    ask(refund(json!({ "order_id": HASH, "return_id": "12" }))).unwrap();
    assert_eq!(sent(&store, "RefundReturn"), json!({ "return": 12 }));
    let error = ask(refund(json!({ "order_id": HASH }))).unwrap_err();
    assert_eq!(error.field_errors[0].pointer, "/return_id");
    let other = json!({ "order_id": HASH, "return_id": "12", "amount": { "amount_minor": 1, "currency": "SEK" } });
    assert_eq!(ask(refund(other)).unwrap_err().field_errors[0].pointer, "/amount");
}

#[test]
fn an_order_that_does_not_exist_is_reported() {
    let store = Store::new(&Variant::reference(), |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        _ => data(json!({ "orders": [] })),
    });
    let request = serde_json::from_value(json!({ "order_id": "nobody" })).unwrap();
    let error = block_on(store.open().get_order(&call(&Op::GetOrder), request)).unwrap_err();
    assert_eq!((error.code, error.field_errors[0].pointer.as_str()), (ErrorCode::NotFound, "/order_id"));
}
