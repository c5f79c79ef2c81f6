//! What a webhook says: every version, every shape, and what is wrong with some.

use centra_plugin::{connector::Centra, webhook::envelope};
use connector_api::{
    Connector,
    testing::{ScriptedHost, block_on},
    wire::{
        Op,
        credentials::OpenConnection,
        webhook::{EventDecision, ParseWebhookRequest, PlatformEvent},
    },
};
use insta::assert_json_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::store::call;

/// As PHP's `rawurlencode`, or with `+` for a space as `urlencode`.
fn body(payload: &Value, plus: bool) -> Vec<u8> {
    let mut text = String::from("payload=");
    for byte in payload.to_string().bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => text.push(byte.into()),
            b' ' if plus => text.push('+'),
            byte => text += &format!("%{byte:02X}"),
        }
    }
    text.into_bytes()
}

fn parse_bytes(body: &[u8]) -> Vec<PlatformEvent> {
    let connector = Centra::open(ScriptedHost::offline().host(), OpenConnection::default()).unwrap();
    let request = ParseWebhookRequest { headers: vec![] };
    block_on(connector.parse_webhook(&call(&Op::ParseWebhook), request, body)).unwrap().events
}

#[expect(clippy::needless_pass_by_value, reason = "every caller makes it on the spot")]
fn parse(payload: Value) -> Vec<PlatformEvent> {
    let [raw, plus] = [false, true].map(|plus| parse_bytes(&body(&payload, plus)));
    assert_eq!(raw, plus, "the encoding of spaces must not matter");
    raw
}

#[test]
fn the_integration_version() {
    let date = "2026-03-02 09:15:21.004211";
    let event = |kind: &str, action: &str, id: Value| json!({ "type": kind, "action": action, "date": date, "id": id });
    let with = |mut event: Value, data: Value| {
        event["data"] = data;
        event
    };
    let php_time = json!({ "date": "2026-03-02 10:00:00.000000", "timezone_type": 3, "timezone": "Europe/Stockholm" });
    let allocation = json!({ "status": "allocated", "warehouseId": 2, "expirationDate": php_time,
        "order": { "id": "6a1d0c2f", "number": 67 },
        "lines": { "901": { "lineId": 901, "quantity": 2, "stockItemId": 55 }, "902": { "lineId": 902, "quantity": 1, "stockItemId": 56 } } });
    assert_json_snapshot!(
        "integration",
        parse(json!({ "events": [
        event("order", "update", json!(2735)),
        event("order", "update", json!("2735")),
        event("order", "an_action_of_tomorrow", json!(2_131_231_241_249_i64)),
        event("shipment", "create", json!(1902)),
        event("shipment", "good_to_go", json!(1902)),
        event("customer", "create", json!(41)),
        event("account", "update", json!(3)),
        event("return", "create", json!(77)),
        with(event("check_first", "create", json!(67)), json!({ "warehouses": [{ "warehouseId": 2, "expirationAt": "2026-03-02T10:15:21+01:00" }] })),
        with(event("check_first", "rejected", json!(67)), json!({ "warehouseId": 2 })),
        with(event("check_first", "rejected", json!(67)), json!({ "warehouseId": 3 })),
        event("check_first", "timeout", json!(67)),
        with(event("allocation_request", "create", json!(2_131_231_241_249_i64)), allocation),
        with(event("allocation_request", "update", json!(9)), json!({ "status": "timed-out", "lines": [] })),
        event("a_type_of_tomorrow", "create", json!(1)),
        { "type": "order", "id": 12 },
    ] }))
    );
}

#[test]
fn the_storefront_version() {
    assert_json_snapshot!(
        "storefront",
        parse(json!({
            "DisplayItems": ["19", 20], "Categories": ["3"], "Pricelists": ["4"], "Markets": ["2"], "Collections": ["8"], "Brands": ["5"],
            "Languages": ["7"], "CampaignSites": ["1"], "Affiliates": ["1"], "BrickAndMortars": ["6"], "KindsOfTomorrow": ["1", "2"]
        }))
    );
}

#[test]
fn the_checkout_version() {
    assert_json_snapshot!(
        "checkout",
        parse(json!({
            "products": ["19", "20"], "categories": ["3"], "pricelists": [4], "warehouses": ["1"], "warehouseGroups": ["2"], "brands": ["5"],
            "markets": ["2"], "campaigns": ["9"], "campaignSites": ["1"], "affiliates": ["1"], "giftCertificates": ["1"], "statics": ["1"],
            "cmsArticles": ["1"], "mapsLocations": ["1"], "mapsRegion": ["1"], "mapsRegions": ["1"]
        }))
    );
}

#[test]
fn broken_entries_are_rejected_without_losing_the_others() {
    assert_json_snapshot!(
        "broken",
        parse(json!({
            "events": [
                "not an event", { "action": "update", "id": 1 }, { "type": "order", "action": "update", "id": "12x" },
                { "type": "shipment", "id": -1 }, { "type": "return", "id": 1.5 }, { "type": "customer" },
                { "type": "order", "action": "long ".repeat(40), "id": 3 }, { "type": "order", "action": "update", "id": 2735 }
            ],
            "DisplayItems": ["19", null, "", "nineteen", 0, { "id": 19 }, "20"]
        }))
    );
}

#[test]
fn what_php_makes_of_lists_is_read() {
    let gaps = parse(json!({ "products": { "0": "19", "2": "20" } }));
    assert_eq!(gaps, parse(json!({ "products": ["19", "20"] })));
    assert_eq!(parse(json!({ "products": [] })), []);
    assert_eq!(parse(json!({ "products": null })), []);
    assert_eq!(parse(json!([])), []);
    // PHP escapes slashes.
    let escaped = br"payload=%7B%22events%22%3A%5B%7B%22type%22%3A%22order%22%2C%22id%22%3A7%2C%22data%22%3A%7B%22timezone%22%3A%22Europe%5C%2FStockholm%22%7D%7D%5D%7D";
    assert_eq!(parse_bytes(escaped)[0].refs[0].id.as_str(), "number:7");
}

#[test]
fn one_call_may_hold_several_kinds_and_more_parameters() {
    let both = json!({ "events": [{ "type": "order", "id": 7 }], "DisplayItems": ["19"] });
    let more = [b"a=b&".as_slice(), &body(&both, true), b"&payload=%7B%7D"].concat();
    let ids: Vec<_> = parse_bytes(&more).iter().map(|event| event.refs[0].id.to_string()).collect();
    assert_eq!(ids, ["number:7", "item:19"]);
}

#[test]
fn what_is_no_payload_is_rejected_with_the_reason() {
    let reported = |body: &[u8]| {
        let events = parse_bytes(body);
        assert_eq!((events.len(), &events[0].decision), (1, &EventDecision::Reject));
        events[0].reason.clone().unwrap()
    };
    assert_eq!(reported(b""), "The body has no form parameter `payload`.");
    assert_eq!(reported(b"{\"products\":[1]}"), "The body has no form parameter `payload`.");
    assert_eq!(reported(b"payload=%7B%22products%22%3A"), "The payload is not JSON.");
    assert_eq!(reported(b"payload=%5B1%5D"), "The payload is not a JSON object.");
    assert_eq!(
        reported("payload=".bytes().chain("[".repeat(1_000).bytes()).collect::<Vec<_>>().as_slice()),
        "The payload is not JSON."
    );
}

#[test]
fn the_number_of_events_is_limited() {
    let events = parse(json!({ "products": (1..=20_000).collect::<Vec<_>>(), "categories": [1] }));
    assert_eq!(events.len(), envelope::MOST_EVENTS + 1);
    assert_eq!(events.last().unwrap().decision, EventDecision::Reject);
}

#[test]
fn the_same_event_reported_twice_has_one_key_and_another_time_another() {
    let reported = |date: &str, id: Value| {
        parse(json!({ "events": [{ "type": "order", "action": "update", "date": date, "id": id }] }))
    };
    let first = reported("2026-03-02 09:15:21.004211", json!(7))[0].dedupe_key.clone();
    assert!(first.is_some());
    assert_eq!(first, reported("2026-03-02 09:15:21.004211", json!("7"))[0].dedupe_key);
    assert_ne!(first, reported("2026-03-02 09:15:21.004212", json!(7))[0].dedupe_key);
}

proptest! {
    #[test]
    fn every_id_arrives_once_in_its_order(ids in proptest::collection::vec(1_i64.., 0..50), as_text in any::<bool>()) {
        let sent: Vec<Value> = ids.iter().map(|id| if as_text { json!(id.to_string()) } else { json!(id) }).collect();
        let events = parse(json!({ "DisplayItems": sent }));
        let found: Vec<_> = events.iter().map(|event| event.refs[0].id.to_string()).collect();
        prop_assert_eq!(found, ids.iter().map(|id| format!("item:{id}")).collect::<Vec<_>>());
    }

    #[test]
    fn no_body_panics_and_every_event_is_routed_or_says_why(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}\":,a-z0-9%+ ]{0,200}") {
        for body in [bytes, format!("payload={text}").into_bytes()] {
            for event in parse_bytes(&body) {
                prop_assert_eq!(event.decision == EventDecision::Route, event.reason.is_none());
                prop_assert_eq!(event.decision == EventDecision::Route, !event.refs.is_empty());
            }
        }
    }
}
