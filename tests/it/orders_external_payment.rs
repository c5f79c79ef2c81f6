//! Orders placed through a cart of the store's Checkout API and External Payment: at the store's own prices, once per key,
//! whatever is lost on the way.

use std::collections::BTreeMap;

use e2e::{
    World,
    order_desk::{CHECKOUT_SECRET, OrderDesk, PAYMENT_SECRET, payment_settings, sold},
    wait::wait_until,
};
use serde_json::{Value, json};

/// Orders of the last test.
const ORDERS: usize = 24;

/// An order at the prices of a quote.
fn agreed(quote: &Value, cart: &Value, reference: &str) -> Value {
    let total = |kind: &str| {
        let totals = quote["totals"].as_array().unwrap();
        totals.iter().find(|total| total["kind"] == kind).unwrap()["amount"].clone()
    };
    let mut cart = cart.clone();
    cart["id"] = json!(reference);
    cart["lines"][0]["unit_price"] = quote["lines"][0]["unit_price"].clone();
    json!({ "channel_reference": reference, "cart": cart, "shipping_price": total("shipping"),
        "payment": { "method": "card", "captured": total("total"), "reference": format!("psp-{reference}") } })
}

fn cart(variant: &str) -> Value {
    json!({ "market_id": "1", "pricelist_id": "1", "currency": "SEK", "shipping_method_id": "1",
        "lines": [{ "id": "1", "variant_id": variant, "quantity": 1 }],
        "ship_to": { "name": "Greta Provköp", "line1": "Storgatan 1", "city": "Malmö", "postal_code": "21142",
            "country": "SE", "email": "greta@example.com" } })
}

/// Whether a connection places orders, and why.
fn placing(world: &World, id: &str) -> Value {
    let shown = world.host.json(&["connection", "show", id]);
    let capabilities = shown["findings"]["capabilities"].as_array().unwrap();
    capabilities.iter().find(|own| own["name"] == "order_submit").unwrap().clone()
}

/// What the store asks for the desk's cart.
fn quoted(desk: &OrderDesk) -> (Value, Value) {
    let cart = cart(&desk.sold.0);
    let answer = desk.server.call(&desk.channel.key, "POST", &desk.path("/quotes?source=realtime"), &cart);
    assert_eq!(answer.status, 200, "{answer:#?}");
    (answer.json()["quote"].clone(), cart)
}

/// Copies of each reference in the store.
fn copies(desk: &OrderDesk) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for order in desk.world.sim.orders() {
        *copies.entry(order["external_id"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    copies
}

#[test]
fn a_key_places_an_order_once_at_the_stores_own_prices() {
    let desk = OrderDesk::with_external_payment("");
    let route = placing(&desk.world, &desk.id);
    assert_eq!(route["on"], true, "{route:#}");
    let (quote, cart) = quoted(&desk);
    let order = agreed(&quote, &cart, "CH-1");
    let first = desk.place("key-1", &order).unwrap();
    assert_eq!(first.status, 201, "{first:#?}");
    assert_eq!(desk.place("key-1", &order).unwrap().json(), first.json());
    assert_eq!(copies(&desk), BTreeMap::from([("CH-1".to_owned(), 1)]));
    let id = first.json()["outcome"]["orders"][0]["id"].as_str().unwrap().to_owned();
    let shown = desk.get(&format!("/orders/{id}"));
    assert_eq!(shown["summary"]["total_minor"], order["payment"]["captured"]["amount_minor"], "{shown:#}");
    // What was agreed is not what the store asks: nothing is asked of it, let alone placed.
    let mut dearer = agreed(&quote, &cart, "CH-2");
    dearer["cart"]["lines"][0]["unit_price"]["amount_minor"] = json!(desk.sold.1 + 100);
    let refused = desk.place("key-2", &dearer).unwrap();
    assert_eq!(refused.problem(), (409, "quote_stale".to_owned()));
    assert_eq!(refused.json()["errors"][0]["code"], "price_changed", "{refused:#?}");
    assert_eq!(copies(&desk).len(), 1);
}

/// Captures in the store's ledger: amount and reference.
fn captures(desk: &OrderDesk) -> Vec<Value> {
    let orders = desk.world.sim.orders();
    let payments = orders.iter().flat_map(|order| order["payments"].as_array().unwrap());
    payments.filter(|own| own["kind"] == "CAPTURE").cloned().collect()
}

#[test]
fn the_money_of_an_order_is_reported_once_also_when_its_answer_is_lost() {
    let desk = OrderDesk::with_external_payment("[orders]\ntimeout_s = 1\n[advanced]\norder_settle_s = 1\n");
    let (quote, cart) = quoted(&desk);
    let order = agreed(&quote, &cart, "CH-1");
    let placed = desk.place("key-1", &order).unwrap();
    let id = placed.json()["outcome"]["orders"][0]["id"].as_str().unwrap().to_owned();
    let ask = |below: &str, key: &str, body: &Value| {
        desk.server.call_once(&desk.channel.key, &desk.path(&format!("/orders/{id}/{below}")), key, body).unwrap()
    };
    for (below, body) in [("captures", json!({ "shipment_id": "1" })), ("refunds", json!({}))] {
        let refused = ask(below, below, &body);
        assert_eq!(refused.problem(), (422, "unsupported_operation".to_owned()), "{refused:#?}");
    }
    let operation = "ExternalPayment notification";
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "500_after", "operation": operation }]));
    let capture = json!({ "reference": "psp-capture-1" });
    let open = ask("captures", "capture-1", &capture);
    assert_eq!(open.status, 202, "{open:#?}");
    desk.world.sim.faults(&json!([]));
    let done = wait_until("the capture was found", || {
        let answer = ask("captures", "capture-1", &capture);
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(done.json()["state"], "confirmed", "{done:#?}");
    let minor = &order["payment"]["captured"]["amount_minor"];
    assert_eq!(captures(&desk), [json!({ "kind": "CAPTURE", "minor": minor, "reference": "psp-capture-1" })]);
    let shown = desk.get(&format!("/orders/{id}"));
    assert_eq!(shown["summary"]["financial_status"], "paid", "{shown:#}");
    let again = ask("captures", "capture-2", &json!({}));
    assert_eq!(again.json()["errors"][0]["code"], "already_captured", "{again:#?}");
    assert_eq!(desk.world.sim.stats()["by_operation"][operation], 1, "it was told once");
}

#[test]
fn the_route_is_off_with_its_reason_until_it_has_both_secrets() {
    for (settings, missing) in [
        (payment_settings(), "Checkout API shared secret"),
        (json!({ "order_route": "external_payment" }), "Order route secret"),
    ] {
        let world = World::small();
        let credentials = world.host.write("credentials.json", &world.credentials().to_string());
        let chosen = world.host.write("settings.json", &settings.to_string());
        let files = ["--credentials-file", &credentials, "--settings-file", &chosen];
        let added = world.host.json(&[&["connection", "add", "--connector", "centra"], &files[..]].concat());
        let route = placing(&world, added["id"].as_str().unwrap());
        assert_eq!(route["on"], false, "{route:#}");
        assert!(route["reason"].as_str().unwrap().contains(missing), "{route:#}");
    }
}

#[test]
fn the_command_line_places_an_order_once() {
    let options = ["--checkout-secret", CHECKOUT_SECRET, "--external-payment-secret", PAYMENT_SECRET];
    let world = World::start(&[&["--seed", "small"], &options[..]].concat());
    let mut credentials = world.credentials();
    credentials["checkout_api_shared_secret"] = json!(CHECKOUT_SECRET);
    let credentials = world.host.write("credentials.json", &credentials.to_string());
    let chosen = world.host.write("settings.json", &payment_settings().to_string());
    let files = ["--credentials-file", &credentials, "--settings-file", &chosen];
    let added = world.host.json(&[&["connection", "add", "--connector", "centra"], &files[..]].concat());
    let id = added["id"].as_str().unwrap();
    world.sync(id, &[]);
    let cart = cart(&sold(&world.export(id)).0);
    let file = world.host.write("cart.json", &cart.to_string());
    let quoted = world.host.json(&["quote", "--connection", id, "--file", &file, "--source", "realtime"]);
    let order = agreed(&quoted["quote"], &cart, "CH-1");
    let file = world.host.write("order.json", &order.to_string());
    let submit = ["order", "submit", "--connection", id, "--file", &file, "--key", "key-1"];
    let placed = world.host.json(&submit);
    assert_eq!(world.host.json(&submit), placed);
    let order = placed["outcome"]["orders"][0]["id"].as_str().unwrap();
    let capture = ["order", "capture", "--connection", id, "--key", "key-2", order];
    let refused = world.host.run(&[&capture[..], &["--json"]].concat());
    assert_ne!(refused.code, 0, "no address for notifications is set");
    assert!(refused.stderr.contains("Notifications URL"), "{refused:#?}");
    let there = world.sim.orders();
    assert_eq!((there.len(), &there[0]["external_id"]), (1, &json!("CH-1")), "{there:#?}");
}

#[test]
fn lost_answers_and_faults_leave_each_order_in_the_store_once() {
    let desk = OrderDesk::with_external_payment(
        "[orders]\ntimeout_s = 1\n[advanced]\norder_settle_s = 1\norder_resolvers = 4\n",
    );
    let (quote, cart) = quoted(&desk);
    desk.world.sim.reset_stats();
    let lost =
        |route: &str, every: u32, kind: &str| json!({ "every": every, "kind": kind, "ms": 3000, "operation": route });
    desk.world.sim.faults(&json!([
        lost("Checkout POST payment-result", 5, "lost_answer"),
        lost("Checkout POST payment-result", 3, "500_after"),
        lost("Checkout POST payment-result", 7, "500"),
        lost("Checkout POST payment-result", 4, "disconnect"),
        lost("Checkout POST payment", 11, "500_after"),
    ]));
    let order = |at: usize| agreed(&quote, &cart, &format!("CH-{at}"));
    for at in 0..ORDERS {
        let answer = desk.place(&format!("key-{at}"), &order(at)).unwrap();
        assert!(matches!(answer.status, 201 | 202), "{answer:#?}");
    }
    let faults = desk.world.sim.stats()["by_fault"].clone();
    desk.world.sim.faults(&json!([]));
    wait_until("every order has ended", || {
        let ended = (0..ORDERS).all(|at| desk.place(&format!("key-{at}"), &order(at)).unwrap().status == 201);
        ended.then_some(())
    });
    let expected: BTreeMap<String, usize> = (0..ORDERS).map(|at| (format!("CH-{at}"), 1)).collect();
    assert_eq!(copies(&desk), expected, "after {faults}");
    assert!(faults.as_object().unwrap().len() >= 3, "{faults}");
}
