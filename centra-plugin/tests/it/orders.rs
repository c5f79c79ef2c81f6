//! Orders, shipments, returns and customers: what arrives, what is asked, what is left out.

use connector_api::{
    Connector,
    domain::{Order, Timestamp},
    testing::block_on,
    wire::{
        Op,
        pull::{EntityRef, FetchRequest, FetchResponse, Page, PullRequest, Record, Stream},
    },
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::store::{Store, Variant, call, data, denied, pull_all, request};

/// An order with everything this connector reads.
pub(crate) fn order() -> Value {
    serde_json::from_str(include_str!("fixtures/order.json")).unwrap()
}

/// The answer to `Orders`.
pub(crate) fn connection(orders: Vec<Value>, next: Option<&str>) -> Value {
    let edges: Vec<Value> = orders.into_iter().map(|node| json!({ "node": node })).collect();
    json!({ "orderConnection": { "totalCount": 2, "edges": edges,
        "pageInfo": { "hasNextPage": next.is_some(), "endCursor": next } } })
}

/// A store whose orders are these, whoever asks.
fn with_orders(orders: Vec<Value>) -> Store {
    Store::new(&Variant::reference(), move |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "Orders" => data(connection(orders.clone(), None)),
        "OrdersByRef" => data(json!({ "orders": orders })),
        other => panic!("nobody should ask `{other}`"),
    })
}

fn pull_order(order: Value) -> Order {
    let pages = block_on(pull_all(&with_orders(vec![order]).open(), request(Stream::Orders)));
    match &pages[0].records[..] {
        [Record::Order(order)] => (**order).clone(),
        other => panic!("{other:?}"),
    }
}

fn edited(edit: impl FnOnce(&mut Value)) -> Order {
    let mut order = order();
    edit(&mut order);
    pull_order(order)
}

#[test]
fn an_order_with_everything_it_has() {
    assert_json_snapshot!("order", pull_order(order()));
}

#[test]
fn an_order_of_which_little_can_be_read() {
    let bare = json!({ "id": "aa", "number": "7", "status": "BRAND_NEW",
        "grandTotal": { "value": 12900, "currency": { "code": "jpy" } },
        "lines": [{ "id": 1, "quantity": 1, "cancelledQuantity": 0, "returnedQuantity": 0,
            "unitPrice": { "value": 12900.4 }, "unitOriginalPrice": { "value": 12900 }, "lineValue": { "value": 12900 } }] });
    assert_json_snapshot!("bare_order", pull_order(bare));
}

#[test]
fn tax_on_top_is_distinguished_from_tax_inside() {
    let order = edited(|order| {
        order["totals"]["taxIncluded"] = json!({ "value": 0, "valueInCents": 0 });
        order["totals"]["taxAdded"] = json!({ "value": 249.3, "valueInCents": 24930 });
        let rule = &mut order["totals"]["shippingTaxRules"][0];
        rule["taxAdded"] = rule["taxIncluded"].take();
        rule["taxIncluded"] = json!({ "value": 0, "valueInCents": 0 });
    });
    assert!(order.taxes.iter().all(|tax| !tax.included), "{:?}", order.taxes);
    assert_eq!(order.taxes.iter().map(|tax| tax.amount.amount_minor).collect::<Vec<_>>(), [19_970, 980]);
    let exempt = edited(|order| {
        order["totals"]["taxIncluded"] = json!({ "value": 0, "valueInCents": 0 });
        order["totals"]["taxDeducted"] = json!({ "value": 20.6, "valueInCents": 2060 });
    });
    let deducted = exempt.totals.iter().find(|total| total.label.as_deref() == Some("Deducted")).unwrap();
    assert_eq!(deducted.amount.amount_minor, -2_060);
}

#[test]
fn the_channels_number_is_read_from_the_attribute_before_the_comments() {
    let reference = |settings: Value, edit: &dyn Fn(&mut Value)| {
        let mut order = order();
        edit(&mut order);
        let store = with_orders(vec![order]);
        let pages = block_on(pull_all(&store.open_with(&settings, &[]), request(Stream::Orders)));
        let Record::Order(order) = &pages[0].records[0] else { panic!("no order") };
        order.channel_reference.clone()
    };
    let plain = json!({ "store_id": 1 });
    let by_attribute = json!({ "store_id": 1, "order_reference_attribute": "channel_number" });
    assert_eq!(reference(plain.clone(), &|_| {}).as_deref(), Some("CH-000123"));
    assert_eq!(reference(by_attribute.clone(), &|_| {}).as_deref(), Some("CH-000124"));
    let no_attribute = |order: &mut Value| order["attributes"] = json!([]);
    assert_eq!(reference(by_attribute, &no_attribute).as_deref(), Some("CH-000123"));
    let nothing = |order: &mut Value| order["internalComment"] = json!("called the customer");
    assert_eq!(reference(plain, &nothing), None);
}

#[test]
fn orders_are_read_by_cursor_and_those_of_other_stores_left_out() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "Introspection" => (0, Value::Null),
        "Orders" => {
            assert!(query.contains("where: {storeId: $store, updatedAt: {from: $since}}"), "{query}");
            assert_eq!(variables["since"], "2026-01-16T09:31:34+00:00");
            match variables["after"].as_str() {
                None => {
                    let mut elsewhere = order();
                    elsewhere["store"] = json!({ "id": 2 });
                    data(connection(vec![order(), elsewhere], Some("bnVtYmVyOjE2Ng==")))
                }
                Some(_) => data(connection(vec![order()], None)),
            }
        }
        other => panic!("nobody should ask `{other}`"),
    });
    let since: Timestamp = "2026-01-16T09:31:34.9Z".parse().unwrap();
    let pages = block_on(pull_all(&store.open(), PullRequest { since: Some(since), ..request(Stream::Orders) }));
    assert_eq!(pages.iter().map(|page| page.records.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(pages.iter().all(|page| page.skipped == 0));
}

#[test]
fn a_stream_the_token_may_not_read_is_reported_and_fails_nothing() {
    let store = Store::new(&Variant::reference(), |name, _, _| {
        let (permission, field) = match name {
            "Introspection" => return (0, Value::Null),
            "Orders" => ("Order:read", "orderConnection"),
            "Shipments" => ("Shipment:read", "shipments"),
            "Returns" => ("Return:read", "returns"),
            _ => ("Customer:read", "customers"),
        };
        (0, json!({ "errors": [denied(permission, field, &[field])] }))
    });
    for stream in [Stream::Orders, Stream::Shipments, Stream::Returns, Stream::Customers] {
        let pages = block_on(pull_all(&store.open(), request(stream.clone())));
        assert_eq!((pages.len(), pages[0].skipped), (1, 1), "{stream}");
        assert_eq!(pages[0].notices[0].code, "stream_unreadable", "{stream}");
    }
}

#[test]
fn parts_the_token_may_not_read_are_left_out_of_orders() {
    let store = Store::new(&Variant::reference(), |name, _, query| match name {
        "Introspection" => (0, Value::Null),
        _ if query.contains("shippingAddress") => {
            let way = ["orderConnection", "edges", "node", "shippingAddress"];
            (0, json!({ "errors": [denied("Order.shippingAddress:read", "shippingAddress", &way)] }))
        }
        _ => {
            let mut order = order();
            order.as_object_mut().unwrap().remove("shippingAddress");
            data(connection(vec![order], None))
        }
    });
    let pages = block_on(pull_all(&store.open(), request(Stream::Orders)));
    let Record::Order(order) = &pages[0].records[0] else { panic!("no order") };
    assert!(order.shipping_address.is_none() && order.billing_address.is_some());
}

fn after_sale() -> Store {
    Store::new(&Variant::reference(), |name, variables, _| {
        let shipment = |store: i64| {
            let mut shipment = order()["shipments"][0].take();
            shipment["order"] = json!({ "id": "1497ccf644db871e1e4026d101bde6f3", "store": { "id": store } });
            shipment
        };
        match name {
            "Introspection" => (0, Value::Null),
            "Shipments" if variables["ids"].is_null() => {
                let mut lone = shipment(1);
                lone["order"] = Value::Null;
                data(json!({ "shipments": [shipment(1), shipment(2), lone] }))
            }
            "Shipments" => data(json!({ "shipments": [shipment(1)] })),
            "Returns" => data(json!({ "returns": [{
                "id": 12, "returnStatus": "COMPLETED", "createdAt": "2026-01-20T10:00:00+01:00",
                "grandTotal": { "value": 499.25, "valueInCents": 49925, "currency": { "code": "SEK" } },
                "returnedToStock": true, "comment": "too small", "store": { "id": 1 },
                "lines": [{ "quantity": 1, "lineValue": { "value": 499.25, "valueInCents": 49925 }, "orderLine": { "id": 17635 } }],
                "refundPaymentHistory": [
                    { "status": "SUCCESS", "entryType": "REFUND", "value": { "value": 400, "valueInCents": 40000 } },
                    { "status": "FAILED", "entryType": "REFUND", "value": { "value": 99.25, "valueInCents": 9925 } }],
                "order": { "id": "1497ccf644db871e1e4026d101bde6f3" }, "shipment": { "id": 345 } }] })),
            "Customers" => data(json!({ "customers": [{
                "id": 4, "email": "test@example.com", "firstName": "Test", "lastName": "Testsson",
                "phoneNumber": "", "cellPhoneNumber": "+46 70 000 00 00", "createdAt": "2025-03-01T00:00:00+01:00",
                "updatedAt": "2025-03-02T00:00:00+01:00", "totalOrders": 3, "isAnonymized": false, "receiveNewsletters": true,
                "store": { "id": 1 }, "billingAddress": order()["shippingAddress"] }] })),
            other => panic!("nobody should ask `{other}`"),
        }
    })
}

#[test]
fn shipments_returns_and_customers() {
    let pages = |stream: Stream| -> Vec<Page> { block_on(pull_all(&after_sale().open(), request(stream))) };
    let shipments = pages(Stream::Shipments);
    assert_eq!(shipments[0].records.len(), 1, "another store's is left out");
    assert_eq!((shipments[0].skipped, shipments[0].notices[0].code.as_str()), (1, "shipment_without_order"));
    assert_json_snapshot!("shipment", shipments[0].records[0]);
    assert_json_snapshot!("return", pages(Stream::Returns)[0].records);
    assert_json_snapshot!("customer", pages(Stream::Customers)[0].records);
}

fn fetch(store: &Store, refs: &[(Stream, &str)]) -> FetchResponse {
    let refs = refs.iter().map(|(stream, id)| EntityRef { stream: stream.clone(), id: (*id).into() }).collect();
    block_on(store.open().fetch(&call(&Op::Fetch), FetchRequest { refs })).unwrap()
}

#[test]
fn an_order_is_fetched_by_hash_and_by_number_and_what_is_gone_is_named_as_asked() {
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => {
            let wanted = [&variables["hashes"], &variables["numbers"]].map(ToString::to_string).concat();
            let found = if wanted.contains("166") || wanted.contains("1497cc") { vec![order()] } else { vec![] };
            data(json!({ "orders": found }))
        }
        other => panic!("nobody should ask `{other}`"),
    });
    let hash = "1497ccf644db871e1e4026d101bde6f3";
    let orders = [
        (Stream::Orders, hash),
        (Stream::Orders, "number:166"),
        (Stream::Orders, "number:167"),
        (Stream::Orders, "number:x"),
    ];
    let found = fetch(&store, &orders);
    assert_eq!(found.records.len(), 1, "asked for twice, told once");
    let gone: Vec<&str> = found.gone.iter().map(|own| own.id.as_str()).collect();
    assert_eq!(gone, ["number:167", "number:x"]);
}

#[test]
fn shipments_returns_and_customers_are_fetched_by_id() {
    let found = fetch(
        &after_sale(),
        &[(Stream::Shipments, "345"), (Stream::Returns, "12"), (Stream::Returns, "13"), (Stream::Customers, "4")],
    );
    assert_eq!(found.records.len(), 3);
    assert_eq!(found.gone.iter().map(|own| own.id.as_str()).collect::<Vec<_>>(), ["13"]);
}
