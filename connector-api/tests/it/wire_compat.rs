//! Messages of an older and of a newer version can be read.

use connector_api::{
    ConnectorError, ErrorCode, Retry,
    domain::{Offer, OfferKind, OfferStatus, Price, PriceSource},
    wire::{
        pull::{Page, Record},
        validate::ValidateResponse,
    },
};
use serde_json::json;

#[test]
fn the_smallest_messages_of_version_1_can_be_read() {
    let error: ConnectorError = serde_json::from_value(json!({ "code": "timeout", "message": "late" })).unwrap();
    assert_eq!((error.code, error.retry), (ErrorCode::Timeout, Retry::Never));
    let page: Page = serde_json::from_value(json!({ "records": [] })).unwrap();
    assert_eq!(page, Page::default());
    let answer: ValidateResponse = serde_json::from_value(json!({ "ok": true, "checks": [] })).unwrap();
    assert!(answer.ok);
}

#[test]
fn what_a_newer_version_adds_is_ignored_or_kept() {
    let error: ConnectorError = serde_json::from_value(
        json!({ "code": "moon_phase", "message": "m", "retry": { "kind": "after", "ms": 5, "jitter": 1 }, "new": {} }),
    )
    .unwrap();
    assert_eq!(error.code, ErrorCode::Unknown("moon_phase".to_owned()));
    assert_eq!(serde_json::to_value(&error).unwrap()["code"], "moon_phase");

    let record: Record = serde_json::from_value(json!({ "kind": "offer", "hint": 1, "data": {
        "id": "7", "title": { "default": "Shirt", "tone": "warm" }, "status": "on_the_moon", "aura": "blue" } }))
    .unwrap();
    let Record::Offer(offer) = record else { panic!("an offer") };
    assert_eq!(offer.status, OfferStatus::Unknown("on_the_moon".to_owned()));
}

#[test]
fn kinds_of_goods_and_reasons_that_are_new_are_kept_as_they_came() {
    let sent = json!({ "id": "7", "kind": "subscription_box", "title": { "default": "Box" }, "status": "active",
        "excluded": { "code": "moon_phase", "reason": "Not tonight." }, "priced_by_parts": true,
        "parts": [{ "quantity": 2, "price_group_ids": ["10"] }], "requires_shipping": false });
    let offer: Offer = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(offer.kind, OfferKind::Unknown("subscription_box".to_owned()));
    assert!(!offer.kind.is_bundle());
    assert_eq!(serde_json::to_value(&offer).unwrap(), sent);
}

#[test]
fn absent_lists_and_texts_are_not_written() {
    let offer: Offer =
        serde_json::from_value(json!({ "id": "7", "title": { "default": "Shirt" }, "status": "active" })).unwrap();
    assert_eq!(
        serde_json::to_value(&offer).unwrap(),
        json!({ "id": "7", "title": { "default": "Shirt" }, "status": "active" })
    );
}

#[test]
fn money_on_the_wire_is_minor_units_and_a_currency() {
    let price: Price = serde_json::from_value(json!({ "variant_id": "1", "min_quantity": 1, "tax": "unspecified",
        "amount": { "amount_minor": 12900, "currency": "SEK" } }))
    .unwrap();
    assert_eq!(price.amount.to_string(), "129.00 SEK");
    assert_eq!(
        (price.priced_id.as_str(), price.source),
        ("1", PriceSource::Regular),
        "as it was written before groups"
    );
    let float = json!({ "variant_id": "1", "min_quantity": 1, "tax": "included",
        "amount": { "amount_minor": 129.5, "currency": "SEK" } });
    assert!(serde_json::from_value::<Price>(float).is_err());
}
