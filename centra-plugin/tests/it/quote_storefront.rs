//! Carts priced through the Storefront API: the same answers as through the Checkout API, and its own troubles.

use centra_sim::{
    SimConfig,
    checkout::{Quirk, Settings, settings::StockMode},
    sale::Rules,
};
use connector_api::{
    ErrorCode,
    domain::{Availability, Cart, CartLine, Money, Pii, PriceSource, Quote, QuoteLine, QuoteSource, TotalKind},
};
use serde_json::json;

use crate::{
    sale::{config, storefront_settings},
    shop::{SECRET, Shop, cart, code, said, total},
};

fn config_with(checkout: Settings) -> SimConfig {
    let mut config = config(Rules::default());
    config.sale.seeded = false;
    SimConfig { checkout, ..config }
}

fn shop_with(checkout: Settings) -> Shop {
    Shop::start(config_with(checkout), "", storefront_settings())
}

fn shop() -> Shop {
    shop_with(Settings::default())
}

fn swedish() -> Cart {
    cart("SE", &[(100, 1), (600, 2)])
}

/// Operations asked of the Storefront API.
fn asked(shop: &Shop) -> Vec<String> {
    let requests = shop.host.requests().into_iter().map(|(request, _)| request.operation);
    requests.filter(|own| own.starts_with("Storefront")).collect()
}

fn timeless(mut quote: Quote) -> Quote {
    quote.latency_ms = 0;
    quote
}

#[test]
fn the_two_interfaces_give_the_same_quote() {
    let checkout = Shop::start(config_with(Settings::default()), SECRET, json!({ "store_id": 1 }));
    for country in ["SE", "US", "JP"] {
        let mut cart = cart(country, &[(100, 1), (600, 2)]);
        cart.ship_to.as_mut().unwrap().region_code = (country == "US").then(|| "CA".to_owned());
        cart.discounts = vec![code("TEN")];
        let [own, other] =
            [shop(), checkout_again(&checkout)].map(|shop| timeless(shop.try_quote(&cart, true).unwrap()));
        assert_eq!(availability_aside(own), availability_aside(other), "{country}");
    }
}

/// The same store with other sessions.
fn checkout_again(_: &Shop) -> Shop {
    Shop::start(config_with(Settings::default()), SECRET, json!({ "store_id": 1 }))
}

/// The Storefront API says whether an item is in stock; the Checkout API does so only where it is set up to.
fn availability_aside(mut quote: Quote) -> Quote {
    for line in &mut quote.lines {
        line.availability = Availability::NotChecked;
    }
    quote.parts.availability.reason = None;
    quote
}

#[test]
fn a_cart_takes_three_requests_and_one_for_each_other_delivery_method() {
    let shop = shop();
    let quote = shop.quote(&swedish());
    assert_eq!(asked(&shop), ["StorefrontCartPlace", "StorefrontCartItems", "StorefrontCartRead"]);
    assert_eq!(
        (quote.source, quote.lines[0].price_source.clone()),
        (QuoteSource::Realtime, Some(PriceSource::Platform))
    );
    let quote = shop.try_quote(&swedish(), true).unwrap();
    let ways = quote.shipping_methods.len();
    assert!(ways > 1 && quote.shipping_methods.iter().all(|own| own.cart_total.is_some()));
    assert_eq!(asked(&shop).len(), 6 + ways - 1);
}

#[test]
fn nobody_is_named_and_nothing_is_paid() {
    let shop = shop();
    let mut cart = swedish();
    let ship_to = cart.ship_to.as_mut().unwrap();
    ship_to.email = Some(Pii("ada@example.com".to_owned()));
    ship_to.phone = Some(Pii("+46700000000".to_owned()));
    ship_to.name = Some(Pii("Ada Byron".to_owned()));
    shop.quote(&cart);
    for (request, body) in shop.host.requests() {
        let body = String::from_utf8(body).unwrap();
        let is_ours = request.operation.starts_with("Storefront");
        for secret in ["ada@example.com", "4670", "Byron", "payment"] {
            assert!(
                !is_ours || !body.contains(secret) || body.contains("paymentMethods"),
                "{}: {secret}",
                request.operation
            );
        }
        assert!(!body.contains("setAddress") || body.contains("sendCartAbandonmentEmail: false"), "{body}");
    }
}

#[test]
fn too_few_units_and_what_is_not_sold_are_named() {
    let shop = shop_with(Settings { stock: StockMode::Aggressive, ..Settings::default() });
    let mut cart = cart("SE", &[(100, 900), (999_999, 1), (600, 1)]);
    cart.lines.push(CartLine { id: "other".to_owned(), offer_id: Some(1.into()), ..cart.lines[2].clone() });
    let quote = shop.quote(&cart);
    let line = &quote.lines[0];
    assert_eq!((&line.availability, Some(line.quantity)), (&Availability::Partial, line.available_quantity));
    assert!(line.quantity > 0 && line.quantity < 900);
    assert_eq!(
        said(&quote),
        [
            ("stock_short", "/lines/0"),
            ("variant_unknown", "/lines/1/variant_id"),
            ("offer_unknown", "/lines/3/offer_id")
        ]
    );
}

#[test]
fn bad_places_and_codes_are_named() {
    let shop = shop();
    let quoted = |edit: &dyn Fn(&mut Cart)| {
        let mut cart = cart("US", &[(100, 1)]);
        cart.ship_to.as_mut().unwrap().region_code = Some("CA".to_owned());
        edit(&mut cart);
        shop.try_quote(&cart, false)
    };
    let codes =
        |quote: &Quote| said(quote).into_iter().map(|(code, path)| format!("{code} {path}")).collect::<Vec<_>>();
    let zip = quoted(&|cart| cart.ship_to.as_mut().unwrap().postal_code = Some(Pii("9410".to_owned()))).unwrap();
    assert_eq!(codes(&zip), ["postal_code_invalid /ship_to/postal_code"]);
    let state = quoted(&|cart| cart.ship_to.as_mut().unwrap().region_code = Some("XX".to_owned())).unwrap();
    assert_eq!(codes(&state)[0], "region_unknown /ship_to/region_code");
    let none = quoted(&|cart| cart.ship_to.as_mut().unwrap().region_code = None).unwrap();
    assert_eq!(codes(&none), ["region_needed /ship_to/region_code"]);
    let bad_code = quoted(&|cart| cart.discounts = vec![code("NOTHING")]).unwrap();
    assert_eq!(codes(&bad_code), ["discount_refused /discounts/0/code"]);
    let way = quoted(&|cart| cart.shipping_method_id = Some("404".into())).unwrap();
    assert_eq!(codes(&way), ["shipping_unavailable /shipping_method_id"]);
    let nowhere = quoted(&|cart| cart.ship_to = None).unwrap();
    assert_eq!(codes(&nowhere), ["country_needed /ship_to/country"]);
    assert_eq!((total(&nowhere, &TotalKind::Total), nowhere.shipping_methods.len()), (14_995, 0));
    let pointer = |edit: &dyn Fn(&mut Cart)| {
        let refused = quoted(edit).unwrap_err();
        (refused.code, refused.field_errors[0].pointer.clone())
    };
    let moon = pointer(&|cart| cart.ship_to.as_mut().unwrap().country = "XX".to_owned());
    assert_eq!(moon, (ErrorCode::InvalidRequest, "/ship_to/country".to_owned()));
    let money = pointer(&|cart| cart.currency = "EUR".parse().unwrap());
    assert_eq!(money, (ErrorCode::InvalidRequest, "/currency".to_owned()));
    let market = pointer(&|cart| cart.market_id = Some(99.into()));
    assert_eq!(market, (ErrorCode::InvalidRequest, "/market_id".to_owned()));
}

#[test]
fn a_store_that_moves_carts_to_their_address_prices_nothing() {
    let mut config = config_with(Settings::default());
    config.storefront.address_moves = true;
    let shop = Shop::start(config, "", storefront_settings());
    assert!(shop.try_quote(&swedish(), false).is_ok(), "its own market is the address's");
    let mut elsewhere = swedish();
    (elsewhere.market_id, elsewhere.pricelist_id) = (Some(3.into()), Some(1.into()));
    let failure = shop.try_quote(&elsewhere, false).unwrap_err();
    assert_eq!(failure.code, ErrorCode::PlatformAnswerInvalid, "{failure}");
    assert!(failure.message.contains("market"), "{failure}");
}

#[test]
fn without_the_shared_secret_only_the_countrys_own_place_is_priced() {
    let mut shop = shop();
    let mut settings = storefront_settings();
    settings.as_object_mut().unwrap().remove("storefront_shared_secret");
    shop.reconnect(settings);
    assert!(shop.try_quote(&swedish(), false).is_ok());
    let mut elsewhere = swedish();
    elsewhere.market_id = Some(3.into());
    let refused = shop.try_quote(&elsewhere, false).unwrap_err();
    assert_eq!((refused.code, refused.field_errors[0].pointer.as_str()), (ErrorCode::InvalidRequest, "/market_id"));
}

#[test]
fn a_refused_token_or_secret_names_its_field() {
    let mut shop = shop();
    for (name, wrong) in [("storefront_session_token", "wrong"), ("storefront_shared_secret", SECRET)] {
        let mut settings = storefront_settings();
        settings[name] = json!(wrong);
        shop.reconnect(settings);
        let refused = shop.try_quote(&swedish(), false).unwrap_err();
        assert_eq!(refused.code, ErrorCode::ConfigInvalid, "{refused}");
        assert_eq!(refused.field_errors[0].pointer, format!("/{name}"));
        assert!(!refused.message.contains(wrong) || wrong == "wrong");
    }
}

#[test]
fn failures_let_the_host_fall_back() {
    let shop = shop();
    shop.lose("StorefrontCartItems");
    assert_eq!(shop.try_quote(&swedish(), false).unwrap_err().code, ErrorCode::Timeout);
    assert!(shop.try_quote(&swedish(), false).is_ok(), "the next cart has a session of its own");
    let less = shop_with(Settings { quirks: [Quirk::TotalLess].into(), ..Settings::default() });
    assert_eq!(said(&less.quote(&swedish())), [("total_unclear", "")]);
}

#[test]
fn a_line_on_sale_names_the_price_struck_through_and_the_lowest_of_thirty_days() {
    let shops = [
        Shop::start(config(Rules::default()), "", storefront_settings()),
        Shop::start(config(Rules::default()), SECRET, json!({ "store_id": 1 })),
    ];
    let [storefront, checkout] =
        shops.map(|shop| shop.quote(&cart("SE", &[(100, 1), (110, 1), (200, 1), (210, 1)])).lines);
    let shown = |line: &QuoteLine| (line.unit_price, line.list_price, line.lowest_price);
    let reduced: Vec<_> = storefront.iter().filter(|line| line.list_price.is_some()).map(shown).collect();
    assert!(!reduced.is_empty());
    for (unit, list, lowest) in &reduced {
        let minor = |money: &Option<Money>| money.unwrap().amount_minor;
        assert!(minor(lowest) <= minor(unit) && minor(unit) < minor(list));
    }
    assert_eq!(storefront.iter().map(shown).collect::<Vec<_>>(), checkout.iter().map(shown).collect::<Vec<_>>());
    assert!(storefront.iter().all(|line| line.list_price.is_some() || line.lowest_price.is_none()));
}
