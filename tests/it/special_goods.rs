//! Bundles and preorders from the store to the order: what is synced, what is sold, what an order of a bundle becomes.

use e2e::{
    order_desk::{OrderDesk, order},
    quote_desk::{QuoteDesk, codes, total},
    world::records,
};
use serde_json::{Value, json};

/// An offer by its title.
fn offer(export: &str, title: &str) -> Value {
    let offers = records(export, "offers");
    let offer = offers.into_iter().find(|offer| offer["title"]["default"] == title);
    offer.unwrap_or_else(|| panic!("no offer `{title}`"))
}

/// A size of it.
fn size_of(export: &str, title: &str) -> String {
    offer(export, title)["variants"][0]["id"].as_str().unwrap().to_owned()
}

fn cart(variant: &str, quantity: u32) -> Value {
    json!({ "currency": "SEK", "market_id": "1", "pricelist_id": "1", "shipping_method_id": "1",
        "ship_to": { "country": "SE", "postal_code": "21142" },
        "lines": [{ "variant_id": variant, "quantity": quantity }] })
}

fn unit_price(quote: &Value) -> &Value {
    &quote["lines"][0]["unit_price"]["amount_minor"]
}

fn said<'q>(quote: &'q Value, code: &str) -> &'q str {
    let messages = quote["messages"].as_array().unwrap();
    let found = messages.iter().find(|message| message["code"] == code);
    found.unwrap_or_else(|| panic!("{code} in {quote:#}"))["text"].as_str().unwrap()
}

#[test]
fn a_bundle_is_synced_quoted_and_ordered_as_one_line_with_its_goods_inside() {
    let desk = OrderDesk::in_store(&["--special-goods"], "");
    let export = desk.world.export(&desk.id);
    let set = size_of(&export, "Weekend set");
    let shown = offer(&export, "Weekend set");
    assert_eq!((&shown["kind"], shown["parts"].as_array().unwrap().len()), (&json!("bundle"), 2), "{shown:#}");

    let path = desk.path("/quotes?source=local");
    let quoted = desk.server.call(&desk.channel.key, "POST", &path, &cart(&set, 2)).json()["quote"].clone();
    assert_eq!(unit_price(&quoted), 129_900, "{quoted:#}");
    assert_eq!(quoted["lines"][0]["availability"], "not_checked", "its stock is that of its parts");

    let mut wanted = order(&(set.clone(), 129_900), "CH-1");
    wanted["cart"]["lines"][0]["quantity"] = json!(2);
    let methods = quoted["shipping_methods"].as_array().unwrap();
    wanted["shipping_price"] = methods.iter().find(|own| own["id"] == "1").unwrap()["price"].clone();
    let placed = desk.place("key-1", &wanted).unwrap();
    assert_eq!(placed.status, 201, "{placed:#?}");
    let intent = placed.json();
    assert_eq!((&intent["state"], &intent["manual_resolution"]), (&json!("confirmed"), &json!(false)), "{intent:#}");
    let id = intent["outcome"]["orders"][0]["id"].as_str().unwrap();
    let order = desk.get(&format!("/orders/{id}"))["order"].clone();
    let lines = order["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["variant_id"], &lines[0]["ordered"]), (1, &json!(set), &json!(2)), "{order:#}");
    let parts: Vec<&Value> = lines[0]["parts"].as_array().unwrap().iter().map(|part| &part["ordered"]).collect();
    assert_eq!(parts, [2, 4], "one shirt and two of the other goods in each: {order:#}");
    assert_eq!(order["fulfillment_status"], "unfulfilled");

    // Its goods are sent, it is not.
    let number = intent["outcome"]["orders"][0]["number"].as_str().unwrap().parse().unwrap();
    desk.world.sim.work(number, "confirm");
    desk.world.sim.work(number, "ship");
    desk.world.sync(&desk.id, &[]);
    let order = desk.get(&format!("/orders/{id}"))["order"].clone();
    assert_eq!(
        (&order["fulfillment_status"], &order["lines"][0]["fulfilled"], &order["lines"][0]["parts"][1]["fulfilled"]),
        (&json!("shipped"), &json!(2), &json!(4)),
        "{order:#}"
    );

    // They come back by their own lines, too.
    desk.world.sim.work(number, "return");
    desk.world.sync(&desk.id, &[]);
    let shown = desk.get(&format!("/orders/{id}"));
    let line = &shown["order"]["lines"][0];
    let back = |place: usize| line["parts"][place]["returned"].as_u64().unwrap();
    let returned: Vec<&Value> =
        shown["returns"][0]["lines"].as_array().unwrap().iter().map(|own| &own["order_line_id"]).collect();
    assert!(back(0) + back(1) > 0, "{line:#}");
    assert!(
        returned.iter().all(|id| line["parts"].as_array().unwrap().iter().any(|own| own["id"] == **id)),
        "{shown:#}"
    );
}

#[test]
fn what_channels_do_not_sell_is_shown_with_the_reason_and_refused_everywhere() {
    let desk = OrderDesk::in_store(&["--special-goods"], "");
    let export = desk.world.export(&desk.id);
    let listed = desk.get("/catalog/offers?limit=250");
    let excluded = listed["data"].as_array().unwrap().iter().filter_map(|own| own["excluded"].as_str());
    assert_eq!(excluded.collect::<Vec<_>>(), ["flexible_bundle", "flexible_bundle", "preorder"]);
    for (key, title, word) in
        [("key-1", "Build your outfit", "chooses"), ("key-2", "Next season coat", "before it is in stock")]
    {
        let variant = size_of(&export, title);
        let path = desk.path("/quotes");
        let quoted = desk.server.call(&desk.channel.key, "POST", &path, &cart(&variant, 1)).json()["quote"].clone();
        assert_eq!(quoted["lines"][0]["availability"], "not_for_sale", "{quoted:#}");
        assert!(said(&quoted, "not_for_sale").contains(word), "{quoted:#}");
        let refused = desk.place(key, &order(&(variant, 299_900), key)).unwrap();
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["code"]),
            (422, &json!("not_for_sale")),
            "{refused:#?}"
        );
    }
    assert_eq!(desk.world.sim.orders(), Vec::<Value>::new());
}

#[test]
fn what_parts_cost_together_is_quoted_only_as_the_store_says() {
    let local = QuoteDesk::start(&["--special-goods"], &json!({}), "");
    let export = local.world.export(&local.id);
    let set = size_of(&export, "Layer set");
    let product_variant = offer(&export, "Layer set")["variants"][0]["price_group_id"].as_str().unwrap().to_owned();
    let quote = local.quote("", &cart(&set, 1));
    assert_eq!((unit_price(&quote), codes(&quote).contains(&"no_price")), (&Value::Null, true), "{quote:#}");
    assert!(said(&quote, "no_price").contains("parts"), "{quote:#}");

    let desk = QuoteDesk::realtime(&["--special-goods"], "");
    let [realtime, synced] = ["?source=realtime", "?source=local"].map(|query| desk.quote(query, &cart(&set, 2)));
    let truth = desk.world.sim.charges(product_variant.parse().unwrap(), 1, 1).0;
    assert_eq!((unit_price(&realtime), unit_price(&synced)), (&json!(truth), &json!(truth)), "{realtime:#}");
    assert_eq!((total(&realtime, "subtotal"), realtime["lines"].as_array().unwrap().len()), (2 * truth, 1));

    // A cart with goods that are not sold through channels is not even shown to the store.
    let coat = size_of(&desk.world.export(&desk.id), "Next season coat");
    desk.world.sim.reset_stats();
    let refused = desk.ask("?source=realtime", &cart(&coat, 1));
    assert_ne!(refused.status, 200, "{refused:#?}");
    let quote = desk.quote("", &cart(&coat, 1));
    assert!(codes(&quote).contains(&"realtime_excluded"), "{quote:#}");
    assert_eq!(desk.world.sim.requests(), 0);
}
