//! Notifications to the External Payment plugin: signed, once for each intent, never above what was authorized.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use centra_sim::checkout::notification::PATH;
use centra_sim::checkout::{Quirk, Settings};
use centra_sim::direct;
use centra_sim::limits::Quota;
use centra_sim::store::Store;
use centra_sim::{Seed, SimConfig};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "payment-secret";

fn store(quirks: &[Quirk]) -> Store {
    let checkout = Settings {
        secret: Some("checkout".to_owned()),
        external_payment: Some(SECRET.to_owned()),
        quirks: quirks.iter().copied().collect(),
        ..Settings::default()
    };
    let config = SimConfig { seed: Seed::Demo, quota: Quota::UNLIMITED, checkout, ..SimConfig::default() };
    Store::open(config, "https://shop.centra.com".to_owned()).unwrap()
}

fn signature(payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    STANDARD.encode(hex::encode(mac.finalize().into_bytes()))
}

/// A cart of 1499.00 kronor and more for shipping, up to its payment: selection and total.
fn selection(store: &Store) -> (String, String) {
    let mut token = String::new();
    let mut call = |method: &str, path: &str, body: Value| {
        let headers = [("authorization", "Bearer checkout"), ("API-token", token.as_str())];
        let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
        let path = format!("/api/checkout/{path}");
        let (status, answer) = direct::ask(store, method, &path, headers, body.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!((200..300).contains(&status), "{path}: {answer}");
        answer["token"].as_str().unwrap().clone_into(&mut token);
        answer
    };
    call("PUT", "selection", json!({ "country": "SE", "market": 1, "pricelist": 1 }));
    let priced = call("POST", "items/10-100", json!({}));
    let total = priced["selection"]["totals"]["grandTotalPriceAsNumber"].as_f64().unwrap();
    let page = "https://shop.example/";
    let begun = call(
        "POST",
        "payment",
        json!({ "paymentMethod": "external-payment", "paymentReturnPage": page, "paymentFailedPage": page,
            "termsAndConditions": true, "address": { "country": "SE", "email": "a@example.com" } }),
    );
    (begun["selection"].as_str().unwrap().to_owned(), format!("{total:.2}"))
}

/// Tells what became of a payment, signed as documented; `edit` spoils it afterwards.
fn notify(store: &Store, what: (&str, &str, &str), success: bool, edit: impl FnOnce(&mut Value)) -> (u16, Value) {
    let (selection, amount, intent) = what;
    let signed = signature(&format!("{selection}:{amount}:SEK:1627029828:psp-1:{success}:{intent}"));
    let mut body = json!({ "selection": selection, "signature": signed, "currency": "SEK", "amount": amount,
        "timestamp": 1_627_029_828, "transactionReference": "psp-1", "success": success, "intent": intent,
        "transaction": {} });
    edit(&mut body);
    let (status, answer) = direct::ask(store, "POST", PATH, &[], body.to_string().as_bytes());
    (status, serde_json::from_slice(&answer).unwrap())
}

fn refused(message: &str) -> (u16, Value) {
    (400, json!({ "success": false, "message": message }))
}

/// Entries of the only order's money.
fn money(store: &Store) -> Vec<(&'static str, i64, Option<String>)> {
    let book = store.book();
    let order = book.orders.values().next().unwrap();
    order.payments.iter().map(|own| (own.kind, own.minor, own.reference.clone())).collect()
}

#[test]
fn an_authorization_makes_the_order_and_one_capture_takes_its_money() {
    let store = store(&[]);
    let (hash, total) = selection(&store);
    let ok = (200, json!({ "success": true, "message": "OK" }));
    assert_eq!(notify(&store, (&hash, &total, "auth"), false, |_| {}), ok, "a failed one is taken");
    assert_eq!(
        notify(&store, (&hash, &total, "capture"), true, |_| {}),
        refused("There is no order of this selection yet")
    );
    assert!(store.book().orders.is_empty());
    assert_eq!(notify(&store, (&hash, &total, "auth"), true, |_| {}), ok);
    let again = notify(&store, (&hash, &total, "auth"), true, |_| {});
    assert_eq!(again, refused("No payment is awaited for this selection"), "one success for each intent");
    let above = format!("{}1", total.replace('.', "1."));
    let above = notify(&store, (&hash, &above[..above.len() - 1], "capture"), true, |_| {});
    assert_eq!(above, refused("The captured amount is above the authorized one, or is nothing"));
    store.sessions().expire();
    assert_eq!(notify(&store, (&hash, &total, "capture"), true, |_| {}), ok, "the order outlives its session");
    let again = notify(&store, (&hash, &total, "capture"), true, |_| {});
    assert_eq!(again, refused("A successful capture was received for this order already"));
    let minor: i64 = total.replace('.', "").parse().unwrap();
    let psp = Some("psp-1".to_owned());
    assert_eq!(money(&store), [("AUTH", minor, psp.clone()), ("CAPTURE", minor, psp)]);
}

#[test]
fn what_is_unsigned_incomplete_or_unknown_changes_nothing() {
    let store = store(&[]);
    let (hash, total) = selection(&store);
    notify(&store, (&hash, &total, "auth"), true, |_| {});
    let before = money(&store);
    let capture = (hash.as_str(), total.as_str(), "capture");
    for (field, value, message) in [
        ("signature", json!("no"), "Invalid signature"),
        ("amount", json!("1.00"), "Invalid signature"),
        ("intent", json!("refund"), "Invalid intent: refund"),
        ("intent", json!("auth"), "Invalid signature"),
        ("transactionReference", Value::Null, "Missing field: transactionReference"),
        ("timestamp", json!("soon"), "Missing field: timestamp"),
    ] {
        let answer = notify(&store, capture, true, |body| body[field] = value);
        assert_eq!(answer, refused(message), "{field}");
    }
    let other = signature(&format!("{hash}:{total}:EUR:1627029828:psp-1:true:capture"));
    let answer = notify(&store, capture, true, |body| {
        body["currency"] = json!("EUR");
        body["signature"] = json!(other);
    });
    assert_eq!(answer, refused("Mismatched currency: EUR, order currency: SEK"));
    assert_eq!(money(&store), before);
    let (status, _) = direct::ask(&store, "POST", "/external-payment/notifications/another-key", &[], b"{}");
    assert_eq!(status, 404);
}

#[test]
fn a_refusal_may_come_with_status_200() {
    let store = store(&[Quirk::NotificationRefused200]);
    let (hash, total) = selection(&store);
    let (status, answer) = notify(&store, (&hash, &total, "void"), true, |_| {});
    assert_eq!((status, &answer["success"]), (200, &json!(false)));
}
