//! Looking for an order that was submitted: by its number, by its mark, and when finding nothing proves that there is none.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use centra_plugin::map::correlation_tag::CorrelationTag;
use connector_api::{
    Connector,
    domain::{OrderDraft, Timestamp},
    testing::block_on,
    wire::{
        Op,
        order::{FindOrdersRequest, FindOrdersResponse, KnownOrder},
    },
};
use serde_json::{Value, json};

use crate::{
    order_submit::{OTHER_TAG, TAG, draft, settings},
    orders::{connection, order},
    store::{Store, Variant, call, data},
};

/// The answer to `OrdersByRef` of a store that holds these orders: none by the channel's number, theirs by hash.
fn by_hash(variables: &Value, orders: &[Value]) -> (u16, Value) {
    let wanted = variables["hashes"].as_array().cloned().unwrap_or_default();
    let found: Vec<&Value> = orders.iter().filter(|order| wanted.contains(&order["id"])).collect();
    data(json!({ "orders": found }))
}

/// The fixture's order, and another with this comment.
fn two(comment: &str) -> Vec<Value> {
    let mut own = order();
    own["id"] = json!("own");
    own["internalComment"] = json!(comment);
    vec![order(), own]
}

fn find(store: &Store, settings: &Value) -> FindOrdersResponse {
    find_of(store, settings, draft())
}

fn find_of(store: &Store, settings: &Value, draft: OrderDraft) -> FindOrdersResponse {
    find_since(store, settings, draft, "2025-12-31T23:59:00Z")
}

fn find_since(store: &Store, settings: &Value, draft: OrderDraft, submitted_at: &str) -> FindOrdersResponse {
    let submitted_at: Timestamp = submitted_at.parse().unwrap();
    let request = FindOrdersRequest { draft, submitted_at, witness: None };
    block_on(store.open_with(settings, &[]).find_orders(&call(&Op::FindOrders), request)).unwrap()
}

#[test]
fn an_order_is_found_by_the_number_written_at_its_creation() {
    let placed = Arc::new(AtomicUsize::new(1));
    let count = Arc::clone(&placed);
    let store = Store::new(&Variant::reference(), move |name, variables, query| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => by_hash(variables, &two(TAG)),
        "OrderMarks" => {
            assert!(query.contains("createdAt: {from: $from}") && !query.contains("lines"), "{query}");
            assert_eq!(variables["from"], "2025-12-31T22:59:00+00:00");
            let shown = if count.load(Ordering::SeqCst) == 1 { two(TAG) } else { vec![order()] };
            data(connection(shown, None))
        }
        // What was to follow on placing it was not done: it gets the channel's number now.
        "UpdateOrder" => {
            assert_eq!(variables["external"], "CH-9");
            data(json!({ "updateDirectToConsumerOrder": { "userErrors": [], "userWarnings": [] } }))
        }
        other => panic!("nobody should ask `{other}`"),
    });
    let found = find(&store, &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (1, true));
    assert!(found.orders[0].warnings.is_empty(), "{:#?}", found.orders[0].warnings);
    assert_eq!(store.host.requests().iter().filter(|(request, _)| request.operation == "UpdateOrder").count(), 1);
    placed.store(0, Ordering::SeqCst);
    let found = find(&store, &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, true));
}

#[test]
fn nothing_is_proved_about_an_order_that_was_sent_while_the_hosts_clock_was_ahead() {
    let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => by_hash(variables, &[]),
        "OrderMarks" => {
            assert_eq!(variables["from"], "2025-12-31T00:00:00+00:00", "a day before now");
            data(connection(vec![order()], None))
        }
        other => panic!("nobody should ask `{other}`"),
    });
    let found = find_since(&store, &settings(&json!({})), draft(), "2027-02-05T00:00:00Z");
    assert_eq!((found.orders.len(), found.conclusive), (0, false));
}

#[test]
fn a_list_without_an_order_that_is_known_to_be_there_proves_nothing() {
    let marked = |comment: &str| {
        let mut own = order();
        (own["id"], own["internalComment"]) = (json!("known"), json!(comment));
        own
    };
    let known = CorrelationTag::new("CH-1", "another-key").text();
    let shown = [vec![marked(&known)], vec![], vec![marked("")], vec![marked(&known[..12])]];
    for (shown, proves) in shown.into_iter().zip([true, false, false, false]) {
        let reported = format!("{shown:?}");
        let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
            "Introspection" => (0, Value::Null),
            "OrdersByRef" => by_hash(variables, &[]),
            "OrderMarks" => {
                assert_eq!(variables["from"], "2025-12-31T19:00:00+00:00", "an hour before the known one");
                data(connection(shown.clone(), None))
            }
            other => panic!("nobody should ask `{other}`"),
        });
        let placed_at = "2025-12-31T20:00:00Z".parse().unwrap();
        let witness = Some(KnownOrder { id: "known".into(), placed_at });
        let submitted_at = "2025-12-31T23:59:00Z".parse().unwrap();
        let request = FindOrdersRequest { draft: draft(), submitted_at, witness };
        let opened = store.open_with(&settings(&json!({})), &[]);
        let found = block_on(opened.find_orders(&call(&Op::FindOrders), request)).unwrap();
        assert_eq!((found.orders.len(), found.conclusive), (0, proves), "{reported}");
    }
}

#[test]
fn a_tag_of_which_little_is_left_proves_nothing() {
    let cut: String = TAG.chars().take(12).collect();
    let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => by_hash(variables, &[]),
        _ => data(connection(two(&cut), None)),
    });
    let found = find(&store, &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, false));
}

#[test]
fn an_order_is_found_by_its_key_however_the_platform_rewrote_its_number() {
    let tag = CorrelationTag::new("R&D 7", "key-1").text();
    let cut: String = tag.chars().take(40).collect();
    for kept in [tag.replace('&', "&amp;"), cut, "Channel order R&amp;D 7 [key be2974546978e3739e6d]".to_owned()] {
        let store = Store::new(&Variant::reference(), move |name, variables, _| match name {
            "Introspection" => (0, Value::Null),
            "OrdersByRef" => by_hash(variables, &two(&kept)),
            "OrderMarks" => data(connection(two(&kept), None)),
            _ => data(json!({ "updateDirectToConsumerOrder": { "userErrors": [], "userWarnings": [] } })),
        });
        let draft = OrderDraft { channel_reference: Some(" R&D 7 ".to_owned()), ..draft() };
        let found = find_of(&store, &settings(&json!({})), draft);
        assert_eq!((found.orders.len(), found.conclusive), (1, true));
        assert_eq!(found.orders[0].channel_reference.as_deref(), Some("R&D 7"));
    }
}

#[test]
fn nothing_found_proves_nothing_when_the_tag_cannot_be_read() {
    let hidden = Variant::without(&[
        "Order.internalComment",
        "Order.otherComment",
        "DirectToConsumerOrder.internalComment",
        "DirectToConsumerOrder.otherComment",
    ]);
    let store = Store::new(&hidden, move |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => data(json!({ "orders": [] })),
        _ => {
            let mut order = order();
            order.as_object_mut().unwrap().remove("internalComment");
            order.as_object_mut().unwrap().remove("otherComment");
            data(connection(vec![order], None))
        }
    });
    let found = find(&store, &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, false));
}

#[test]
fn an_order_that_is_listed_but_cannot_be_read_is_there_all_the_same() {
    let store = Store::new(&Variant::reference(), move |name, _, _| match name {
        "Introspection" => (0, Value::Null),
        "OrdersByRef" => data(json!({ "orders": [] })),
        "OrderMarks" => data(connection(two(TAG), None)),
        other => panic!("nobody should ask `{other}`"),
    });
    let found = find(&store, &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, false));
}

#[test]
fn attributes_of_orders_are_read_only_where_the_channels_number_stands_in_one() {
    for (chosen, operation) in
        [(json!({}), "OrderMarks"), (json!({ "order_reference_attribute": "channel_number" }), "OrderMarksByAttribute")]
    {
        let store = Store::new(&Variant::reference(), move |name, variables, query| match name {
            "Introspection" => (0, Value::Null),
            "OrdersByRef" => by_hash(variables, &[]),
            own if own == operation => {
                assert_eq!(query.contains("attributes"), operation != "OrderMarks");
                let mut unmarked = order();
                unmarked["internalComment"] = json!("called the customer");
                unmarked["attributes"][0]["elements"][0]["value"] = json!(" CH-9 ");
                data(connection(vec![unmarked], None))
            }
            other => panic!("nobody should ask `{other}`"),
        });
        let found = find(&store, &settings(&chosen));
        assert_eq!((found.orders.len(), found.conclusive), (0, operation == "OrderMarks"), "{operation}");
    }
}

#[test]
fn another_channels_order_of_the_same_number_is_never_taken_for_ones_own() {
    // In the list of what was placed since, and with the number as its external id.
    let there = |tag: &'static str| {
        Store::new(&Variant::reference(), move |name, variables, _| {
            let mut own = order();
            own["internalComment"] = json!(tag);
            match name {
                "Introspection" => (0, Value::Null),
                "OrdersByRef" => {
                    assert_eq!(variables["externals"], json!(["CH-9"]));
                    data(json!({ "orders": [own] }))
                }
                "OrderMarks" => data(connection(vec![own], None)),
                other => panic!("nobody should ask `{other}`"),
            }
        })
    };
    let found = find(&there(OTHER_TAG), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, true), "it was placed with another key");
    let found = find(&there(TAG), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (1, true));
    assert_eq!(found.orders[0].channel_reference.as_deref(), Some("CH-9"));
    let found = find(&there("Channel order CH-9"), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, false), "nobody can tell whose it is");
}
