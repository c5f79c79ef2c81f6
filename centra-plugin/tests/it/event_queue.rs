//! The queue of events: only where it is chosen, listened to once, read and confirmed.

use centra_plugin::connector::Centra;
use connector_api::{
    Connector, ErrorCode,
    testing::block_on,
    wire::{
        Op,
        webhook::{ConfirmEventsRequest, EventReceipt, PollEventsRequest, PollEventsResponse},
    },
};
use serde_json::{Value, json};

use crate::store::{Store, Variant, call, data};

fn event(id: i64, kind: &str, change: &str, reference: i64, store: i64) -> Value {
    json!({ "id": id, "objectType": kind, "changeType": change, "objectReference": reference,
        "createdAt": "2026-01-16T10:31:34+01:00", "store": { "id": store } })
}

fn queue(name: &str, variables: &Value, _: &str) -> (u16, Value) {
    match name {
        "SetEventListeners" => {
            assert!(variables["listeners"].as_array().unwrap().contains(&json!({ "objectType": "Order" })));
            data(json!({ "setEventListeners": { "userErrors": [] } }))
        }
        "Events" => data(json!({ "events": [
            event(71, "Display", "DELETED", 5, 1), event(72, "Order", "CREATED", 39_790, 1),
            event(73, "ProductSize", "UPDATED", 500, 1), event(74, "Display", "UPDATED", 6, 2),
            event(75, "KindOfTomorrow", "UPDATED", 1, 1), event(76, "Campaign", "UPDATED", 7, 1),
            event(77, "Price", "UPDATED", 31, 1), event(78, "Pricelist", "UPDATED", 4, 1),
            event(79, "ProductVariant", "DEPENDENT_DATA_CHANGED", 50, 1)] })),
        "ConfirmEvents" => {
            assert_eq!(variables["events"], json!([71, 72, 73, 74, 75, 76, 77, 78, 79]));
            data(json!({ "confirmEvents": { "userErrors": [] } }))
        }
        _ => (0, Value::Null),
    }
}

fn open(store: &Store) -> Centra {
    store.open_with(&json!({ "store_id": 1, "event_queue": true }), &[])
}

fn poll(connector: &Centra, limit: u32) -> Result<PollEventsResponse, connector_api::ConnectorError> {
    block_on(connector.poll_events(&call(&Op::PollEvents), PollEventsRequest { limit }))
}

#[test]
fn events_are_listened_to_once_read_and_confirmed() {
    let store = Store::new(&Variant::reference(), queue);
    let connector = open(&store);
    let polled = poll(&connector, 5).unwrap();
    assert!(polled.more, "the answer is full");
    insta::assert_json_snapshot!("queue", polled.events);
    let confirm = ConfirmEventsRequest { receipt: polled.receipt.unwrap() };
    block_on(connector.confirm_events(&call(&Op::ConfirmEvents), confirm)).unwrap();
    assert!(!poll(&connector, 100).unwrap().more);
    assert_eq!(store.asked(), ["Introspection", "SetEventListeners", "Events", "ConfirmEvents", "Events"]);
}

#[test]
fn an_empty_queue_has_no_receipt() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "Events" => data(json!({ "events": [] })),
        _ => queue(name, variables, query),
    });
    assert_eq!(poll(&open(&store), 5).unwrap(), PollEventsResponse::default());
}

#[test]
fn a_queue_that_is_not_chosen_or_not_there_is_not_asked() {
    let store = Store::new(&Variant::reference(), queue);
    assert_eq!(poll(&store.open(), 5).unwrap_err().code, ErrorCode::UnsupportedOperation);
    assert_eq!(store.asked(), Vec::<String>::new());
    for missing in ["Query.events", "Mutation.setEventListeners"] {
        let store = Store::new(&Variant::without(&[missing]), queue);
        assert_eq!(poll(&open(&store), 5).unwrap_err().code, ErrorCode::UnsupportedOperation, "{missing}");
    }
}

#[test]
fn a_refusal_and_a_foreign_receipt_are_reported() {
    let store = Store::new(&Variant::reference(), |name, variables, query| match name {
        "SetEventListeners" => {
            data(json!({ "setEventListeners": { "userErrors": [{ "message": "no integration name", "path": [] }] } }))
        }
        _ => queue(name, variables, query),
    });
    let connector = open(&store);
    assert_eq!(poll(&connector, 5).unwrap_err().code, ErrorCode::Conflict);
    let foreign = ConfirmEventsRequest { receipt: EventReceipt(json!({ "not": "yours" })) };
    let refused = block_on(connector.confirm_events(&call(&Op::ConfirmEvents), foreign)).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidRequest);
}
