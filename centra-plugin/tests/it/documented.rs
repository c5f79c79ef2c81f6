//! Carts as Centra's documentation shows them, from a server that knows nothing of the simulated store: the amounts and the odd forms are
//! those of its examples, the words are ours. What the simulated store would answer does not count here.

use connector_api::domain::{Pii, PriceSource, Quote, TotalKind};
use serde_json::json;

use crate::{
    sale::{config, storefront_settings},
    shop::{Shop, cart, code, minor, said, total},
};

/// The items of the store that a session of the documentation is filled with.
fn item_of(shop: &Shop, size: i64) -> String {
    shop.quote(&cart("SE", &[(size, 1)]));
    let mut sent = shop.host.requests().into_iter().filter(|(request, _)| request.operation == "CheckoutItems");
    let body = sent.next_back().expect("items were put into a cart").1;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    body["items"][0]["item"].as_str().unwrap().to_owned()
}

/// A quote of a cart that the Checkout API always answers with this session.
fn quoted(session: &str, cart: &connector_api::domain::Cart) -> Quote {
    let item = item_of(&Shop::with(&[]), 100);
    let shop = Shop::with(&[]);
    shop.always("Checkout", session.replace("ITEM", &item));
    shop.quote(cart)
}

fn sums(quote: &Quote) -> [i64; 4] {
    [TotalKind::Subtotal, TotalKind::Shipping, TotalKind::Tax, TotalKind::Total].map(|kind| total(quote, &kind))
}

#[test]
fn a_swedish_session_that_is_said_not_to_be_sent_is_priced_and_said_so() {
    let quote = quoted(include_str!("fixtures/documented/session_se.json"), &cart("SE", &[(100, 2)]));
    assert_eq!(sums(&quote), [26_400, 9_900, 7_260, 36_300], "{quote:#?}");
    assert!(quote.taxes[0].included, "tax of 72.60 is part of the 363.00");
    assert_eq!(minor(quote.lines[0].unit_price), Some(13_200));
    assert_eq!(minor(Some(quote.shipping_methods[0].price)), Some(9_900));
    assert_eq!(said(&quote), [("country_unconfirmed", "/ship_to/country")], "`shipTo: false`, and listed with a way");
}

#[test]
fn a_cart_without_tax_is_priced_by_its_exact_numbers_and_not_by_the_rounded_texts() {
    let mut cart = cart("US", &[(100, 1)]);
    cart.ship_to.as_mut().unwrap().region_code = Some("US-AL".to_owned());
    let quote = quoted(include_str!("fixtures/documented/session_exempt.json"), &cart);
    assert_eq!(sums(&quote), [400, 9_900, -2_060, 8_240], "4 + 99 - 20.6 = 82.4; `$ -21 USD` is for people");
    assert_eq!(minor(quote.lines[0].list_price), Some(800), "struck through: the price before the campaign");
    assert_eq!(minor(quote.lines[0].lowest_price), Some(350), "the lowest of 30 days is another price");
    assert_eq!(quote.lines[0].price_source, Some(PriceSource::Platform));
    assert_eq!(said(&quote), []);
}

#[test]
fn texts_for_numbers_objects_for_lists_and_false_for_nothing_are_read_for_what_they_mean() {
    let mut cart = cart("US", &[(100, 1)]);
    let ship_to = cart.ship_to.as_mut().unwrap();
    (ship_to.region_code, ship_to.postal_code) = (Some("US-CA".to_owned()), Some(Pii("94103".to_owned())));
    cart.discounts = vec![code("TEN")];
    let quote = quoted(include_str!("fixtures/documented/session_us.json"), &cart);
    assert_eq!(sums(&quote), [1_000, 0, 0, 750], "{quote:#?}");
    assert_eq!(total(&quote, &TotalKind::Discount), -250);
    let reported: Vec<_> = quote.discounts.iter().map(|own| (own.code.as_str(), minor(own.amount))).collect();
    assert_eq!(reported, [("TEN", Some(250))]);
    assert_eq!(said(&quote), [("gift_added", "/lines")], "what costs nothing was put in by the store");
}

#[test]
fn a_session_of_the_storefront_api_is_read_by_the_same_rules() {
    let item = item_of(&Shop::with(&[]), 100);
    let mut config = config(centra_sim::sale::Rules::default());
    config.sale.seeded = false;
    let shop = Shop::start(config, "", storefront_settings());
    let display = item.split('-').next().unwrap();
    let read = include_str!("fixtures/documented/storefront_read.json").replace("DISPLAY", display);
    let changed = json!({ "data": {}, "extensions": { "token": "sess_8c1f" } }).to_string();
    shop.always("StorefrontCartRead", read);
    shop.always("StorefrontCart", changed);
    let quote = shop.quote(&cart("SE", &[(100, 2)]));
    assert_eq!(sums(&quote), [26_400, 9_900, 6_980, 34_900], "{quote:#?}");
    assert_eq!(total(&quote, &TotalKind::Discount), -1_400, "a reduction without a code shows in carts alone");
    let line = &quote.lines[0];
    assert_eq!([line.unit_price, line.list_price, line.lowest_price].map(minor), [13_200, 16_550, 12_000].map(Some));
    assert_eq!(quote.shipping_methods.len(), 2);
    assert_eq!(said(&quote), []);
}
