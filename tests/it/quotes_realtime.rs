//! Carts priced by the store itself, and what happens when it is late, down, back again, or does not take the cart.

use std::time::{Duration, Instant};

use e2e::{
    order_desk::CHECKOUT_SECRET,
    quote_desk::{QuoteDesk, codes, total},
    wait::wait_until,
};
use serde_json::{Value, json};

/// A cart of one piece for Sweden.
fn swedish(desk: &QuoteDesk) -> Value {
    let (_, variant, _) = desk.sellable();
    json!({ "currency": "SEK", "market_id": "1", "pricelist_id": "1", "lines": [{ "variant_id": variant, "quantity": 1 }],
        "ship_to": { "country": "SE", "postal_code": "113 46" } })
}

/// Why the platform did not price a cart.
fn absence(quote: &Value) -> &str {
    codes(quote).into_iter().find(|code| code.starts_with("realtime_")).unwrap_or_else(|| panic!("{quote:#}"))
}

/// It failed, or was still failing when the time was over: what may be repeated is repeated.
fn is_failure(code: &str) -> bool {
    matches!(code, "realtime_failed" | "realtime_late")
}

#[test]
fn the_store_prices_a_cart_and_both_sources_stand_side_by_side() {
    let desk = QuoteDesk::realtime(&[], "");
    let cart = swedish(&desk);
    let quote = desk.quote("", &cart);
    assert_eq!(quote["source"], "realtime", "{quote:#}");
    for part in ["prices", "discounts", "shipping", "tax", "availability"] {
        assert_eq!(quote["parts"][part]["source"], "realtime", "{part}");
    }
    // One tax for goods and shipping together, and it says so.
    let taxes = quote["taxes"].as_array().unwrap();
    assert_eq!(
        (taxes.len(), &taxes[0]["scope"], &taxes[0]["included"]),
        (1, &json!("cart"), &json!(true)),
        "{taxes:#?}"
    );
    let both = desk.ask("?source=both", &cart).json();
    let comparison = &both["comparison"];
    assert_eq!(comparison["differences"], json!([]), "{comparison:#}");
    assert_eq!(total(&comparison["realtime"], "total"), total(&comparison["local"], "total"));
    assert_eq!(both["quote"]["source"], "realtime");

    // A price that is newer than the last sync: the store's counts, and the difference is named.
    let variant = cart["lines"][0]["variant_id"].as_str().unwrap();
    let data = desk
        .world
        .sim
        .query(&format!("{{ productSizes(where: {{ id: [{variant}] }}) {{ productVariant {{ id }} }} }}"));
    let of = data["productSizes"][0]["productVariant"]["id"].as_i64().unwrap();
    let dearer = total(&quote, "subtotal") + 1_000;
    desk.world.sim.set_price(of, 1, dearer);
    let both = desk.ask("?source=both", &cart).json();
    let differences = both["comparison"]["differences"].as_array().unwrap();
    let named: Vec<&str> = differences.iter().map(|own| own["what"].as_str().unwrap()).collect();
    assert!(named.contains(&"totals/total") && named.contains(&"totals/subtotal"), "{named:?}");
    assert_eq!(total(&both["quote"], "subtotal"), dearer);

    // What the shopper was shown is stale: the quote says which line, and what it costs now.
    let mut stale = cart.clone();
    stale["lines"][0]["unit_price"] = json!({ "amount_minor": dearer - 1_000, "currency": "SEK" });
    let quote = desk.quote("?source=realtime", &stale);
    let message = quote["messages"].as_array().unwrap().iter().find(|own| own["code"] == "price_changed").unwrap();
    assert_eq!((&message["severity"], &message["path"]), (&json!("warning"), &json!("/lines/0/unit_price")));
}

#[test]
fn the_command_line_shows_the_stores_own_quote() {
    let desk = QuoteDesk::realtime(&[], "");
    let cart = swedish(&desk);
    let file = desk.world.host.write("cart.json", &cart.to_string());
    let arguments = ["quote", "--connection", &desk.id, "--file", &file, "--source", "both", "--every-method"];
    let shown = desk.world.host.run(&arguments);
    assert_eq!(shown.code, 0, "{shown:#?}");
    for part in ["realtime quote in SEK", "inside, whole cart", "realtime and local agree"] {
        assert!(shown.stdout.contains(part), "`{part}` is not in\n{}", shown.stdout);
    }
}

#[test]
fn a_store_that_is_late_fails_or_is_gone_leaves_a_local_quote_with_its_reason() {
    let mut desk = QuoteDesk::realtime(&[], "[advanced]\nquote_circuit_failures = 1000\n");
    let cart = swedish(&desk);
    let answered = desk.quote("", &cart);
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 1_500, "operation": "Checkout" }]));
    let asked = Instant::now();
    let late = desk.quote("?deadline_ms=200", &cart);
    assert!(asked.elapsed() < Duration::from_millis(1_450), "the caller's deadline counts");
    assert_eq!((&late["source"], absence(&late)), (&json!("local"), "realtime_late"), "{late:#}");
    assert!(late["reason"].as_str().unwrap().contains("did not answer"), "{late:#}");
    assert_eq!(total(&late, "total"), total(&answered, "total"), "synced data say the same");
    assert!(late["parts"]["prices"]["data_as_of"].is_string());
    let nobody = desk.ask("?source=realtime&deadline_ms=200", &cart);
    assert_eq!(nobody.problem(), (503, "realtime_unavailable".to_owned()));

    desk.world.sim.faults(&json!([{ "every": 1, "kind": "500", "operation": "Checkout" }]));
    let failed = desk.quote("", &cart);
    assert!(failed["source"] == "local" && is_failure(absence(&failed)), "{failed:#}");
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "truncated_json", "operation": "Checkout" }]));
    assert_eq!(absence(&desk.quote("", &cart)), "realtime_failed");
    desk.world.sim.faults(&json!([]));
    assert_eq!(desk.quote("", &cart)["source"], "realtime", "it is asked again as soon as it works");

    desk.world.sim.stop();
    let gone = desk.quote("", &cart);
    assert!(gone["source"] == "local" && is_failure(absence(&gone)), "{gone:#}");
    assert_eq!(total(&gone, "total"), total(&answered, "total"));
}

#[test]
fn a_circuit_opens_after_failures_and_closes_again() {
    let desk = QuoteDesk::realtime(&[], "[advanced]\nquote_circuit_failures = 3\nquote_circuit_open_s = 1\n");
    let cart = swedish(&desk);
    desk.quote("", &cart);
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "slow", "ms": 1_500, "operation": "Checkout" }]));
    for _ in 0..3 {
        assert_eq!(absence(&desk.quote("?deadline_ms=100", &cart)), "realtime_late");
    }
    desk.world.sim.reset_stats();
    let spared = desk.quote("?deadline_ms=100", &cart);
    assert_eq!(absence(&spared), "realtime_circuit_open", "{spared:#}");
    assert_eq!(desk.world.sim.stats()["checkout_requests"], 0, "nobody asks while it is open");
    desk.world.sim.faults(&json!([]));
    wait_until("the circuit closes", || (desk.quote("", &cart)["source"] == "realtime").then_some(()));
    assert_eq!(desk.quote("", &cart)["source"], "realtime");
}

#[test]
fn what_the_store_does_not_take_names_the_place_in_the_cart() {
    let desk = QuoteDesk::realtime(&["--stock", "aggressive"], "");
    let cart = swedish(&desk);
    let with = |pointer: &str, value: Value| {
        let mut cart = cart.clone();
        *cart.pointer_mut(pointer).unwrap() = value;
        cart
    };
    // Wrong in a way that no price could be right: refused, as by the channel's own mistake.
    for (cart, pointer, code) in [
        (with("/ship_to/country", json!("XX")), "/ship_to/country", "country_unknown"),
        (with("/currency", json!("EUR")), "/currency", "currency_mismatch"),
        (with("/market_id", json!("4711")), "/market_id", "market_unknown"),
        (with("/pricelist_id", json!("4711")), "/pricelist_id", "pricelist_unknown"),
    ] {
        for source in ["", "?source=realtime"] {
            let refused = desk.ask(source, &cart);
            assert_eq!(refused.problem(), (422, "cart_refused".to_owned()), "{pointer} {source}: {refused:#?}");
            let error = refused.json()["errors"][0].clone();
            assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{source}");
        }
    }
    // Wrong in one place: priced as far as it can be, with what is to be mended.
    let mut state = cart.clone();
    state["ship_to"] = json!({ "country": "US", "region_code": "ZZ", "postal_code": "1" });
    state["market_id"] = json!("3");
    state["pricelist_id"] = json!("3");
    state["currency"] = json!("USD");
    let mut no_state = state.clone();
    no_state["ship_to"] = json!({ "country": "US", "postal_code": "94103" });
    let unpriced = without_price_in(&desk, "EUR");
    let mut euros = with("/lines/0/variant_id", json!(unpriced));
    euros["currency"] = json!("EUR");
    euros["market_id"] = json!("2");
    euros["pricelist_id"] = json!("2");
    euros["ship_to"] = json!({ "country": "DE", "postal_code": "10115" });
    for (cart, pointer, code) in [
        (with("/lines/0/variant_id", json!("999999")), "/lines/0/variant_id", "variant_unknown"),
        (with("/lines/0/quantity", json!(9_000)), "/lines/0", "stock_short"),
        (state.clone(), "/ship_to/region_code", "region_unknown"),
        (state, "/ship_to/postal_code", "postal_code_invalid"),
        (no_state, "/ship_to/region_code", "region_needed"),
        (euros, "/lines/0/variant_id", "not_for_sale"),
    ] {
        let quote = desk.quote("?source=realtime", &cart);
        let messages = quote["messages"].as_array().unwrap();
        let own = messages.iter().find(|own| own["code"] == code).unwrap_or_else(|| panic!("no {code}: {quote:#}"));
        assert_eq!((&own["path"], &own["severity"]), (&json!(pointer), &json!("recoverable")), "{code}");
    }
}

/// A variant of the store that is not sold in a currency.
fn without_price_in(desk: &QuoteDesk, currency: &str) -> String {
    let export = desk.world.export(&desk.id);
    let prices = e2e::world::variant_prices(&export);
    let has = |variant: &Value| {
        prices.iter().any(|price| price["variant_id"] == *variant && price["amount"]["currency"] == currency)
    };
    let variant = prices.iter().map(|price| &price["variant_id"]).find(|variant| !has(variant));
    variant.and_then(Value::as_str).unwrap_or_else(|| panic!("everything is sold in {currency}")).to_owned()
}

#[test]
fn a_channel_that_takes_no_local_parts_gets_a_problem_while_the_store_is_down() {
    let desk = QuoteDesk::realtime(&[], "");
    let cart = swedish(&desk);
    let channel = format!("/v1/channels/{}", desk.channel.id);
    desk.server.call(&desk.server.operator, "PATCH", &channel, &json!({ "local_quotes": "block" }));
    assert_eq!(desk.quote("", &cart)["source"], "realtime", "the store's own quote has no local parts");
    desk.world.sim.faults(&json!([{ "every": 1, "kind": "500", "operation": "Checkout" }]));
    let blocked = wait_until("the policy holds", || {
        let answer = desk.ask("", &cart);
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(blocked.problem(), (409, "local_quote_blocked".to_owned()));
    assert!(!blocked.text.contains(CHECKOUT_SECRET));
}
