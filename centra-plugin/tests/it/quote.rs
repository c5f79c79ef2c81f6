//! Quotes through the Checkout API: each quirk by name, what goes wrong, what sessions leave behind.

use centra_sim::checkout::{Quirk, Settings, StockMode};
use connector_api::{
    ErrorCode, Retry,
    domain::{Availability, Pii, Quote, QuoteSource, TotalKind},
    testing::ScriptedHost,
};
use serde_json::{Value, json};

use crate::shop::{Shop, cart, code, said, total};

fn swedish() -> connector_api::domain::Cart {
    cart("SE", &[(100, 1), (600, 2)])
}

/// A quote without what differs from one moment to the next.
fn timeless(mut quote: Quote) -> Quote {
    quote.latency_ms = 0;
    quote
}

#[test]
fn a_swedish_cart() {
    let mut cart = swedish();
    cart.discounts = vec![code("TEN")];
    insta::assert_json_snapshot!(Shop::with(&[]).try_quote(&cart, true).unwrap());
}

#[test]
fn an_american_cart() {
    let mut cart = cart("US", &[(100, 1)]);
    let ship_to = cart.ship_to.as_mut().unwrap();
    ship_to.region_code = Some("US-NY".to_owned());
    ship_to.postal_code = Some(Pii("10007".to_owned()));
    insta::assert_json_snapshot!(Shop::with(&[]).try_quote(&cart, true).unwrap());
}

#[test]
fn every_form_of_the_same_amounts_gives_the_same_quote() {
    let mut cart = swedish();
    cart.discounts = vec![code("TEN"), code("FIVE OFF")];
    let plain = timeless(Shop::with(&[]).quote(&cart));
    for quirk in [
        Quirk::AbsentNull,
        Quirk::AbsentZero,
        Quirk::NumbersAsText,
        Quirk::EmptyObjects,
        Quirk::NumberIds,
        Quirk::LanguageObject,
        Quirk::OldNames,
        Quirk::DiscountBeside,
        Quirk::DiscountNegative,
        Quirk::FeeByDefault,
        Quirk::BulkAllOrNothing,
    ] {
        let shop = Shop::with(&[quirk]);
        assert_eq!(timeless(shop.quote(&cart)), plain, "{quirk:?}");
        assert_eq!(timeless(shop.quote(&cart)), plain, "{quirk:?}, in a used session");
    }
}

#[test]
fn tax_on_top_is_paid_whether_the_total_counts_it_or_not() {
    let mut cart = cart("US", &[(100, 1), (600, 2)]);
    let ship_to = cart.ship_to.as_mut().unwrap();
    ship_to.region_code = Some("US-NY".to_owned());
    ship_to.postal_code = Some(Pii("10007".to_owned()));
    for codes in [&[][..], &["TEN"], &["FIVE OFF", "FREESHIP"]] {
        cart.discounts = codes.iter().map(|own| code(own)).collect();
        let plain = timeless(Shop::with(&[]).try_quote(&cart, true).unwrap());
        assert!(total(&plain, &TotalKind::Tax) > 0);
        for quirks in [&[Quirk::AddedBeside][..], &[Quirk::AddedBeside, Quirk::DiscountBeside]] {
            assert_eq!(timeless(Shop::with(quirks).try_quote(&cart, true).unwrap()), plain, "{quirks:?} {codes:?}");
        }
    }
    assert_eq!(
        timeless(Shop::with(&[Quirk::AddedBeside]).quote(&swedish())),
        timeless(Shop::with(&[]).quote(&swedish()))
    );
}

#[test]
fn a_total_whose_parts_do_not_add_up_is_reported() {
    let quote = Shop::with(&[Quirk::TotalLess]).quote(&swedish());
    assert_eq!(said(&quote), [("total_unclear", "")]);
}

#[test]
fn what_a_code_took_off_is_reported_once() {
    let mut cart = swedish();
    cart.discounts = vec![code("FREESHIP"), code("TEN")];
    let shop = Shop::with(&[]);
    let quote = shop.quote(&cart);
    let reported: i64 = quote.discounts.iter().filter_map(|own| own.amount).map(|own| own.amount_minor).sum();
    assert_eq!((reported, total(&quote, &TotalKind::Shipping)), (-total(&quote, &TotalKind::Discount), 0));
    cart.discounts = vec![code("FREESHIP")];
    assert_eq!(shop.quote(&cart).discounts[0].amount.unwrap().amount_minor, 0, "shipping is free already");
}

#[test]
fn tax_that_is_taken_out_is_reported_as_such() {
    let shop = Shop::open(Settings { exempt: ["NO".to_owned()].into(), ..Settings::default() });
    let quote = shop.quote(&cart("NO", &[(100, 1)]));
    let ledger = (total(&quote, &TotalKind::Subtotal), total(&quote, &TotalKind::Shipping));
    assert_eq!(ledger, (14_995, 1_500));
    assert_eq!((total(&quote, &TotalKind::Tax), total(&quote, &TotalKind::Total)), (-3_299, 13_196));
    assert!(!quote.taxes[0].included && quote.taxes[0].title == "Tax deducted");
}

#[test]
fn a_fee_that_cannot_be_avoided_is_reported() {
    let quote = Shop::with(&[Quirk::FeeAlways]).quote(&swedish());
    assert_eq!((total(&quote, &TotalKind::Fee), total(&quote, &TotalKind::Total)), (2_900, 232_600));
    assert!(said(&quote).contains(&("payment_fee", "")));
}

#[test]
fn a_store_whose_delivery_methods_stand_in_a_widget_says_so() {
    let quote = Shop::with(&[Quirk::UnlistedShipping]).quote(&swedish());
    assert_eq!(said(&quote)[0].0, "shipping_not_listed");
    assert!(quote.shipping_methods.is_empty() && quote.parts.shipping.reason.is_some());
}

#[test]
fn a_delivery_method_that_is_not_listed_counts_when_the_store_takes_it() {
    let listed = Shop::with(&[]).try_quote(&swedish(), true).unwrap();
    let shop = Shop::with(&[Quirk::UnlistedShipping]);
    for own in &listed.shipping_methods {
        let mut cart = swedish();
        cart.shipping_method_id = Some(own.id.clone());
        let quote = shop.quote(&cart);
        assert_eq!((said(&quote).len(), said(&quote)[0].0), (1, "shipping_not_listed"), "{}", own.id);
        assert_eq!(
            (quote.selected_shipping_id.as_ref(), total(&quote, &TotalKind::Total)),
            (Some(&own.id), own.cart_total.unwrap().amount_minor)
        );
        // The next cart, which chose none, has the store's usual one.
        let plain = shop.quote(&swedish());
        assert_eq!(plain.selected_shipping_id, listed.selected_shipping_id);
    }
    let mut cart = swedish();
    cart.shipping_method_id = Some("no-such".into());
    for _ in 0..2 {
        assert!(said(&shop.quote(&cart)).contains(&("shipping_unavailable", "/shipping_method_id")));
    }
}

#[test]
fn a_county_of_a_country_without_states_is_no_mistake() {
    let shop = Shop::with(&[]);
    let mut cart = swedish();
    cart.ship_to.as_mut().unwrap().region_code = Some("SE-AB".to_owned());
    for _ in 0..2 {
        let quote = shop.quote(&cart);
        assert_eq!((said(&quote), quote.parts.tax.reason.as_deref()), (vec![], None));
        assert_eq!(total(&quote, &TotalKind::Total), total(&Shop::with(&[]).quote(&swedish()), &TotalKind::Total));
    }
    assert!(!shop.asked(0).contains(&"CheckoutState".to_owned()));
}

#[test]
fn campaigns_and_automatic_discounts_are_the_stores() {
    let settings = Settings { automatic_percent: Some(3), campaign_percent: Some(15), ..Settings::default() };
    let quote = Shop::open(settings).quote(&cart("SE", &[(500, 2)]));
    assert_eq!(quote.lines[0].list_price.unwrap().amount_minor, 139_900);
    assert_eq!(quote.lines[0].unit_price.unwrap().amount_minor, 118_915);
    assert_eq!((total(&quote, &TotalKind::Discount), quote.discounts[0].amount.unwrap().amount_minor), (-7_135, 7_135));
}

#[test]
fn too_few_units_are_priced_as_many_as_there_are() {
    for quirks in [&[][..], &[Quirk::SoldOut410]] {
        let settings =
            Settings { stock: StockMode::Aggressive, quirks: quirks.iter().copied().collect(), ..Settings::default() };
        let shop = Shop::open(settings);
        for _ in 0..2 {
            let quote = shop.quote(&cart("SE", &[(100, 900), (600, 1)]));
            let line = &quote.lines[0];
            assert_eq!((&line.availability, line.quantity), (&Availability::Partial, line.available_quantity.unwrap()));
            assert!(line.quantity > 0 && line.quantity < 900);
            assert_eq!(said(&quote), [("stock_short", "/lines/0")]);
            assert_eq!(quote.lines[1].quantity, 1);
        }
    }
}

#[test]
fn stock_that_is_shown_is_reported() {
    let quote = Shop::with(&[Quirk::StockShown]).quote(&cart("SE", &[(100, 1), (101, 900)]));
    assert_eq!(quote.lines[0].availability, Availability::InStock);
    assert_eq!((&quote.lines[1].availability, quote.lines[1].quantity), (&Availability::Partial, 900));
    let quiet = Shop::with(&[]).quote(&cart("SE", &[(100, 1)]));
    assert_eq!(quiet.lines[0].availability, Availability::NotChecked);
    assert!(quiet.parts.availability.reason.is_some());
}

#[test]
fn what_is_not_sold_is_named_and_the_rest_is_priced() {
    for quirks in [&[][..], &[Quirk::BulkAllOrNothing]] {
        let shop = Shop::with(quirks);
        let mut cart = cart("SE", &[(100, 1), (999_999, 1), (600, 1)]);
        cart.lines[2].offer_id = Some(1.into());
        assert!(shop.store.alter(centra_sim::alteration::Alteration::Remove(centra_sim::value::Kind::Display, 2)));
        cart.lines.push(connector_api::domain::CartLine {
            id: "gone".to_owned(),
            variant_id: 200.into(),
            ..cart.lines[0].clone()
        });
        let quote = shop.quote(&cart);
        assert_eq!(
            said(&quote),
            [
                ("variant_unknown", "/lines/1/variant_id"),
                ("offer_unknown", "/lines/2/offer_id"),
                ("variant_unknown", "/lines/3/variant_id")
            ]
        );
        assert_eq!(total(&quote, &TotalKind::Subtotal), 149_900);
        assert_eq!(quote.lines.iter().filter(|line| line.availability == Availability::NotForSale).count(), 3);
    }
}

#[test]
fn a_cart_does_not_double_when_the_answer_to_it_is_lost_and_it_is_asked_for_again() {
    let shop = Shop::with(&[]);
    let right = timeless(Shop::with(&[]).quote(&swedish()));
    shop.repeat("CheckoutItems");
    assert_eq!(timeless(shop.quote(&swedish())), right);
    assert_eq!(timeless(shop.quote(&swedish())), right, "in the same session");
}

#[test]
fn bad_places_and_codes_are_named() {
    let shop = Shop::with(&[]);
    let quoted = |edit: &dyn Fn(&mut connector_api::domain::Cart)| {
        let mut cart = cart("US", &[(100, 1)]);
        cart.ship_to.as_mut().unwrap().region_code = Some("CA".to_owned());
        edit(&mut cart);
        shop.try_quote(&cart, false)
    };
    let codes = |quote: &Quote| {
        quote.messages.iter().map(|own| (own.code.clone(), own.path.clone().unwrap())).collect::<Vec<_>>()
    };
    let one = |code: &str, path: &str| vec![(code.to_owned(), path.to_owned())];
    for _ in 0..2 {
        let zip = quoted(&|cart| cart.ship_to.as_mut().unwrap().postal_code = Some(Pii("9410".to_owned()))).unwrap();
        assert_eq!(codes(&zip), one("postal_code_invalid", "/ship_to/postal_code"));
        assert!(zip.parts.tax.reason.is_some());
        let state = quoted(&|cart| cart.ship_to.as_mut().unwrap().region_code = Some("XX".to_owned())).unwrap();
        assert_eq!(codes(&state), one("region_unknown", "/ship_to/region_code"));
        let none = quoted(&|cart| cart.ship_to.as_mut().unwrap().region_code = None).unwrap();
        assert_eq!(codes(&none), one("region_needed", "/ship_to/region_code"));
        let bad_code = quoted(&|cart| cart.discounts = vec![code("NOTHING")]).unwrap();
        assert_eq!(codes(&bad_code), one("discount_refused", "/discounts/0/code"));
        let way = quoted(&|cart| cart.shipping_method_id = Some("home-se".into())).unwrap();
        assert_eq!(codes(&way), one("shipping_unavailable", "/shipping_method_id"));
        let nowhere = quoted(&|cart| cart.ship_to = None).unwrap();
        assert_eq!(codes(&nowhere), one("country_needed", "/ship_to/country"));
        assert_eq!((total(&nowhere, &TotalKind::Total), nowhere.shipping_methods.len()), (14_995, 0));
        let moon = quoted(&|cart| cart.ship_to.as_mut().unwrap().country = "XX".to_owned()).unwrap_err();
        assert_eq!((moon.code, moon.field_errors[0].pointer.as_str()), (ErrorCode::InvalidRequest, "/ship_to/country"));
        let money = quoted(&|cart| cart.currency = "EUR".parse().unwrap()).unwrap_err();
        assert_eq!((money.code, money.field_errors[0].code.as_str()), (ErrorCode::InvalidRequest, "currency_mismatch"));
        let market = quoted(&|cart| cart.market_id = Some(99.into())).unwrap_err();
        assert_eq!(market.field_errors[0].pointer, "/market_id");
    }
}

#[test]
fn no_mail_about_an_abandoned_cart_can_be_sent() {
    let shop = Shop::with(&[]);
    let mut cart = swedish();
    let ship_to = cart.ship_to.as_mut().unwrap();
    ship_to.email = Some(Pii("ada@example.com".to_owned()));
    ship_to.phone = Some(Pii("+46700000000".to_owned()));
    ship_to.name = Some(Pii("Ada Byron".to_owned()));
    ship_to.postal_code = Some(Pii("111 20".to_owned()));
    shop.quote(&cart);
    for (request, body) in shop.host.requests() {
        let body = String::from_utf8(body).unwrap();
        for secret in ["ada@example.com", "4670", "Byron", "cartAbandonmentEmail", "email"] {
            assert!(!body.contains(secret) || request.operation == "Introspection", "{}: {secret}", request.operation);
        }
    }
    assert!(shop.asked(0).contains(&"CheckoutAddress".to_owned()));
}

#[test]
fn a_session_is_used_again_and_nothing_of_the_last_cart_stays() {
    let shop = Shop::with(&[]);
    let mut first = swedish();
    first.discounts = vec![code("TEST+CODE")];
    first.shipping_method_id = Some(5.into());
    first.ship_to.as_mut().unwrap().postal_code = Some(Pii("111 20".to_owned()));
    shop.quote(&first);
    let before = shop.host.requests().len();
    let second = timeless(shop.quote(&cart("SE", &[(600, 1)])));
    let asked = shop.asked(before);
    assert!(
        !asked.contains(&"CheckoutSelection".to_owned())
            || asked.iter().filter(|own| *own == "CheckoutSelection").count() == 1,
        "{asked:?}"
    );
    assert_eq!(second, timeless(Shop::with(&[]).quote(&cart("SE", &[(600, 1)]))));
}

#[test]
fn the_same_cart_again_takes_one_request() {
    let shop = Shop::with(&[]);
    shop.quote(&swedish());
    let before = shop.host.requests().len();
    shop.quote(&swedish());
    assert_eq!(shop.asked(before), ["CheckoutRead"]);
}

#[test]
fn expired_and_foreign_sessions_are_recognised_and_replaced() {
    let mut shop = Shop::with(&[]);
    let cart = swedish();
    let right = timeless(shop.quote(&cart));
    let other = crate::shop::cart("SE", &[(100, 3)]);
    let rights = timeless(Shop::with(&[]).quote(&other));
    for change in ["expire", "meddle"] {
        match change {
            "expire" => shop.store.sessions().expire(),
            _ => shop.store.sessions().meddle("60-600"),
        }
        assert_eq!(timeless(shop.quote(&other)), rights, "{change}");
        assert_eq!(timeless(shop.quote(&cart)), right, "{change}");
    }
    shop.restart();
    assert_eq!(timeless(shop.quote(&other)), rights, "its token was kept");
    shop.store.sessions().expire();
    shop.restart();
    assert_eq!(timeless(shop.quote(&cart)), right, "the kept token has expired");
}

#[test]
fn a_refused_secret_does_not_say_that_the_token_is_refused() {
    for quirks in [&[][..], &[Quirk::Refuse403]] {
        let settings = Settings { quirks: quirks.iter().copied().collect(), ..Settings::default() };
        let error = Shop::open_with(settings, "wrong-secret").try_quote(&swedish(), false).unwrap_err();
        assert!(!error.is_auth() && error.code == ErrorCode::ConfigInvalid, "{error}");
        assert_eq!(
            (error.field_errors[0].pointer.as_str(), error.retry),
            ("/checkout_api_shared_secret", Retry::Never)
        );
        assert!(!error.to_string().contains("wrong-secret"));
    }
    let closed = Shop::with(&[Quirk::LoginNeeded]).try_quote(&swedish(), false).unwrap_err();
    let field = &closed.field_errors[0];
    assert_eq!((field.pointer.as_str(), field.code.as_str()), ("/checkout_plugin_path", "login_needed"), "{closed}");
    let missing = Shop::open_with(Settings::default(), "").try_quote(&swedish(), false).unwrap_err();
    assert_eq!(missing.field_errors[0].code, "missing");
}

#[test]
fn failures_of_the_platform_let_the_host_fall_back() {
    let answers: [(u16, &str, ErrorCode); 4] = [
        (500, "oops", ErrorCode::PlatformUnavailable),
        (429, "", ErrorCode::RateLimited),
        (200, "{\"token\":\"t\",\"selec", ErrorCode::PlatformAnswerInvalid),
        (404, "<html>", ErrorCode::ConfigInvalid),
    ];
    for (status, body, code) in answers {
        let shop = Shop::with(&[]);
        // Ids are known by now.
        shop.quote(&swedish());
        let store = std::sync::Arc::clone(&shop.store);
        let host = ScriptedHost::new(move |request, sent| {
            let path = request.url.strip_prefix("https://shop.centra.com").unwrap();
            if path.starts_with("/api/") {
                return Ok(ScriptedHost::text(status, body));
            }
            let headers: Vec<(&str, &str)> =
                request.headers.iter().map(|own| (own.name.as_str(), own.value.as_str())).collect();
            let (status, body) = centra_sim::direct::ask(&store, &request.method, path, &headers, sent);
            Ok(ScriptedHost::text(status, &String::from_utf8(body).unwrap()))
        });
        let mut broken = shop;
        broken.host = host;
        broken.restart();
        let error = broken.try_quote(&swedish(), false).unwrap_err();
        assert_eq!(error.code, code, "{status}");
        assert_eq!(error.retry == Retry::Never, code == ErrorCode::ConfigInvalid, "{status}");
    }
}

#[test]
fn a_cart_beyond_the_limits_is_refused_before_anything_is_sent() {
    let shop = Shop::with(&[]);
    let many = cart("SE", &vec![(100, 1); 201]);
    assert_eq!(shop.try_quote(&many, false).unwrap_err().field_errors[0].pointer, "/lines");
    let none = cart("SE", &[(100, 0)]);
    assert_eq!(shop.try_quote(&none, false).unwrap_err().field_errors[0].pointer, "/lines/0/quantity");
    assert!(shop.host.requests().is_empty());
}

#[test]
fn every_part_is_real_time_and_holds_for_five_minutes() {
    let quote = Shop::with(&[]).quote(&swedish());
    assert_eq!(quote.source, QuoteSource::Realtime);
    assert_eq!(quote.valid_until, quote.computed_at.plus_seconds(300));
    let parts: Value = json!(quote.parts);
    assert!(parts.as_object().unwrap().values().all(|part| part["source"] == "realtime"));
}

#[test]
fn every_delivery_method_takes_one_request_each() {
    let shop = Shop::with(&[]);
    let first = timeless(shop.try_quote(&swedish(), true).unwrap());
    assert!(first.shipping_methods.len() > 1 && first.shipping_methods.iter().all(|own| own.cart_total.is_some()));
    for _ in 0..2 {
        let before = shop.host.requests().len();
        assert_eq!(timeless(shop.try_quote(&swedish(), true).unwrap()), first);
        assert_eq!(shop.asked(before).len(), first.shipping_methods.len(), "{:?}", shop.asked(before));
    }
}

#[test]
fn what_is_sold_no_more_is_not_looked_for_at_every_quote() {
    let shop = Shop::with(&[]);
    let cart = cart("SE", &[(100, 1), (200, 1)]);
    assert_eq!(said(&shop.quote(&cart)), []);
    assert!(shop.store.alter(centra_sim::alteration::Alteration::Remove(centra_sim::value::Kind::Display, 2)));
    assert_eq!(said(&shop.quote(&cart)), [("not_for_sale", "/lines/1/variant_id")]);
    let before = shop.host.requests().len();
    assert_eq!(said(&shop.quote(&cart)), [("not_for_sale", "/lines/1/variant_id")]);
    assert_eq!(shop.asked(before).len(), shop.host.requests().len() - before, "the catalog was asked again");
}
