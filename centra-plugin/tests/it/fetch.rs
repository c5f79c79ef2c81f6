//! Named entities refetched: by their own ids, and by what webhooks name them by.

use connector_api::{
    Connector, ErrorCode,
    domain::ExternalId,
    testing::block_on,
    wire::{
        Op,
        pull::{EntityRef, FetchRequest, FetchResponse, Page, Record, Stream},
    },
};
use serde_json::{Value, json};

use crate::{
    pull::{display, ids, page_of, stock},
    store::{Store, Variant, call, data, denied},
};

fn entity(stream: Stream, id: &str) -> EntityRef {
    EntityRef { stream, id: ExternalId::from(id) }
}

fn fetch(store: &Store, refs: Vec<EntityRef>) -> FetchResponse {
    block_on(store.open().fetch(&call(&Op::Fetch), FetchRequest { refs })).unwrap()
}

fn found(answer: &FetchResponse) -> Vec<String> {
    let mut found = ids(&[Page { records: answer.records.clone(), ..Page::default() }]);
    found.sort();
    found
}

/// A display item on this display whose variant has one size with stock, and one without price or stock elsewhere.
fn item(id: i64, display: i64, size: i64) -> Value {
    let price = |list: i64, status: &str| {
        json!({ "pricelist": { "id": list, "status": status, "currency": { "code": "SEK" }, "store": { "id": 1 } },
            "price": { "value": 99.9, "valueInCents": 9990 } })
    };
    json!({ "id": id, "display": { "id": display }, "productVariant": { "id": size / 10, "stockOffset": 0, "campaignVariants": [],
        "prices": [price(4, "ACTIVE"), price(5, "INACTIVE")],
        "productSizes": [
            { "id": size, "preorder": false, "stock": [{ "freeToAllocateQuantity": 5, "warehouse": { "id": 1, "threshold": 1 } }] },
            { "id": size + 1, "preorder": false, "stock": [] }] } })
}

#[test]
fn a_display_item_stands_for_its_offer_with_prices_and_stock() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "DisplayItems" => {
            assert_eq!(variables["items"], json!([19, 20, 21, 404]));
            data(json!({ "displayItems": [item(19, 1, 500), item(20, 1, 600), item(21, 9, 700)] }))
        }
        "Offers" => {
            assert_eq!(variables["ids"], json!([1, 9]), "both items stand on one display");
            data(page_of(vec![display(1)], None))
        }
        _ => stock(name, variables),
    });
    let refs = ["item:19", "item:20", "item:21", "item:404"].map(|id| entity(Stream::Offers, id)).to_vec();
    let answer = fetch(&store, refs);
    assert_eq!(found(&answer), ["1", "500@1=4", "50=99.90 SEK", "600@1=4", "60=99.90 SEK", "700@1=4", "70=99.90 SEK"]);
    // Display 9 is not of this store, item 404 is nowhere, and of three sizes nothing is in stock.
    let mut gone: Vec<String> = answer.gone.iter().map(|gone| format!("{} {}", gone.stream, gone.id)).collect();
    gone.sort();
    assert_eq!(gone, ["inventory 501", "inventory 601", "inventory 701", "offers 9", "offers item:404"]);
}

#[test]
fn an_answer_that_counts_more_displays_than_it_holds_calls_none_of_them_gone() {
    // Of what is asked for only display 1 comes; the total is computed from what was asked for and what came.
    let fetched = |total: fn(usize, usize) -> usize| {
        let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
            "Offers" => {
                let asked: Vec<i64> = variables["ids"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
                let came: Vec<Value> = asked.iter().filter(|id| **id == 1).map(|id| display(*id)).collect();
                let total = total(asked.len(), came.len());
                let mut page = page_of(came, None);
                page["displayConnection"]["totalCount"] = total.into();
                data(page)
            }
            _ => stock(name, variables),
        });
        let refs = ["1", "2", "3"].map(|id| entity(Stream::Offers, id)).to_vec();
        fetch(&store, refs)
    };
    assert_eq!(fetched(|asked, _| asked).gone, []);
    let gone = [entity(Stream::Offers, "2"), entity(Stream::Offers, "3")];
    assert_eq!(fetched(|_, came| came).gone, gone);
    assert_eq!(fetched(|_, _| 812).gone, gone, "the total of the whole store says nothing");
}

#[test]
fn what_the_token_may_not_read_is_not_reported_as_gone() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "DisplayItems" if query.contains("stock(") => {
            let refused =
                denied("ProductSize.stock:read", "stock", &["displayItems", "productVariant", "productSizes", "stock"]);
            (200, json!({ "data": null, "errors": [refused] }))
        }
        "DisplayItems" => {
            let mut item = item(19, 1, 500);
            for size in item["productVariant"]["productSizes"].as_array_mut().unwrap() {
                size.as_object_mut().unwrap().remove("stock");
            }
            data(json!({ "displayItems": [item] }))
        }
        "Offers" => data(page_of(vec![display(1)], None)),
        _ => stock(name, variables),
    });
    let answer = fetch(&store, vec![entity(Stream::Offers, "item:19")]);
    assert_eq!(found(&answer), ["1", "50=99.90 SEK"]);
    assert_eq!(answer.gone, []);
}

#[test]
fn a_store_that_finds_items_one_by_one_is_asked_one_by_one() {
    let single = Variant::reference()
        .sdl
        .replace("input DisplayItemFilter { id: [Int!] }", "input DisplayItemFilter { id: Int }");
    let store = Store::new(&Variant { name: "single", sdl: single }, |name, variables, _| match name {
        "DisplayItems" => {
            let id = variables["items"].as_i64().unwrap();
            data(json!({ "displayItems": [item(id, 1, id * 100)] }))
        }
        "Offers" => data(page_of(vec![display(1)], None)),
        _ => stock(name, variables),
    });
    let answer = fetch(&store, ["item:1", "item:2"].map(|id| entity(Stream::Offers, id)).to_vec());
    assert_eq!(found(&answer).len(), 5);
}

#[test]
fn a_store_that_does_not_find_items_says_so() {
    for missing in [
        Variant::without(&["Query.displayItems"]),
        Variant {
            name: "no filter",
            sdl: Variant::reference().sdl.replace("displayItems(where: DisplayItemFilter, ", "displayItems("),
        },
    ] {
        let store = Store::new(&missing, stock_of);
        let request = FetchRequest { refs: vec![entity(Stream::Offers, "item:1")] };
        let error = block_on(store.open().fetch(&call(&Op::Fetch), request)).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnsupportedOperation, "{}", missing.name);
        assert!(!store.asked().contains(&"DisplayItems".to_owned()));
    }
}

fn stock_of(name: &str, variables: &Value, _: &str) -> (u16, Value) {
    stock(name, variables)
}

#[test]
fn every_entry_of_a_small_list_can_be_asked_for() {
    let fixtures: Value = serde_json::from_str(include_str!("fixtures/store.json")).unwrap();
    let store = Store::new(&Variant::reference(), move |name, variables, _| match &fixtures[name] {
        Value::Null => stock(name, variables),
        own => data(own.clone()),
    });
    let answer = fetch(&store, vec![entity(Stream::Markets, "every"), entity(Stream::Markets, "404")]);
    let markets =
        answer.records.iter().filter(|record| matches!(record, Record::Market(market) if market.id.as_str() == "2"));
    assert_eq!((markets.count(), answer.records.len()), (1, 1));
    assert_eq!(answer.gone, [entity(Stream::Markets, "404")]);
}

#[test]
fn named_entities_are_refetched_and_what_is_gone_is_reported() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Offers" => {
            assert_eq!(variables["ids"], json!([1, 404]));
            data(page_of(vec![display(1)], None))
        }
        "VariantPrices" => data(json!({ "productVariants": [{ "id": 50, "campaignVariants": [], "prices": [
            { "pricelist": { "id": 4, "status": "ACTIVE", "currency": { "code": "SEK" }, "store": { "id": 1 } }, "price": { "value": 99.9, "valueInCents": 9990 } },
            { "pricelist": { "id": 5, "status": "INACTIVE", "currency": { "code": "EUR" }, "store": { "id": 1 } }, "price": { "value": 9, "valueInCents": 900 } }] }] })),
        "SizeDetails" => data(json!({ "productSizes": [{ "id": 500, "preorder": false,
            "productVariant": { "stockOffset": 0 },
            "stock": [{ "freeToAllocateQuantity": 5, "warehouse": { "id": 1, "threshold": 1 } }, { "freeToAllocateQuantity": 5, "warehouse": { "id": 4, "threshold": 0 } }] }] })),
        _ => stock(name, variables),
    });
    let refs = vec![
        entity(Stream::Offers, "1"),
        entity(Stream::Offers, "404"),
        entity(Stream::Prices, "50"),
        entity(Stream::Inventory, "500"),
    ];
    let answer = block_on(store.open().fetch(&call(&Op::Fetch), FetchRequest { refs })).unwrap();
    assert_eq!(answer.gone, [entity(Stream::Offers, "404")]);
    let page = Page { records: answer.records, ..Page::default() };
    let mut found = ids(&[page]);
    found.sort();
    assert_eq!(found, ["1", "500@1=4", "50=99.90 SEK"]);
    let orders = FetchRequest { refs: vec![entity(Stream::from("reviews"), "1")] };
    assert_eq!(
        block_on(store.open().fetch(&call(&Op::Fetch), orders)).unwrap_err().code,
        ErrorCode::UnsupportedOperation
    );
}
