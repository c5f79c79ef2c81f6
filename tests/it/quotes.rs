//! Carts, quoted: from synced data where the platform cannot be asked, always saying so.

use e2e::{
    World,
    quote_desk::{QuoteDesk, codes, total},
    world::variant_prices,
};
use serde_json::json;

#[test]
fn without_a_checkout_secret_synced_data_price_the_cart_and_say_so() {
    let desk = QuoteDesk::start(&[], &json!({}), "");
    let (sku, variant, each) = desk.sellable();
    let cart = json!({ "currency": "SEK", "lines": [{ "sku": sku, "quantity": 2 }],
        "ship_to": { "country": "SE", "postal_code": "113 46" }, "shipping_method_id": "1" });
    let quote = desk.quote("", &cart);
    assert_eq!(quote["source"], "local");
    assert_eq!(quote["lines"][0]["variant_id"], variant.as_str());
    let goods = 2 * each;
    let shipping = if goods >= 50_000 { 0 } else { 4_900 };
    assert_eq!((total(&quote, "subtotal"), total(&quote, "shipping")), (goods, shipping));
    assert_eq!(total(&quote, "total"), goods + shipping, "tax is inside");
    assert_eq!(quote["taxes"][0]["rate_percent"], "25");
    assert_eq!(codes(&quote), ["tax_inclusion_assumed", "realtime_off", "local_parts"]);
    assert!(quote["reason"].as_str().unwrap().to_lowercase().contains("secret"), "{quote:#}");
    for part in ["prices", "shipping", "tax", "availability"] {
        assert_eq!(quote["parts"][part]["source"], "local");
        assert!(quote["parts"][part]["data_as_of"].is_string(), "{part}: {quote:#}");
    }
    assert_eq!(desk.ask("?source=realtime", &cart).problem(), (503, "realtime_unavailable".to_owned()));
    let both = desk.ask("?source=both", &cart).json();
    assert_eq!(both["comparison"]["absence"]["code"], "realtime_off");
}

#[test]
fn a_channel_that_takes_no_local_parts_gets_a_problem() {
    let desk = QuoteDesk::start(&[], &json!({}), "");
    let (_, variant, _) = desk.sellable();
    let cart = json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": 1 }],
        "ship_to": { "country": "SE" } });
    let channel = format!("/v1/channels/{}", desk.channel.id);
    let change =
        |policy: &str| desk.server.call(&desk.server.operator, "PATCH", &channel, &json!({ "local_quotes": policy }));
    assert_eq!(change("perhaps").problem(), (422, "invalid_request".to_owned()));
    assert_eq!(change("block").json()["local_quotes"], "block");
    // What the host keeps of the channel is a second old at most.
    let blocked = e2e::wait::wait_until("the policy holds", || {
        let answer = desk.ask("", &cart);
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(blocked.problem(), (409, "local_quote_blocked".to_owned()));
    let path = format!("/v1/connections/{}/quotes", desk.id);
    assert_eq!(desk.server.call(&desk.server.operator, "POST", &path, &cart).status, 200, "operators are not bound");
    let stranger = desk.server.channel("Stranger");
    assert_eq!(desk.server.call(&stranger.key, "POST", &path, &cart).problem(), (404, "not_found".to_owned()));
}

#[test]
fn bad_carts_are_refused_with_the_place_of_each_mistake() {
    let desk = QuoteDesk::start(&[], &json!({}), "");
    let (_, variant, _) = desk.sellable();
    let line = json!({ "variant_id": variant, "quantity": 1 });
    for (cart, status, code, pointer) in [
        (json!({ "lines": [line] }), 422, "invalid_request", "/currency"),
        (json!({ "currency": "kr", "lines": [line] }), 422, "invalid_request", "/currency"),
        (json!({ "currency": "SEK", "lines": [] }), 422, "invalid_request", "/lines"),
        (
            json!({ "currency": "SEK", "lines": [{ "sku": "no-such-sku", "quantity": 1 }] }),
            422,
            "invalid_request",
            "/lines/0/sku",
        ),
        (
            json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": 0 }] }),
            422,
            "invalid_request",
            "/lines/0/quantity",
        ),
        (
            json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": -1 }] }),
            422,
            "invalid_request",
            "/lines/0/quantity",
        ),
        (
            json!({ "currency": "SEK", "lines": [line], "ship_to": { "country": "Sverige" } }),
            422,
            "invalid_request",
            "/ship_to/country",
        ),
    ] {
        let answer = desk.ask("", &cart);
        assert_eq!(answer.problem(), (status, code.to_owned()), "{cart}");
        let pointers: Vec<_> =
            answer.json()["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
        assert!(pointers.contains(&pointer.into()), "{pointers:?} for {cart}");
    }
    let cart = json!({ "currency": "SEK", "lines": [line] });
    assert_eq!(desk.ask("?source=elsewhere", &cart).problem(), (400, "invalid_query".to_owned()));
    assert_eq!(desk.ask("?deadline_ms=1", &cart).problem(), (400, "invalid_query".to_owned()));
    let gone = json!({ "currency": "SEK", "lines": [{ "variant_id": "nothing", "quantity": 1 }], "ship_to": { "country": "SE" } });
    let quote = desk.quote("", &gone);
    assert_eq!(quote["lines"][0]["availability"], "not_for_sale");
    assert_eq!(quote["messages"][0]["path"], "/lines/0/variant_id");
}

#[test]
fn the_command_line_shows_what_a_cart_costs_and_who_says_so() {
    let world = World::small();
    let id = world.connect();
    world.sync(&id, &[]);
    let variants = variant_prices(&world.export(&id));
    let variant = variants.iter().find(|price| price["amount"]["currency"] == "SEK").unwrap()["variant_id"].clone();
    let cart = json!({ "currency": "SEK", "lines": [{ "variant_id": variant, "quantity": 1 }],
        "ship_to": { "country": "SE" } });
    let file = world.host.write("cart.json", &cart.to_string());
    let shown = world.host.run(&["quote", "--connection", &id, "--file", &file]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    for part in ["local quote in SEK", "Home delivery Sweden", "Moms 25 % (25 %), inside", "prices", "as of"] {
        assert!(shown.stdout.contains(part), "`{part}` is not in\n{}", shown.stdout);
    }
    let refused = world.host.fails(&["quote", "--connection", &id, "--file", &file, "--source", "realtime"], 6);
    assert_eq!(refused["code"], "realtime_unavailable");
    let file = world.host.write("cart.json", "{ \"currency\": \"SEK\", \"lines\": [{ \"colour\": 1 }] }");
    let refused = world.host.fails(&["quote", "--connection", &id, "--file", &file], 2);
    assert!(refused["message"].as_str().unwrap().contains("lines[0]"), "{refused}");
}
