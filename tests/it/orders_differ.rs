//! A connector that sells otherwise than was agreed: its orders say so with both values until a person accepts them, and its
//! prices are not passed on.

use e2e::{Host, Plugin, api::Server, world};
use serde_json::{Value, json};

fn sek(minor: i64) -> Value {
    json!({ "amount_minor": minor, "currency": "SEK" })
}

fn order(reference: &str) -> Value {
    json!({
        "channel_reference": reference,
        "cart": { "id": "cart", "currency": "SEK", "shipping_method_id": "1",
            "lines": [{ "id": "1", "variant_id": "v1", "quantity": 1, "unit_price": sek(3_790) }],
            "ship_to": { "name": "Greta Provköp", "line1": "Storgatan 1", "city": "Malmö", "country": "SE",
                "email": "greta@example.com" } },
        "shipping_price": sek(0),
    })
}

fn connected(host: &Host) -> String {
    let added = world::add(host, "sells-otherwise", &json!({ "mode": "any" }));
    assert_eq!(added.code, 0, "{added:#?}");
    added.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_order_that_is_not_as_agreed_says_so_until_a_person_accepts_it() {
    let host = Host::new(&[Plugin::SellsOtherwise]);
    host.write("connector-host.toml", "[orders]\ncheck_quotes = false\n");
    let id = connected(&host);
    let submit = |reference: &str, order: &Value| {
        let file = host.write("order.json", &order.to_string());
        host.run(&["order", "submit", "--connection", &id, "--file", &file, "--key", reference, "--json"])
    };
    assert_eq!(submit("fine", &order("fine")).code, 0);
    for (reference, field, agreed, actual) in [
        ("jpy", "currency", json!("SEK"), json!("JPY")),
        ("other-reference", "channel_reference", json!("other-reference"), json!("somebody-else")),
        ("no-lines", "lines", json!(1), Value::Null),
        ("dearer", "total", sek(3_790), sek(4_510)),
        ("double", "lines/v1/quantity", json!(1), json!(2)),
    ] {
        let placed = submit(reference, &order(reference));
        assert_eq!(placed.code, 7, "{placed:#?}");
        let intent = placed.json();
        assert_eq!((&intent["state"], &intent["manual_resolution"]), (&json!("confirmed"), &json!(true)), "{intent:#}");
        let expected = json!({ "field": field, "agreed": agreed, "actual": actual });
        assert_eq!(intent["differs_from_agreed"][0], expected, "{intent:#}");
    }
    let listed = host.json(&["order", "list", "--connection", &id]);
    let differing = |listed: &Value| {
        let orders = listed["data"].as_array().unwrap();
        orders.iter().filter(|order| order["differs_from_agreed"] == true).count()
    };
    assert_eq!((listed["data"].as_array().unwrap().len(), differing(&listed)), (6, 5), "{listed:#}");
    let shown = host.run(&["order", "show", "--connection", &id, "order-dearer"]);
    assert!(shown.stdout.contains("total: agreed 37.90 SEK, is 45.10 SEK"), "{shown:#?}");
    let events = host.json(&["events", "list", "--type", "order.differs_from_agreed"]);
    assert_eq!(events["data"].as_array().unwrap().len(), 5, "{events:#}");

    let waiting = host.json(&["order", "intents", "--connection", &id, "--needs-resolution"]);
    let intents: Vec<&str> =
        waiting["data"].as_array().unwrap().iter().map(|own| own["id"].as_str().unwrap()).collect();
    assert_eq!(intents.len(), 5);
    for intent in intents {
        let resolve = ["order", "resolve", "--connection", &id, intent];
        let kept = host.json(&[&resolve[..], &["--accept-difference", "agreed by telephone"]].concat());
        assert_eq!(kept["manual_resolution"], false, "{kept:#}");
        let again = host.fails(&[&resolve[..], &["--accept-difference", "once more"]].concat(), 3);
        assert_eq!(again["code"], "intent_settled");
    }
    assert_eq!(differing(&host.json(&["order", "list", "--connection", &id])), 0);
}

#[test]
fn numbers_that_look_the_same_are_one_order_and_what_is_wrong_is_named_over_http() {
    let host = Host::new(&[Plugin::SellsOtherwise]);
    host.write("connector-host.toml", "[orders]\ncheck_quotes = false\n");
    let id = connected(&host);
    let server = Server::start(&host);
    let operator = server.operator.clone();
    let path = format!("/v1/connections/{id}/orders");
    let place = |key: &str, order: &Value| server.call_once(&operator, &path, key, order).unwrap();
    assert_eq!(place("key-1", &order("12 ")).status, 201);
    for (key, same) in [("key-2", "12"), ("key-3", "\u{a0}12"), ("key-4", "１２")] {
        assert_eq!(place(key, &order(same)).problem(), (409, "reference_used".to_owned()), "{same:?}");
    }
    let mut wrong = order("13");
    wrong["cart"]["lines"][0]["unit_price"]["amount_minor"] = json!(-1);
    wrong["cart"]["ship_to"]["email"] = json!("ada.example.com");
    wrong["cart"]["ship_to"]["city"] = json!("\u{200b}");
    let named = |answer: &Value, below: &str| -> Vec<String> {
        let errors = answer["errors"].as_array().unwrap().iter();
        let pointers = errors.map(|error| error["pointer"].as_str().unwrap().strip_prefix(below).unwrap().to_owned());
        pointers.collect()
    };
    let refused = place("key-5", &wrong);
    assert_eq!(refused.problem(), (422, "invalid_request".to_owned()));
    let mut of_order = named(&refused.json(), "/cart");
    let cart = wrong["cart"].clone();
    let refused = server.call(&operator, "POST", &format!("/v1/connections/{id}/quotes"), &cart);
    assert_eq!(refused.problem(), (422, "invalid_request".to_owned()));
    let mut of_quote = named(&refused.json(), "");
    of_order.sort();
    of_quote.sort();
    assert_eq!(of_order, ["/lines/0/unit_price", "/ship_to/city", "/ship_to/email"]);
    assert_eq!(of_quote, of_order, "a cart is quoted by the rules by which it is ordered");
}

#[test]
fn a_price_that_cannot_be_right_is_not_passed_on() {
    let host = Host::new(&[Plugin::SellsOtherwise]);
    let id = connected(&host);
    let quoted = |cart: &str, source: &str| {
        let cart = json!({ "id": cart, "currency": "SEK", "lines": [{ "variant_id": "v1", "quantity": 1 }] });
        let file = host.write("cart.json", &cart.to_string());
        host.run(&["quote", "--connection", &id, "--file", &file, "--source", source, "--json"])
    };
    let fine = quoted("fine", "realtime").json();
    assert_eq!(fine["quote"]["totals"][1]["amount"], sek(3_790), "{fine:#}");
    for (cart, code) in [
        ("sum", "total_unclear"),
        ("lines", "total_unclear"),
        ("jpy", "realtime_contradictory"),
        ("double", "realtime_contradictory"),
        ("minus", "realtime_contradictory"),
    ] {
        assert_ne!(quoted(cart, "realtime").code, 0, "{cart}");
        let answer = quoted(cart, "auto").json();
        assert_eq!(answer["quote"]["source"], "local", "{cart}: {answer:#}");
        let said = answer["quote"]["messages"].as_array().unwrap();
        assert!(said.iter().any(|message| message["code"] == code), "{cart}: {answer:#}");
        let text = answer.to_string();
        assert!(!text.contains("\"fee\"") && !text.contains("\"amount_minor\":3790"), "{cart}: {answer:#}");
    }
}
