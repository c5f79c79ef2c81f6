//! Captures of orders that were placed through External Payment: told once, as its page documents, or refused with a reason.

use centra_sim::{
    SimConfig,
    alteration::Alteration,
    checkout::{Quirk, notification::PATH},
    orders::{
        Book,
        order::{Order as SimOrder, Payment},
    },
    value::Kind,
};
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    domain::{Money, Order},
    testing::block_on,
    wire::{
        Op,
        envelope::Call,
        order::{CancelOrderRequest, CaptureRequest, RefundRequest},
    },
};
use serde_json::{Value, json};

use crate::{
    order_external_payment::{open, sent, settings, submit, swedish},
    order_external_payment_lost::find,
    shop::Shop,
};

const URL: &str = "external_payment_notification_url";

fn with_notifications() -> Value {
    let mut settings = settings();
    settings[URL] = json!(format!("https://shop.centra.com{PATH}"));
    settings
}

/// A store with an order of this connection that waits for its money.
fn ordered(quirks: &[Quirk]) -> (Shop, Order) {
    let shop = open(quirks, SimConfig::default(), with_notifications());
    let order = submit(&shop, &swedish(&shop)).unwrap().remove(0);
    (shop, order)
}

fn ask(shop: &Shop, key: &str, request: Value) -> Result<Order, ConnectorError> {
    let request: CaptureRequest = serde_json::from_value(request).unwrap();
    let call = Call { idempotency_key: Some(key.to_owned()), ..Call::named(&Op::Capture) };
    block_on(shop.centra.capture(&call, request)).map(|answer| answer.order)
}

fn capture(shop: &Shop, order: &Order) -> Result<Order, ConnectorError> {
    ask(shop, "key-9", json!({ "order_id": order.id, "reference": "psp-capture-1" }))
}

/// What the store's ledger holds of the only order's captures.
fn captured(shop: &Shop) -> Vec<(i64, Option<String>)> {
    let book = shop.store.book();
    let order = book.orders.values().next().unwrap();
    let captures = order.payments.iter().filter(|own| own.kind == "CAPTURE");
    captures.map(|own| (own.minor, own.reference.clone())).collect()
}

/// Changes the only order of the store.
fn edit(shop: &Shop, change: fn(&mut SimOrder)) {
    let number = *shop.store.book().orders.keys().next().unwrap();
    let change = |order: &mut SimOrder, _: &mut Book| {
        change(order);
        Ok(())
    };
    shop.store.edit_order(number, "update", change).unwrap();
}

fn reserved(order: &Order) -> Money {
    order.payment.as_ref().unwrap().authorized.unwrap()
}

fn reported(error: &ConnectorError) -> (ErrorCode, &str, &str) {
    let first = &error.field_errors[0];
    (error.code.clone(), first.pointer.as_str(), first.code.as_str())
}

#[test]
fn the_money_of_an_order_is_reported_once_also_after_a_restart() {
    let (mut shop, order) = ordered(&[]);
    shop.restart();
    let after = capture(&shop, &order).unwrap();
    assert_eq!(after.payment.as_ref().unwrap().captured, Some(reserved(&order)));
    assert_eq!(after.financial_status.as_str(), "paid");
    let own = [(reserved(&order).amount_minor, Some("psp-capture-1".to_owned()))];
    assert_eq!(captured(&shop), own);
    let mut body = sent(&shop, "ExternalPaymentCapture").remove(0);
    for changing in ["signature", "selection", "timestamp"] {
        body[changing] = json!("…");
    }
    insta::assert_json_snapshot!("capture_notification", body);
    // The same capture again is the one that is there; another is refused before anything is sent.
    assert_eq!(capture(&shop, &order).unwrap().payment, after.payment);
    let other = ask(&shop, "key-10", json!({ "order_id": order.id })).unwrap_err();
    assert_eq!(reported(&other), (ErrorCode::Conflict, "/order_id", "already_captured"));
    assert_eq!((captured(&shop).len(), sent(&shop, "ExternalPaymentCapture").len()), (1, 1));
}

#[test]
fn what_its_page_does_not_offer_is_refused_with_a_reason_and_never_reported() {
    let (shop, order) = ordered(&[]);
    let reserved = reserved(&order);
    let of = |minor: i64, currency: &str| json!({ "order_id": order.id, "amount": { "amount_minor": minor, "currency": currency } });
    let unsupported = ErrorCode::UnsupportedOperation;
    for (request, expected) in [
        (json!({ "order_id": order.id, "shipment_id": "1" }), (unsupported.clone(), "/shipment_id", "not_supported")),
        (of(reserved.amount_minor - 1, "SEK"), (unsupported.clone(), "/amount", "not_supported")),
        (of(reserved.amount_minor + 1, "SEK"), (ErrorCode::InvalidRequest, "/amount", "too_much")),
        (of(reserved.amount_minor, "EUR"), (ErrorCode::InvalidRequest, "/amount", "currency")),
        (json!({ "order_id": "number:1001" }), (unsupported.clone(), "/order_id", "not_supported")),
        (json!({ "order_id": "number:999999" }), (ErrorCode::NotFound, "/order_id", "not_found")),
    ] {
        let refused = ask(&shop, "key-9", request.clone()).unwrap_err();
        assert_eq!(reported(&refused), expected, "{request}");
    }
    for return_id in [Value::Null, json!("1")] {
        let request: RefundRequest =
            serde_json::from_value(json!({ "order_id": order.id, "return_id": return_id })).unwrap();
        let refused = block_on(shop.centra.refund(&Call::named(&Op::Refund), request)).unwrap_err();
        assert_eq!(reported(&refused), (unsupported.clone(), "/order_id", "not_supported"));
    }
    assert_eq!(sent(&shop, "ExternalPaymentCapture"), Vec::<Value>::new());
    // All of it, with the amount said, is one capture.
    ask(&shop, "key-9", of(reserved.amount_minor, "SEK")).unwrap();
    assert_eq!(captured(&shop)[0].0, reserved.amount_minor);
}

#[test]
fn an_answer_that_is_lost_or_replaced_leaves_it_open_and_nothing_is_reported_twice() {
    let page = "<h1>Not Found</h1>";
    let foreign = [
        (404, page),
        (429, page),
        (401, "{}"),
        (400, r#"{"message":"no"}"#),
        (403, r#"{"success":false,"message":"blocked","ray":"7f"}"#),
        (500, r#"{"success":false,"message":"failed"}"#),
        (200, "{}"),
    ];
    for foreign in foreign.into_iter().map(Some).chain([None]) {
        let (shop, order) = ordered(&[]);
        match foreign {
            Some((status, page)) => shop.replace("ExternalPaymentCapture", status, page),
            None => shop.lose("ExternalPaymentCapture"),
        }
        let request = json!({ "order_id": order.id });
        let open = ask(&shop, "key-9", request.clone()).unwrap_err();
        let is_open = matches!(open.code, ErrorCode::Timeout | ErrorCode::PlatformAnswerInvalid);
        assert!(is_open, "{foreign:?}: {open:?}");
        let after = ask(&shop, "key-9", request).unwrap();
        assert_eq!(after.payment.unwrap().captured, Some(reserved(&order)), "{foreign:?}");
        assert_eq!((captured(&shop).len(), sent(&shop, "ExternalPaymentCapture").len()), (1, 1), "{foreign:?}");
    }
}

#[test]
fn a_refusal_in_the_plugins_own_form_is_one_whatever_its_status() {
    for quirks in [&[][..], &[Quirk::NotificationRefused200]] {
        let (shop, order) = ordered(quirks);
        // Noted a moment ago by somebody else, and not shown yet.
        let hidden = Payment { id: 1, kind: "CAPTURE", minor: 1, reference: None, at: 0 };
        shop.store.book().orders.values_mut().next().unwrap().payments.push(hidden);
        let refused = capture(&shop, &order).unwrap_err();
        assert_eq!(reported(&refused), (ErrorCode::Conflict, "/order_id", "refused"), "{quirks:?}");
        assert!(refused.message.contains("already"), "its own words: {}", refused.message);
        assert_eq!(captured(&shop).len(), 1);
    }
}

#[test]
fn a_missing_or_wrong_part_of_the_notification_names_its_setting() {
    let (mut shop, order) = ordered(&[]);
    let mut with = |name: &str, value: &str| {
        let mut settings = with_notifications();
        settings[name] = json!(value);
        shop.reconnect(settings);
        let error = capture(&shop, &order).unwrap_err();
        assert!(captured(&shop).is_empty());
        (error.code, error.field_errors[0].pointer.clone())
    };
    let config = |pointer: &str| (ErrorCode::ConfigInvalid, pointer.to_owned());
    for unusable in ["", "shop", "http://shop.centra.com/notifications/1", "https://shop.centra.com"] {
        assert_eq!(with(URL, unusable), config("/external_payment_notification_url"), "{unusable}");
    }
    assert_eq!(with("order_route_secret", ""), config("/order_route_secret"));
    assert_eq!(with("order_route_secret", "another-secret"), config("/order_route_secret"));
    let elsewhere = with(URL, "https://shop.centra.com/external-payment/notifications/old-key");
    assert_eq!(elsewhere, (ErrorCode::PlatformAnswerInvalid, "/external_payment_notification_url".to_owned()));
}

#[test]
fn an_order_that_was_found_again_is_captured_like_any_other() {
    let mut shop = open(&[], SimConfig::default(), with_notifications());
    let draft = swedish(&shop);
    shop.lose("CheckoutPaid");
    submit(&shop, &draft).unwrap_err();
    shop.restart();
    shop.store.sessions().expire();
    let order = find(&shop, &draft).orders.remove(0);
    capture(&shop, &order).unwrap();
    assert_eq!(captured(&shop).len(), 1);
}

#[test]
fn one_capture_for_several_orders_is_not_reported() {
    let shop = open(&[], SimConfig { split_orders: true, ..SimConfig::default() }, with_notifications());
    for order in submit(&shop, &swedish(&shop)).unwrap() {
        let refused = capture(&shop, &order).unwrap_err();
        assert_eq!(reported(&refused), (ErrorCode::UnsupportedOperation, "/order_id", "not_supported"));
    }
    assert_eq!(sent(&shop, "ExternalPaymentCapture"), Vec::<Value>::new());
}

#[test]
fn a_capture_is_not_sent_while_further_orders_of_the_cart_may_be_there() {
    let shop = open(&[], SimConfig { split_orders: true, ..SimConfig::default() }, with_notifications());
    let draft = swedish(&shop);
    shop.lose("CheckoutPaid");
    submit(&shop, &draft).unwrap_err();
    shop.store.sessions().expire();
    let last = *shop.store.book().orders.keys().last().unwrap();
    assert!(shop.store.alter(Alteration::Remove(Kind::DirectToConsumerOrder, last)), "it is not shown yet");
    let orders = find(&shop, &draft).orders;
    assert_eq!(orders.len(), 1);
    let refused = capture(&shop, &orders[0]).unwrap_err();
    assert_eq!(reported(&refused), (ErrorCode::UnsupportedOperation, "/order_id", "not_supported"));
    assert_eq!(sent(&shop, "ExternalPaymentCapture"), Vec::<Value>::new());
}

#[test]
fn nothing_is_captured_of_an_order_that_has_come_to_cost_nothing() {
    let (shop, order) = ordered(&[]);
    edit(&shop, |order| order.discount = 1_000_000_000);
    let refused = capture(&shop, &order).unwrap_err();
    assert_eq!(reported(&refused), (ErrorCode::Conflict, "/order_id", "nothing_owed"));
    assert_eq!(sent(&shop, "ExternalPaymentCapture"), Vec::<Value>::new());
}

#[test]
fn a_cancelled_order_says_what_is_left_to_do_at_the_payment_provider() {
    let cancelled = |change: fn(&mut SimOrder)| {
        let (shop, order) = ordered(&[]);
        edit(&shop, change);
        let request = CancelOrderRequest { order_id: order.id, lines: vec![], reason: None, restock: true };
        let order = block_on(shop.centra.cancel_order(&Call::named(&Op::CancelOrder), request)).unwrap().order;
        order.warnings.into_iter().map(|own| own.code).collect::<Vec<_>>()
    };
    assert_eq!(cancelled(|_| {}), ["reservation_not_released"]);
    // The simulated store cancels no order with a capture of its own; Centra may \[U\].
    assert_eq!(cancelled(|order| order.payments[0].kind = "PREPAID"), ["payment_not_refunded"]);
    assert_eq!(cancelled(|order| order.payments.clear()), Vec::<String>::new(), "it cost nothing");
}
