//! The whole list every connector must pass, and one walk through a shop, without sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::marker::PhantomData;

use connector_api::{
    Connector,
    testing::{ScriptedHost, block_on, run_conformance},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Call,
        pull::{PullRequest, Record, Stream},
        validate::ValidateRequest,
    },
};
use plugin_template::connector::Template;
use serde_json::json;

fn open(host: &ScriptedHost) -> Template {
    let mut connection = OpenConnection::default();
    connection.credentials.insert("shop_url".to_owned(), Secret::new("https://shop.example/catalog.json"));
    connection.credentials.insert("access_word".to_owned(), Secret::new("sesame"));
    Template::open(host.host(), connection).unwrap()
}

fn shop() -> ScriptedHost {
    ScriptedHost::new(|request, _| {
        assert_eq!(request.url, "https://shop.example/catalog.json");
        if request.headers[0].value != "Bearer sesame" {
            return Ok(ScriptedHost::text(403, ""));
        }
        Ok(ScriptedHost::json(
            200,
            &json!({ "name": "Corner shop", "currency": "EUR", "products": [
            { "id": "a", "title": "Apple", "price": "0.50", "stock": 7 },
            { "id": "b", "title": "Bread", "price": "2.20", "stock": -1 },
            { "id": "c", "title": "Cheese", "price": "9", "stock": 2 }] }),
        ))
    })
}

#[test]
fn it_passes_the_conformance_list() {
    let findings = block_on(run_conformance(&PhantomData::<fn() -> Template>));
    let problems: Vec<_> = findings.iter().filter(|finding| finding.problem.is_some()).collect();
    assert!(findings.len() > 10 && problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_good_shop_validates_and_names_its_store() {
    let host = shop();
    let answer = block_on(open(&host).validate(&Call::named(&Op::Validate), ValidateRequest::default())).unwrap();
    assert!(answer.ok);
    let store = answer.store.unwrap();
    let identity = (store.host.as_str(), store.store_id.as_str(), store.name.as_str());
    assert_eq!(identity, ("shop.example", "/catalog.json", "Corner shop"));
    assert_eq!(host.checks(), answer.checks);
}

#[test]
fn prices_come_in_pages_and_nothing_is_lost_between_them() {
    let host = shop();
    let connector = open(&host);
    let mut request = PullRequest::new(Stream::Prices, 2);
    let mut amounts = vec![];
    loop {
        let page = block_on(connector.pull(&Call::named(&Op::Pull), request.clone())).unwrap();
        for record in page.records {
            let Record::Price(price) = record else { panic!("a price") };
            amounts.push(price.amount.to_string());
        }
        request.checkpoint = page.next;
        if request.checkpoint.is_none() {
            break;
        }
    }
    assert_eq!(amounts, ["0.50 EUR", "2.20 EUR", "9.00 EUR"]);
}

#[test]
fn a_sale_is_a_price_of_its_own_for_its_time() {
    let host = ScriptedHost::new(|_, _| {
        let sale = json!({ "price": "8", "from": "2026-06-01T00:00:00Z", "until": "2026-06-08T00:00:00Z" });
        let products = [json!({ "id": "a", "title": "Apple", "price": "10", "stock": 1, "sale": sale })];
        Ok(ScriptedHost::json(200, &json!({ "name": "Corner shop", "currency": "EUR", "products": products })))
    });
    let request = PullRequest::new(Stream::Prices, 10);
    let page = block_on(open(&host).pull(&Call::named(&Op::Pull), request)).unwrap();
    let prices = page.records.iter().map(|record| match record {
        Record::Price(price) => {
            (price.amount.to_string(), price.list_amount.map(|list| list.to_string()), price.valid_from)
        }
        other => panic!("a price: {other:?}"),
    });
    let start = "2026-06-01T00:00:00Z".parse().unwrap();
    let expected =
        [("10.00 EUR".to_owned(), None, None), ("8.00 EUR".to_owned(), Some("10.00 EUR".to_owned()), Some(start))];
    assert!(prices.eq(expected), "{page:#?}");
    assert_eq!(page.total, Some(2));
}

#[test]
fn a_price_that_cannot_be_read_is_counted_and_keeps_no_other_away() {
    let host = ScriptedHost::new(|_, _| {
        let product = |id: &str, price: &str| json!({ "id": id, "title": id, "price": price, "stock": 1 });
        let products = [product("a", "0.50"), product("b", "call us"), product("c", "1.999"), product("d", "2")];
        Ok(ScriptedHost::json(200, &json!({ "name": "Corner shop", "currency": "EUR", "products": products })))
    });
    let connector = open(&host);
    let mut request = PullRequest::new(Stream::Prices, 10);
    let page = block_on(connector.pull(&Call::named(&Op::Pull), request.clone())).unwrap();
    assert_eq!((page.records.len(), page.skipped), (2, 2));
    assert!(page.notices[0].message.starts_with("product `b` "), "{:?}", page.notices);
    request.stream = Stream::Offers;
    let page = block_on(connector.pull(&Call::named(&Op::Pull), request)).unwrap();
    assert_eq!((page.records.len(), page.skipped), (4, 0));
}
