//! Placing an order through the Order API: what is sent, and what each answer means.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector_api::{
    Connector, ConnectorError, ErrorCode,
    domain::{Order, OrderDraft, Pii},
    testing::block_on,
    wire::{Op, order::SubmitOrderRequest},
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::{
    orders::order,
    store::{NO_ANSWER, Store, Variant, call, data},
};

/// What marks an order that was placed with the draft's key, and with another; the latter as older versions wrote it.
pub(crate) const TAG: &str = "[key be2974546978e3739e6d] Channel order CH-9 [key be2974546978e3739e6d]";
pub(crate) const OTHER_TAG: &str = "Channel order CH-9 [key 5bd955e165d4e6c8cff8]";

pub(crate) fn draft() -> OrderDraft {
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

pub(crate) fn settings(more: &Value) -> Value {
    let mut settings = json!({ "store_id": 1, "order_route": "order_api", "order_route_secret": "right-order-secret" });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

/// The store around the Order API: its shipping options, the order that was placed, and changes that succeed.
fn around(name: &str, variables: &Value, tag: &str) -> (u16, Value) {
    let placed = |number: &Value| {
        let mut placed = order();
        placed["number"] = number.clone();
        placed["id"] = json!(format!("hash{number}"));
        placed["internalComment"] = json!(tag);
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
        _ => around(name, variables, TAG),
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
    let reported: Vec<Value> =
        sent(&store).iter().map(|body| json!([body["address"]["coaddress"], body["address"]["tele"]])).collect();
    assert_eq!(
        reported,
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
fn what_leaves_it_open_is_never_reported_as_a_refusal() {
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
        _ => around(name, variables, TAG),
    });
    assert_eq!(submit(&store, &settings(&json!({})), draft()).unwrap_err().code, ErrorCode::PlatformUnavailable);
}

#[test]
fn a_number_set_aside_guards_against_a_second_copy() {
    let range = settings(&json!({ "order_number_first": 5_000_000, "order_number_last": 5_000_999 }));
    let taken = |tag: &'static str| {
        let asked = AtomicUsize::new(0);
        Store::new(&Variant::reference(), move |name, variables, _| match name {
            "OrderApi" if asked.fetch_add(1, Ordering::SeqCst) == 0 => (200, json!({ "status": "no", "code": -5 })),
            "OrderApi" => (200, json!({ "status": "ok", "orders": [variables["orderNumber"]] })),
            _ => around(name, variables, tag),
        })
    };
    // By this very order, whose first answer was lost.
    let store = taken(TAG);
    let orders = submit(&store, &range, draft()).unwrap();
    let number = sent(&store)[0]["orderNumber"].as_i64().unwrap();
    assert!((5_000_000..=5_000_999).contains(&number));
    assert_eq!((sent(&store).len(), orders[0].number.clone()), (1, Some(number.to_string())));
    // By another, be it one that another channel has given the same number: the next one of the same sequence.
    for other in ["Channel order CH-8", OTHER_TAG] {
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
            _ => around(name, variables, TAG),
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
