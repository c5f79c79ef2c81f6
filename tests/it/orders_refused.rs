//! Orders of what is not sold as it was agreed: refused with what is wrong, before anything is written or sent.

use e2e::{order_desk::OrderDesk, world::records};
use serde_json::{Value, json};

/// What was asked of the store's Order API so far.
fn asked(desk: &OrderDesk) -> u64 {
    desk.world.sim.stats()["by_operation"]["OrderApi"].as_u64().unwrap_or(0)
}

/// An order with one value replaced.
fn with(order: &Value, pointer: &str, value: &Value) -> Value {
    let mut changed = order.clone();
    *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in {order}")) = value.clone();
    changed
}

/// An order of one piece more than there are, the last of them in a line of its own.
fn one_too_many(order: &Value, export: &str, variant: &str) -> Value {
    let stock = records(export, "inventory").into_iter().filter(|level| level["variant_id"] == variant);
    let there: i64 = stock.map(|level| level["available"].as_i64().unwrap()).sum();
    let mut all = with(order, "/cart/lines/0/quantity", &json!(there));
    let last = with(&order["cart"]["lines"][0], "/id", &json!("2"));
    all["cart"]["lines"].as_array_mut().unwrap().push(last);
    all
}

#[test]
fn what_is_not_sold_as_agreed_is_refused_before_anything_is_written_or_sent() {
    let desk = OrderDesk::open("[server]\nsync_every_min = 0\n");
    let good = desk.order("CH-1");
    let money = |minor: i64, currency: &str| json!({ "amount_minor": minor, "currency": currency });
    let line = |field: &str| format!("/cart/lines/0/{field}");
    let address = |country: &str, region: &str, zip: &str| {
        let mut own = good["cart"]["ship_to"].clone();
        own["country"] = country.into();
        own["postal_code"] = zip.into();
        if !region.is_empty() {
            own["region_code"] = region.into();
        }
        own
    };
    let to = |address: &Value| with(&good, "/cart/ship_to", address);
    let mut in_euro = with(&good, "/cart/currency", &json!("EUR"));
    in_euro["cart"]["lines"][0]["unit_price"] = money(1000, "EUR");
    in_euro["shipping_price"] = money(790, "EUR");
    let mut cases = vec![
        (with(&good, &line("variant_id"), &json!("999999")), 422, "variant_unknown", line("variant_id")),
        (with(&good, &line("quantity"), &json!(10_000)), 409, "stock_short", "/cart/lines/0".to_owned()),
        (in_euro, 422, "currency_mismatch", "/cart/currency".to_owned()),
        (with(&good, "/cart/market_id", &json!("77")), 422, "market_unknown", "/cart/market_id".to_owned()),
        (to(&address("AQ", "", "1")), 422, "no_shipping", "/cart/ship_to".to_owned()),
        (to(&address("US", "ZZ", "90210")), 422, "region_unknown", "/cart/ship_to/region_code".to_owned()),
        (to(&address("US", "CA", "90-210")), 422, "postal_code_invalid", "/cart/ship_to/postal_code".to_owned()),
        (with(&good, &line("unit_price"), &money(desk.sold.1 - 100, "SEK")), 409, "price_changed", line("unit_price")),
        (with(&good, "/shipping_price", &money(1, "SEK")), 409, "price_changed", "/shipping_price".to_owned()),
        (
            with(&good, "/cart/shipping_method_id", &json!("4")),
            422,
            "shipping_unavailable",
            "/cart/shipping_method_id".to_owned(),
        ),
    ];
    let too_many = one_too_many(&good, &desk.world.export(&desk.id), &desk.sold.0);
    cases.push((too_many, 409, "out_of_stock", "/cart/lines/1".to_owned()));

    for (order, status, why, pointer) in &cases {
        let refused = desk.place("key-1", order).unwrap();
        let code = if *status == 409 { "quote_stale" } else { "invalid_request" };
        assert_eq!(refused.problem(), (*status, code.to_owned()), "{why}: {refused:#?}");
        let problem = refused.json();
        let named = |error: &Value| error["code"] == *why && error["pointer"] == pointer.as_str();
        assert!(problem["errors"].as_array().unwrap().iter().any(named), "{why} {pointer}: {problem:#}");
        assert!(!refused.text.contains("Storgatan"), "an error repeats nothing of an address");
    }
    assert_eq!(asked(&desk), 0, "the store never received them");
    assert_eq!(desk.get("/order-intents")["data"], json!([]), "nothing was written");
    // The key was not used up, nor the number.
    let placed = desk.place("key-1", &good).unwrap();
    assert_eq!(placed.status, 201, "{placed:#?}");
    // What was placed is answered, whatever it costs now.
    let mut reused = with(&good, &line("unit_price"), &money(1, "SEK"));
    assert_eq!(desk.place("key-1", &reused).unwrap().problem(), (422, "idempotency_key_reused".to_owned()));
    reused["channel_reference"] = "CH-2".into();
    assert_eq!(desk.place("key-2", &reused).unwrap().problem(), (409, "quote_stale".to_owned()));
    assert_eq!((asked(&desk), desk.world.sim.orders().len()), (1, 1));
}

#[test]
fn what_the_host_cannot_know_is_left_to_the_store() {
    let desk = OrderDesk::open("[server]\nsync_every_min = 0\n");
    // A code may change any price; only the store can tell.
    let mut with_code = with(&desk.order("CH-1"), "/cart/lines/0/unit_price/amount_minor", &json!(desk.sold.1 - 100));
    with_code["cart"]["discounts"] = json!([{ "code": "WELCOME", "amount": { "amount_minor": 0, "currency": "SEK" } }]);
    assert_eq!(desk.place("key-1", &with_code).unwrap().status, 201);
    // An operator may have whatever was agreed believed.
    let believing = OrderDesk::open("[orders]\ncheck_quotes = false\n");
    let order = with(&believing.order("CH-1"), "/cart/lines/0/unit_price/amount_minor", &json!(1));
    assert_eq!(believing.place("key-1", &order).unwrap().status, 201);
}
