//! Placing an order through the Order API and looking for it: what is sent, what each answer means, and that nothing is lost in
//! between.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use centra_plugin::map::order_mark::OrderMark;
use connector_api::{
    Connector, ConnectorError, ErrorCode,
    domain::{Order, OrderDraft, Pii, Timestamp},
    testing::block_on,
    wire::{
        Op,
        order::{FindOrdersRequest, FindOrdersResponse, KnownOrder, SubmitOrderRequest},
    },
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    orders::{connection, order},
    store::{NO_ANSWER, Store, Variant, call, data},
};

/// What marks an order that was placed with the draft's key, and with another; the latter as older versions wrote it.
const MARK: &str = "[key be2974546978e3739e6d] Channel order CH-9 [key be2974546978e3739e6d]";
const OTHER_MARK: &str = "Channel order CH-9 [key 5bd955e165d4e6c8cff8]";

fn draft() -> OrderDraft {
    serde_json::from_value(json!({
        "idempotency_key": "key-1",
        "channel_reference": "CH-9",
        "cart": {
            "id": "cart", "currency": "SEK", "market_id": "2", "pricelist_id": "4",
            "lines": [{ "id": "a", "variant_id": "280", "quantity": 2, "unit_price": { "amount_minor": 49925, "currency": "SEK" } }],
            "discounts": [{ "code": "HELLO", "amount": { "amount_minor": -1000, "currency": "SEK" } }],
            "ship_to": { "name": "Anna Maria Test", "line1": "Main street 1", "city": "Stockholm", "postal_code": "111 20", "country": "se", "email": "test@example.com" },
            "shipping_method_id": "11"
        },
        "shipping_price": { "amount_minor": 4900, "currency": "SEK" },
        "payment": { "method": "card", "captured": { "amount_minor": 103_750, "currency": "SEK" }, "reference": "pay-1" }
    }))
    .unwrap()
}

fn settings(more: &Value) -> Value {
    let mut settings = json!({ "store_id": 1, "order_route": "order_api", "order_route_secret": "right-order-secret" });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// The store around the Order API: its shipping options, the order that was placed, and changes that succeed.
fn around(name: &str, variables: &Value, mark: &str) -> (u16, Value) {
    let placed = |number: &Value| {
        let mut placed = order();
        placed["number"] = number.clone();
        placed["id"] = json!(format!("hash{number}"));
        placed["internalComment"] = json!(mark);
        placed
    };
    match name {
        "Introspection" => (0, Value::Null),
        "ShippingOptions" => data(json!({ "shippingOptions": [{ "id": 11, "uri": "home" }, { "id": 12, "uri": "" }] })),
        "OrdersByRef" => {
            let numbers = variables["numbers"].as_array().cloned().unwrap_or_default();
            data(json!({ "orders": numbers.iter().map(placed).collect::<Vec<_>>() }))
        }
        "UpdateOrder" => data(
            json!({ "updateDirectToConsumerOrder": { "order": { "id": "x" }, "userErrors": [], "userWarnings": [] } }),
        ),
        other => panic!("nobody should ask `{other}`"),
    }
}

fn answering(status: u16, body: Value) -> Store {
    Store::new(&Variant::reference(), move |name, variables, _| match name {
        "OrderApi" => (status, body.clone()),
        _ => around(name, variables, MARK),
    })
}

fn submit(store: &Store, settings: &Value, draft: OrderDraft) -> Result<Vec<Order>, ConnectorError> {
    let connector = store.open_with(settings, &[]);
    block_on(connector.submit_order(&call(&Op::SubmitOrder), SubmitOrderRequest { draft })).map(|answer| answer.orders)
}

fn sent(store: &Store) -> Vec<Value> {
    let requests = store.host.requests().into_iter().filter(|(request, _)| request.operation == "OrderApi");
    requests.map(|(_, body)| serde_json::from_slice(&body).unwrap()).collect()
}

#[test]
fn an_order_is_placed_as_agreed_and_tied_to_the_channels_number() {
    let store = answering(200, json!({ "status": "ok", "orders": [1234] }));
    let orders = submit(&store, &settings(&json!({ "order_payment_plugin_id": 7 })), draft()).unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!((orders[0].number.as_deref(), orders[0].channel_reference.as_deref()), (Some("1234"), Some("CH-9")));
    assert_json_snapshot!("order_api_body", sent(&store)[0]);
    let (request, _) = store.host.requests().into_iter().find(|(request, _)| request.operation == "OrderApi").unwrap();
    let header = request.headers.iter().find(|header| header.name == "api-authorization").unwrap();
    assert!(header.secret && header.value == "right-order-secret");
    let (_, update) =
        store.host.requests().into_iter().find(|(request, _)| request.operation == "UpdateOrder").unwrap();
    let update: Value = serde_json::from_slice(&update).unwrap();
    assert_eq!(update["variables"]["external"], "CH-9");
    assert!(update["query"].as_str().unwrap().starts_with("mutation UpdateOrder"));
}

#[test]
fn a_company_is_named_in_the_address_and_the_customers_telephone_number_stands_in() {
    let store = answering(200, json!({ "status": "ok", "orders": [1234] }));
    let mut draft = draft();
    draft.customer = Some(serde_json::from_value(json!({ "id": "", "phone": "+46700000000" })).unwrap());
    let to = draft.cart.ship_to.as_mut().unwrap();
    to.company = Some(Pii("Doe Inc".to_owned()));
    submit(&store, &settings(&json!({})), draft.clone()).unwrap();
    let to = draft.cart.ship_to.as_mut().unwrap();
    (to.line2, to.phone) = (Some(Pii("Floor 2".to_owned())), Some(Pii("+4681234".to_owned())));
    submit(&store, &settings(&json!({})), draft.clone()).unwrap();
    draft.cart.ship_to.as_mut().unwrap().company = Some(Pii(" ".to_owned()));
    submit(&store, &settings(&json!({})), draft).unwrap();
    let told: Vec<Value> =
        sent(&store).iter().map(|body| json!([body["address"]["coaddress"], body["address"]["tele"]])).collect();
    assert_eq!(
        told,
        [json!(["Doe Inc", "+46700000000"]), json!(["Doe Inc, Floor 2", "+4681234"]), json!(["Floor 2", "+4681234"])]
    );
}

#[test]
fn one_order_may_come_back_as_several() {
    let store = answering(200, json!({ "status": "ok", "orders": ["1234", 1235] }));
    let orders = submit(&store, &settings(&json!({ "order_reference_attribute": "channel_number" })), draft()).unwrap();
    assert_eq!(orders.iter().filter_map(|order| order.number.as_deref()).collect::<Vec<_>>(), ["1234", "1235"]);
    assert_eq!(sent(&store)[0]["extraAttributes"], json!({ "channel_number": "CH-9" }));
    let externals = store.host.requests().into_iter().filter(|(request, _)| request.operation == "UpdateOrder");
    let externals: Vec<Value> = externals
        .map(|(_, body)| serde_json::from_slice::<Value>(&body).unwrap()["variables"]["external"].take())
        .collect();
    assert_eq!(externals, ["CH-9", "CH-9/2"]);
}

#[test]
fn each_refusal_is_definite_and_names_what_is_wrong() {
    let refused =
        |status: u16, body: Value| submit(&answering(status, body), &settings(&json!({})), draft()).unwrap_err();
    for (code, expected, pointer) in [
        (-1, ErrorCode::InvalidRequest, "/draft/cart/lines"),
        (-2, ErrorCode::Conflict, "/draft/cart/lines"),
        (-3, ErrorCode::InvalidRequest, "/draft/cart/lines"),
        (-4, ErrorCode::InvalidRequest, "/draft"),
        (-6, ErrorCode::InvalidRequest, "/draft/customer"),
        (-7, ErrorCode::Conflict, "/draft"),
    ] {
        let error = refused(200, json!({ "status": "no", "code": code, "msg": "test@example.com is odd" }));
        assert_eq!((&error.code, error.field_errors[0].pointer.as_str()), (&expected, pointer), "{code}");
        assert!(!error.message.contains("test@example.com"), "{error}");
    }
    for status in [401, 403] {
        let error = refused(status, json!({}));
        assert_eq!(
            (&error.code, error.field_errors[0].pointer.as_str()),
            (&ErrorCode::ConfigInvalid, "/order_route_secret")
        );
        assert!(!error.is_auth(), "the Integration API's token is not at fault");
    }
}

#[test]
fn what_leaves_it_open_is_never_told_as_a_refusal() {
    let open =
        |status: u16, body: Value| submit(&answering(status, body), &settings(&json!({})), draft()).unwrap_err().code;
    assert_eq!(open(NO_ANSWER, json!({})), ErrorCode::Timeout);
    assert_eq!(open(500, json!({})), ErrorCode::PlatformUnavailable);
    assert_eq!(open(499, json!({})), ErrorCode::PlatformUnavailable);
    // Something on the way may have lost Centra's own answer: only that one is a refusal.
    for status in [200, 302, 400, 404, 409, 413, 422, 429] {
        for body in [json!({}), json!({ "hello": "world" }), json!({ "message": "Not Found" }), json!("a page")] {
            assert_eq!(open(status, body), ErrorCode::PlatformAnswerInvalid, "{status}");
        }
    }
    assert_eq!(open(403, json!("a page")), ErrorCode::Blocked);
    assert_eq!(open(200, json!({ "status": "ok", "orders": [] })), ErrorCode::PlatformAnswerInvalid);
    // Placed, but it cannot be read afterwards.
    let store = Store::new(&Variant::reference(), |name, variables, _| match name {
        "OrderApi" => (200, json!({ "status": "ok", "orders": [1234] })),
        "OrdersByRef" => (403, json!({})),
        _ => around(name, variables, MARK),
    });
    assert_eq!(submit(&store, &settings(&json!({})), draft()).unwrap_err().code, ErrorCode::PlatformUnavailable);
}

#[test]
fn a_number_set_aside_guards_against_a_second_copy() {
    let range = settings(&json!({ "order_number_first": 5_000_000, "order_number_last": 5_000_999 }));
    let taken = |mark: &'static str| {
        let asked = AtomicUsize::new(0);
        Store::new(&Variant::reference(), move |name, variables, _| match name {
            "OrderApi" if asked.fetch_add(1, Ordering::SeqCst) == 0 => (200, json!({ "status": "no", "code": -5 })),
            "OrderApi" => (200, json!({ "status": "ok", "orders": [variables["orderNumber"]] })),
            _ => around(name, variables, mark),
        })
    };
    // By this very order, whose first answer was lost.
    let store = taken(MARK);
    let orders = submit(&store, &range, draft()).unwrap();
    let number = sent(&store)[0]["orderNumber"].as_i64().unwrap();
    assert!((5_000_000..=5_000_999).contains(&number));
    assert_eq!((sent(&store).len(), orders[0].number.clone()), (1, Some(number.to_string())));
    // By another, be it one that another channel has given the same number: the next one of the same sequence.
    for other in ["Channel order CH-8", OTHER_MARK] {
        let store = taken(other);
        submit(&store, &range, draft()).unwrap();
        let numbers: Vec<i64> = sent(&store).iter().map(|body| body["orderNumber"].as_i64().unwrap()).collect();
        assert_eq!((numbers.len(), numbers[0]), (2, number));
        assert_ne!(numbers[0], numbers[1]);
    }
    // By one that the token does not show: it was there before this order was ever sent.
    let hidden = |first: (u16, Value)| {
        let asked = AtomicUsize::new(0);
        Store::new(&Variant::reference(), move |name, variables, _| match name {
            "OrderApi" => match asked.fetch_add(1, Ordering::SeqCst) {
                0 => first.clone(),
                1 if first.0 == NO_ANSWER => (200, json!({ "status": "no", "code": -5 })),
                _ => (200, json!({ "status": "ok", "orders": [variables["orderNumber"]] })),
            },
            "OrdersByRef" if variables["numbers"] == json!([number]) => data(json!({ "orders": [] })),
            _ => around(name, variables, MARK),
        })
    };
    let store = hidden((200, json!({ "status": "no", "code": -5 })));
    submit(&store, &range, draft()).unwrap();
    assert_eq!(sent(&store).len(), 2);
    assert!(store.host.state().keys().all(|name| !name.starts_with("order_number_")), "it is forgotten");
    // Unless it was sent before, and its answer was lost.
    let store = hidden((NO_ANSWER, json!({})));
    assert_eq!(submit(&store, &range, draft()).unwrap_err().code, ErrorCode::Timeout);
    let open = submit(&store, &range, draft()).unwrap_err();
    assert_eq!((open.code, sent(&store).len()), (ErrorCode::PlatformUnavailable, 2));
    assert!(open.message.contains(&format!("Number {number} of those set aside")), "{}", open.message);
    // By one that may be this very order: nobody knows.
    assert_eq!(submit(&taken("Channel order CH-9"), &range, draft()).unwrap_err().code, ErrorCode::PlatformUnavailable);
}

#[test]
fn what_cannot_be_placed_is_refused_before_anything_is_sent() {
    let store = answering(200, json!({ "status": "ok", "orders": [1] }));
    let refuse = |edit: &dyn Fn(&mut OrderDraft)| {
        let mut draft = draft();
        edit(&mut draft);
        submit(&store, &settings(&json!({})), draft).unwrap_err().field_errors[0].pointer.clone()
    };
    assert_eq!(refuse(&|draft| draft.cart.lines.clear()), "/draft/cart/lines");
    assert_eq!(refuse(&|draft| draft.cart.lines[0].unit_price = None), "/draft/cart/lines/0/unit_price");
    assert_eq!(refuse(&|draft| draft.cart.lines[0].variant_id = "coat".into()), "/draft/cart/lines/0/variant_id");
    assert_eq!(refuse(&|draft| draft.cart.currency = "EUR".parse().unwrap()), "/draft/cart/lines/0/unit_price");
    assert_eq!(refuse(&|draft| draft.cart.discounts[0].amount = None), "/draft/cart/discounts/0/amount");
    assert_eq!(
        refuse(&|draft| {
            draft.cart.discounts[0].amount.as_mut().unwrap().currency = "EUR".parse().unwrap();
        }),
        "/draft/cart/discounts/0/amount"
    );
    assert_eq!(refuse(&|draft| draft.cart.ship_to = None), "/draft/cart/ship_to");
    assert_eq!(refuse(&|draft| draft.cart.ship_to.as_mut().unwrap().email = None), "/draft/cart/ship_to/email");
    assert_eq!(
        refuse(&|draft| draft.cart.ship_to.as_mut().unwrap().country = "Sweden".into()),
        "/draft/cart/ship_to/country"
    );
    assert_eq!(refuse(&|draft| draft.cart.shipping_method_id = Some("12".into())), "/draft/cart/shipping_method_id");
    assert_eq!(sent(&store), Vec::<Value>::new());
    let off = submit(&store, &json!({ "store_id": 1, "order_route": "order_api" }), draft()).unwrap_err();
    assert_eq!((off.code, off.field_errors[0].pointer.as_str()), (ErrorCode::ConfigInvalid, "/order_route_secret"));
}

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
        "OrdersByRef" => by_hash(variables, &two(MARK)),
        "OrderMarks" => {
            assert!(query.contains("createdAt: {from: $from}") && !query.contains("lines"), "{query}");
            assert_eq!(variables["from"], "2025-12-31T22:59:00+00:00");
            let shown = if count.load(Ordering::SeqCst) == 1 { two(MARK) } else { vec![order()] };
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
    let known = OrderMark::new("CH-1", "another-key").text();
    let shown = [vec![marked(&known)], vec![], vec![marked("")], vec![marked(&known[..12])]];
    for (shown, proves) in shown.into_iter().zip([true, false, false, false]) {
        let told = format!("{shown:?}");
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
        assert_eq!((found.orders.len(), found.conclusive), (0, proves), "{told}");
    }
}

#[test]
fn a_mark_of_which_little_is_left_proves_nothing() {
    let cut: String = MARK.chars().take(12).collect();
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
    let mark = OrderMark::new("R&D 7", "key-1").text();
    let cut: String = mark.chars().take(40).collect();
    for kept in [mark.replace('&', "&amp;"), cut, "Channel order R&amp;D 7 [key be2974546978e3739e6d]".to_owned()] {
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
fn nothing_found_proves_nothing_when_the_mark_cannot_be_read() {
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
        "OrderMarks" => data(connection(two(MARK), None)),
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
    let there = |mark: &'static str| {
        Store::new(&Variant::reference(), move |name, variables, _| {
            let mut own = order();
            own["internalComment"] = json!(mark);
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
    let found = find(&there(OTHER_MARK), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, true), "it was placed with another key");
    let found = find(&there(MARK), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (1, true));
    assert_eq!(found.orders[0].channel_reference.as_deref(), Some("CH-9"));
    let found = find(&there("Channel order CH-9"), &settings(&json!({})));
    assert_eq!((found.orders.len(), found.conclusive), (0, false), "nobody can tell whose it is");
}
