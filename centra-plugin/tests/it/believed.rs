//! What the Checkout API says is believed as far as it goes, and nothing is made up beside it.

use centra_sim::{SimConfig, checkout::Quirk, permissions::Granted};
use connector_api::{
    ErrorCode,
    domain::{Discount, MessageSeverity, Money, TotalKind},
    testing::block_on,
};
use serde_json::json;

use crate::{
    order_external_payment::{draft_of, open, settings, submit, swedish},
    shop::{SECRET, Shop, cart, said, total},
};

#[test]
fn a_sum_of_items_that_is_not_the_lines_is_unclear_and_never_a_fee() {
    let quote = Shop::with(&[Quirk::ItemsSumMore]).quote(&cart("SE", &[(100, 1)]));
    assert_eq!(said(&quote), [("total_unclear", "")]);
    assert_eq!((total(&quote, &TotalKind::Fee), total(&quote, &TotalKind::Discount)), (0, 0));
    let shop = open(&[Quirk::ItemsSumMore], SimConfig::default(), settings());
    assert_eq!(submit(&shop, &swedish(&shop)).unwrap_err().field_errors[0].code, "total_unclear");
}

#[test]
fn a_country_that_is_listed_with_a_delivery_method_is_served_whatever_ship_to_says() {
    let quote = Shop::with(&[Quirk::ShipToFalse]).quote(&cart("SE", &[(100, 1)]));
    assert_eq!(said(&quote), [("country_unconfirmed", "/ship_to/country")]);
    assert_eq!(quote.messages[0].severity, MessageSeverity::Warning);
    let shop = open(&[Quirk::ShipToFalse], SimConfig::default(), settings());
    assert_eq!(submit(&shop, &swedish(&shop)).unwrap().len(), 1);
}

#[test]
fn a_country_that_the_selection_does_not_take_is_set_by_its_own_route() {
    let usual = Shop::with(&[]);
    for quirk in [Quirk::CountryIgnored, Quirk::CountryRefused] {
        for (country, region) in [("SE", None), ("DE", None), ("US", Some("NY"))] {
            let mut cart = cart(country, &[(100, 2)]);
            cart.ship_to.as_mut().unwrap().region_code = region.map(str::to_owned);
            let (shop, expected) = (Shop::with(&[quirk]), usual.quote(&cart));
            let quote = shop.quote(&cart);
            assert_eq!((&quote.totals, said(&quote)), (&expected.totals, said(&expected)), "{quirk:?} {country}");
            assert!(shop.asked(0).contains(&"CheckoutCountry".to_owned()), "{quirk:?}");
        }
        let unknown = Shop::with(&[quirk]).try_quote(&cart("ZZ", &[(100, 1)]), false).unwrap_err();
        assert_eq!(unknown.field_errors[0].code, "country_unknown", "{quirk:?}");
    }
}

#[test]
fn a_widget_is_spoken_of_only_where_there_is_one() {
    let text = |quirks: &[Quirk]| Shop::with(quirks).quote(&cart("SE", &[(100, 1)])).messages[0].text.clone();
    assert!(text(&[Quirk::UnlistedShipping]).contains("in a widget of its own"));
}

#[test]
fn nothing_is_placed_above_what_was_agreed_when_no_payment_is_given() {
    let agreed = |shop: &Shop| {
        let mut draft = swedish(shop);
        draft.payment = None;
        draft
    };
    let shop = open(&[], SimConfig::default(), settings());
    assert_eq!(submit(&shop, &agreed(&shop)).unwrap().len(), 1);
    // The lines and shipping are as agreed, but the code takes off less.
    let mut draft = agreed(&shop);
    draft.idempotency_key = "key-2".to_owned();
    let off = Money { amount_minor: 1_300, currency: draft.cart.currency };
    draft.cart.discounts = vec![Discount { code: "FIVE OFF".to_owned(), amount: Some(off) }];
    let other = open(&[], SimConfig::default(), settings());
    let refused = submit(&other, &draft).unwrap_err();
    assert_eq!((refused.code, refused.field_errors[0].code.as_str()), (ErrorCode::Conflict, "price_changed"));
    assert_eq!(other.store.book().orders.len(), 0);
    // Nobody agreed to pay for shipping: it must cost nothing.
    let mut silent = agreed(&shop);
    silent.shipping_price = None;
    let placed = submit(&open(&[], SimConfig::default(), settings()), &silent).unwrap();
    assert_eq!(placed[0].shipping.as_ref().map(|own| own.price.amount_minor), Some(0));
    let mut silent = draft_of(&shop, cart("SE", &[(600, 1)]));
    assert!(silent.shipping_price.is_some_and(|price| price.amount_minor > 0));
    (silent.payment, silent.shipping_price) = (None, None);
    let other = open(&[], SimConfig::default(), settings());
    let refused = submit(&other, &silent).unwrap_err();
    assert_eq!(refused.field_errors[0].pointer, "/draft/shipping_price");
    assert_eq!(other.store.book().orders.len(), 0);
}

#[test]
fn why_a_payment_is_not_taken_is_said_in_the_platforms_words_at_the_right_place() {
    for (quirk, words, pointer) in [
        (Quirk::ProviderFails, "code -7: The provider does not answer", Some("/draft/payment")),
        (Quirk::PaymentFails, "code -4: The provider declines", Some("/draft/payment")),
        (Quirk::ConsentMissing, "consent is required", None),
    ] {
        let shop = open(&[quirk], SimConfig::default(), settings());
        let refused = submit(&shop, &swedish(&shop)).unwrap_err();
        assert!(refused.message.contains(words), "{quirk:?}: {}", refused.message);
        assert_eq!(refused.field_errors.first().map(|own| own.pointer.as_str()), pointer, "{quirk:?}");
        assert_eq!((refused.code, shop.store.book().orders.len()), (ErrorCode::Conflict, 0), "{quirk:?}");
    }
}

#[test]
fn a_quoted_delivery_method_is_one_whose_uri_the_order_api_takes_without_the_permission_to_read_it() {
    let config = SimConfig { permissions: Granted::parse("-ShippingOption:read"), ..SimConfig::default() };
    let shop = Shop::start(config, SECRET, json!({ "store_id": 1 }));
    let quote = shop.quote(&cart("SE", &[(100, 1)]));
    let id = quote.selected_shipping_id.clone().unwrap();
    assert!(id.as_str().parse::<i64>().is_err(), "{id}");
    let host = shop.host.host();
    let kept = block_on(host.state_get("checkout_ids")).unwrap().unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert!(kept["quoted"].as_array().unwrap().contains(&json!(id.as_str())), "{kept}");
}
