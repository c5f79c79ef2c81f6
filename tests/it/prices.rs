//! Prices that start and end while no sync runs.

use connector_api::domain::Timestamp;
use e2e::{api::Server, shop::Shop, wait::wait_until, world};
use serde_json::{Value, json};

/// The apple's sale: 0.40 instead of 0.50, from one instant to another.
fn sale(from: Timestamp, until: Timestamp) -> Value {
    json!({ "name": "Corner shop", "currency": "EUR", "products": [{ "id": "a", "title": "Apple", "price": "0.50",
        "stock": 7, "sale": { "price": "0.40", "from": from, "until": until } }] })
}

fn events(server: &Server, operator: &str, types: &str) -> Vec<Value> {
    server.get(operator, &format!("/v1/events?type={types}"))["data"].as_array().unwrap().clone()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_sale_starts_and_ends_at_its_second_although_no_sync_runs() {
    let host = world::fresh_host();
    host.write("connector-host.toml", "[server]\nsync_every_min = 0\n[advanced]\nquote_cache_s = 60\n");
    let shop = Shop::start();
    let id = world::add(&host, "template", &shop.credentials()).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(host.json(&["sync", &id])["run"]["result"], "ok");
    let server = Server::start(&host);
    let operator = server.operator.clone();
    let completed = events(&server, &operator, "sync.completed").pop().unwrap();
    let (from, until) = (time(&completed["time"]).plus_seconds(12), time(&completed["time"]).plus_seconds(16));
    *shop.catalog.lock().unwrap() = sale(from, until);
    let path = format!("/v1/connections/{id}/sync");
    assert_eq!(server.call(&operator, "POST", &path, &json!({})).status, 202);
    wait_until("the sale is known", || events(&server, &operator, "sync.completed").get(1).cloned());
    let changes = || -> Vec<Value> {
        let all = events(&server, &operator, "price.changed").into_iter();
        all.filter(|event| event["subject"] == "prices/a")
            .map(|event| {
                let price = &event["data"]["prices"][0];
                json!([
                    price["change"],
                    price["price"]["amount"]["amount_minor"],
                    price["before"]["amount"]["amount_minor"],
                    price["at"],
                    event["time"]
                ])
            })
            .collect()
    };
    let quoted = || {
        let cart = json!({ "currency": "EUR", "lines": [{ "variant_id": "a", "quantity": 1 }] });
        server.call(&operator, "POST", &format!("/v1/connections/{id}/quotes?source=local"), &cart).json()["quote"]
            .clone()
    };
    let offer = || server.get(&operator, &format!("/v1/connections/{id}/catalog/offers/a"));

    let before = quoted();
    assert!(time(&before["computed_at"]) < from, "the machine was too slow for this test: {before:#}");
    assert_eq!(before["lines"][0]["unit_price"]["amount_minor"], 50, "{before:#}");
    assert_eq!(time(&before["valid_until"]), from, "no longer than its price");
    let shown = offer();
    assert_eq!(
        (&shown["prices"][0]["amount_minor"], &shown["upcoming_prices"][0]["amount_minor"]),
        (&json!(50), &json!(40))
    );

    // Said when it begins, with what holds then. What is kept in memory for quotes changes at the same instant.
    let started = wait_until("the start is emitted", || changes().get(1).cloned());
    assert_eq!(started.as_array().unwrap()[..4], [json!("started"), json!(40), json!(50), json!(from)]);
    let late_ms = time(&started[4]).as_unix_ms() - from.as_unix_ms();
    assert!((0..4_000).contains(&late_ms), "emitted {late_ms} ms after it began");
    let during = quoted();
    if time(&during["computed_at"]) < until {
        let line = &during["lines"][0];
        assert_eq!(
            (&line["unit_price"]["amount_minor"], &line["list_price"]["amount_minor"]),
            (&json!(40), &json!(50))
        );
        assert_eq!((&line["price_source"], time(&during["valid_until"])), (&json!("platform"), until));
    }

    let ended = wait_until("the end is emitted", || changes().get(2).cloned());
    assert_eq!(ended.as_array().unwrap()[..4], [json!("started"), json!(50), json!(40), json!(until)]);
    let after = quoted();
    assert_eq!(after["lines"][0]["unit_price"]["amount_minor"], 50, "{after:#}");
    assert_eq!(after["lines"][0].get("list_price"), None);
    assert_eq!(offer()["prices"][0]["amount_minor"], 50);
    assert_eq!(changes()[0][0], "new", "what the sync brought");
    assert_eq!(events(&server, &operator, "sync.started").len(), 2, "no sync ran meanwhile");
    // Killed and begun again, it says nothing twice.
    server.kill();
    let server = Server::start(&host);
    assert_eq!(
        events(&server, &operator, "price.changed").iter().filter(|event| event["subject"] == "prices/a").count(),
        3
    );
}

/// A second of the time of day, as the simulated store writes it.
fn second(event: &Value) -> i64 {
    time(event).as_unix_ms().div_euclid(1_000)
}

/// Centra says nobody when a campaign starts or stops by the clock, and its webhook about the campaign is lost as well: what
/// was read before is enough to be right at that second.
#[test]
fn a_campaign_starts_and_stops_at_its_second_with_its_webhooks_lost() {
    let world = e2e::World::start(&["--seed", "small"]);
    world.host.write("connector-host.toml", "[server]\nsync_every_min = 0\n[advanced]\nquote_cache_s = 60\n");
    let id = world.connect();
    world.sync(&id, &[]);
    let server = Server::start(&world.host);
    let operator = server.operator.clone();
    let completed = events(&server, &operator, "sync.completed").pop().unwrap();
    let begin = second(&completed["time"]) + 20;
    let (from, until) = (begin, begin + 6);
    world.sim.campaign(&json!({ "name": "Flash", "markets": [1], "pricelists": [1], "variants": [
            { "variant": 10, "percent": 30, "start": from, "stop": until },
        ] }));
    let path = format!("/v1/connections/{id}/sync");
    assert_eq!(server.call(&operator, "POST", &path, &json!({})).status, 202);
    wait_until("the campaign is known", || events(&server, &operator, "sync.completed").get(1).cloned());

    let export = world.export(&id);
    let offers = world::records(&export, "offers");
    let variants = offers.iter().flat_map(|offer| offer["variants"].as_array().cloned().unwrap_or_default());
    let size =
        variants.into_iter().find(|own| own["price_group_id"] == "10").unwrap()["id"].as_str().unwrap().to_owned();
    let quoted = || {
        let cart = json!({ "currency": "SEK", "ship_to": { "country": "SE", "postal_code": "113 46" },
            "lines": [{ "variant_id": size, "quantity": 1 }] });
        let answer = server.call(&operator, "POST", &format!("/v1/connections/{id}/quotes?source=local"), &cart);
        answer.json()["quote"].clone()
    };
    let truth = || world.sim.charges(10, 1, 1);
    let (_, list) = truth();
    let changes = || -> Vec<(String, i64, Value)> {
        let of_variant = events(&server, &operator, "price.changed").into_iter();
        let of_variant = of_variant
            .filter(|event| event["subject"] == "prices/10")
            .flat_map(|event| event["data"]["prices"].as_array().cloned().unwrap_or_default());
        of_variant
            .filter(|price| price["price"]["pricelist_id"] == "1" && price["change"] != "new")
            .map(|price| {
                let amount = price["instead"]["amount"]["amount_minor"].as_i64();
                let amount = amount.or(price["price"]["amount"]["amount_minor"].as_i64()).unwrap();
                (price["change"].as_str().unwrap().to_owned(), amount, price["at"].clone())
            })
            .collect()
    };
    let amount = |quote: &Value| quote["lines"][0]["unit_price"]["amount_minor"].as_i64().unwrap();

    let before = quoted();
    assert!(second(&before["computed_at"]) < from, "the machine was too slow for this test: {before:#}");
    assert_eq!((amount(&before), second(&before["valid_until"])), (list, from), "{before:#}");
    let started = wait_until("the start is emitted", || changes().first().cloned());
    let during = quoted();
    let reduced = list * 7 / 10;
    assert_eq!((started.1, second(&started.2)), (reduced, from), "{started:?}");
    if second(&during["computed_at"]) < until {
        assert_eq!((amount(&during), during["lines"][0]["list_price"]["amount_minor"].as_i64()), (reduced, Some(list)));
        assert_eq!(during["lines"][0]["price_source"], "computed");
        assert_eq!(truth().0, reduced, "what the store itself charges");
    }
    let ended = wait_until("the end is emitted", || changes().get(1).cloned());
    assert_eq!((ended.1, second(&ended.2)), (list, until), "{ended:?}");
    assert_eq!(amount(&quoted()), list);
    assert_eq!(truth().0, list, "what the store itself charges");
    assert_eq!(events(&server, &operator, "sync.started").len(), 2, "no sync ran meanwhile");
}
