//! What channels do not sell: refused by the host itself, whoever prices carts and however old its data are.

use super::*;

const REASON: &str = "it is sold before it is in stock";

/// A world whose one shirt is not sold through channels.
async fn world() -> World {
    let world = World::new().await;
    let body = json!({ "id": "10", "title": { "default": "Shirt" }, "status": "active",
        "excluded": { "code": "preorder", "reason": REASON }, "variants": [{ "id": "a", "active": true }] });
    let variant = VariantRow { id: "a".into(), sku: Some("SKU-a".into()), active: true, ..VariantRow::default() };
    let offer = OfferRow {
        id: "10".into(),
        status: "active".into(),
        body: body.to_string(),
        variants: vec![variant],
        ..OfferRow::default()
    };
    full_sync(&world.store, &world.id, &[(Stream::Offers, Rows::Offers(vec![offer]))], at(20)).await;
    world
}

#[tokio::test]
async fn the_platform_is_not_asked_to_price_it() {
    let world = world().await;
    let quote = world.quote().await;
    assert_eq!((world.calls(), quote.source.clone()), (0, QuoteSource::Local));
    assert!(codes(&quote).contains(&"realtime_excluded"), "{:?}", quote.messages);
    let said = quote.messages.iter().find(|own| own.code == "not_for_sale").unwrap();
    assert_eq!((said.text.as_str(), said.path.as_deref()), (REASON, Some("/lines/0/variant_id")));
    let refused = world.ask(&Viewer::Operator, Source::Realtime).await;
    assert!(matches!(refused, Err(Error::NoRealtime(_))), "{refused:?}");
}

#[tokio::test]
async fn an_order_for_it_is_refused_even_when_the_data_are_old() {
    let world = world().await;
    world.set_time(1_000_000);
    let connection = world.store.connection(&world.id).await.unwrap().unwrap();
    let cart = json!({ "id": "c", "currency": "SEK", "ship_to": { "country": "SE" }, "shipping_method_id": "7",
        "lines": [{ "id": "1", "variant_id": "a", "quantity": 1, "unit_price": sek(100) }] });
    let found = world.service.objections(&connection, &serde_json::from_value(cart).unwrap(), None).await.unwrap();
    let wrong: Vec<_> = found.wrong.iter().map(|own| (own.code.as_str(), own.pointer.as_str())).collect();
    assert_eq!((wrong, world.calls()), (vec![("not_for_sale", "/cart/lines/0/variant_id")], 0));
    assert_eq!(found.wrong[0].message, REASON);
}
