//! A store on sale: prices by every route against what the store itself charges, now and at every second at which anything changes.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use centra_sim::{
    Seed, SimConfig,
    clock::Clock,
    date::Zone,
    permissions::Granted,
    sale::{
        Rules, Settings, effective,
        settings::{Overlap, Rounding},
    },
    storefront,
    value::Kind,
};
use connector_api::{
    Connector,
    domain::{ExternalId, Price, PriceSource, Timestamp},
    testing::block_on,
    wire::{
        Op,
        pull::{EntityRef, FetchRequest, Page, PullRequest, Record, Stream},
    },
};
use serde_json::{Value, json};

use crate::{
    shop::{SECRET, Shop},
    store::{call, pull_all, request},
};

/// The second at which the scripted host's clock stands.
pub(crate) const NOW: i64 = 1_767_225_600;
pub(crate) const CATALOG_TOKEN: &str = "right-catalog-token";
pub(crate) const SESSION_TOKEN: &str = "right-session-token";
pub(crate) const STOREFRONT_SECRET: &str = "right-storefront-secret";

/// A way by which prices are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Computed,
    Checkout,
    Storefront,
}

pub(crate) fn storefront_settings() -> Value {
    json!({ "store_id": 1, "shop_api": "storefront_api",
        "storefront_url": "api-no-session", "storefront_token": CATALOG_TOKEN,
        "storefront_session_url": "https://shop.centra.com/api-session", "storefront_session_token": SESSION_TOKEN,
        "storefront_shared_secret": STOREFRONT_SECRET })
}

/// A store whose clock stands where the host's does, with the demo's sale.
#[expect(clippy::disallowed_methods, reason = "the simulated store starts by the machine's own clock")]
pub(crate) fn config(rules: Rules) -> SimConfig {
    let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    SimConfig {
        clock_skew_s: NOW - i64::try_from(machine).unwrap(),
        sale: Settings { rules, seeded: true, ..Settings::default() },
        storefront: storefront::Settings {
            no_session_token: Some(CATALOG_TOKEN.to_owned()),
            session_token: Some(SESSION_TOKEN.to_owned()),
            secret: Some(STOREFRONT_SECRET.to_owned()),
            ..storefront::Settings::default()
        },
        ..SimConfig::default()
    }
}

fn shop(config: SimConfig, route: Route) -> Shop {
    let (secret, settings) = match route {
        Route::Computed => ("", json!({ "store_id": 1 })),
        Route::Checkout => (SECRET, json!({ "store_id": 1 })),
        Route::Storefront => ("", storefront_settings()),
    };
    let shop = Shop::start(config, secret, settings);
    shop.store.set_clock(|_| Clock::Stopped { at: NOW });
    shop
}

fn prices(pages: &[Page]) -> Vec<Price> {
    let records = pages.iter().flat_map(|page| &page.records);
    records.map(|record| if let Record::Price(price) = record { price.clone() } else { panic!("{record:?}") }).collect()
}

fn read(shop: &Shop) -> (Vec<Page>, Vec<Price>) {
    let pages = block_on(pull_all(&shop.centra, request(Stream::Prices)));
    let prices = prices(&pages);
    (pages, prices)
}

/// The price that holds, by the contract's order of precedence.
fn holding(prices: &[&Price], market: i64, at: Timestamp) -> Option<Price> {
    let market = ExternalId::from(market);
    let holds = |own: &&&Price| {
        own.market_id.as_ref().is_none_or(|own| *own == market)
            && own.valid_from.is_none_or(|from| from <= at)
            && own.valid_until.is_none_or(|until| at < until)
    };
    let found = prices.iter().filter(holds).max_by_key(|own| (own.market_id.is_some(), own.valid_from));
    found.map(|own| (*own).clone())
}

/// Compares every price with what the store charges at these seconds; gives how many are reduced.
fn compare(shop: &Shop, prices: &[Price], seconds: &[i64]) -> usize {
    let overlay = shop.store.overlay();
    let mut reduced = 0;
    let keys: BTreeSet<(ExternalId, ExternalId)> =
        prices.iter().map(|own| (own.priced_id.clone(), own.pricelist_id.clone().unwrap())).collect();
    assert!(keys.len() > 20, "{}", keys.len());
    for second in seconds {
        shop.store.set_clock(|_| Clock::Stopped { at: *second });
        let at = Timestamp::from_unix_ms(second * 1_000).unwrap();
        let view = shop.store.view(&overlay);
        for (variant, list) in &keys {
            let own: Vec<&Price> = prices
                .iter()
                .filter(|own| own.priced_id == *variant && own.pricelist_id.as_ref() == Some(list))
                .collect();
            for market in [1, 2, 3] {
                let [variant, list] = [variant, list].map(|id| id.as_str().parse::<i64>().unwrap());
                let expected = effective(view, variant, list, market).map(|own| (own.minor(), own.is_reduced()));
                let found = holding(&own, market, at);
                let found = found.map(|own| (own.amount.amount_minor, own.list_amount.is_some()));
                assert_eq!(found, expected, "variant {variant}, pricelist {list}, market {market}, {at}");
                reduced += usize::from(expected.is_some_and(|own| own.1));
            }
        }
    }
    shop.store.set_clock(|_| Clock::Stopped { at: NOW });
    reduced
}

/// Now, and around every second at which anything changes from now on.
fn boundaries(prices: &[Price]) -> Vec<i64> {
    let bounds = prices.iter().flat_map(|own| [own.valid_from, own.valid_until]).flatten();
    let mut seconds: Vec<i64> = bounds
        .map(|at| at.as_unix_ms() / 1_000)
        .flat_map(|at| [at - 1, at])
        .chain([NOW])
        .filter(|at| *at >= NOW)
        .collect();
    seconds.sort_unstable();
    seconds.dedup();
    seconds
}

#[test]
fn every_route_gives_what_the_store_charges_now_and_when_anything_changes() {
    for route in [Route::Computed, Route::Checkout, Route::Storefront] {
        let shop = shop(config(Rules::default()), route);
        let (pages, prices) = read(&shop);
        let notices: Vec<_> = pages.iter().flat_map(|page| &page.notices).collect();
        assert!(notices.is_empty() && pages.iter().all(|page| page.skipped == 0), "{route:?}: {notices:?}");
        let seconds = boundaries(&prices);
        assert!(seconds.len() > 5, "{route:?}: {seconds:?}");
        assert!(compare(&shop, &prices, &seconds) > 100, "{route:?}");
        let platform = prices.iter().filter(|own| own.source == PriceSource::Platform).count();
        assert_eq!(platform > 0, route != Route::Computed, "{route:?}");
    }
}

#[test]
fn the_stores_own_price_counts_whatever_its_rules_are() {
    let rules = [
        Rules { overlap: Overlap::Stacked, ..Rules::default() },
        Rules { overlap: Overlap::HighestId, ..Rules::default() },
        Rules { rounding: Rounding::Floor, ..Rules::default() },
        Rules { rounding: Rounding::Unrounded, ..Rules::default() },
    ];
    for rules in rules {
        for route in [Route::Checkout, Route::Storefront] {
            let shop = shop(config(rules), route);
            let (pages, prices) = read(&shop);
            assert!(compare(&shop, &prices, &[NOW]) > 20, "{route:?} {rules:?}");
            let differs = pages.iter().flat_map(|page| &page.notices).any(|own| own.code == "campaign_rules_differ");
            // One unit of rounding is no other rule.
            assert_eq!(differs, rules.overlap != Overlap::Lowest, "{route:?} {rules:?}");
        }
    }
}

#[test]
fn without_the_permission_for_campaigns_the_store_still_says_what_it_charges() {
    for (route, shown) in [(Route::Checkout, false), (Route::Checkout, true), (Route::Storefront, false)] {
        let mut config = config(Rules::default());
        config.permissions = Granted::parse("all,-Campaign:read");
        config.sale.campaigns_shown = shown;
        let shop = shop(config, route);
        let (pages, prices) = read(&shop);
        assert!(pages.iter().all(|page| page.skipped == 0));
        assert!(compare(&shop, &prices, &[NOW]) > 20, "{route:?}");
        let starts_later = prices.iter().any(|own| own.valid_from.is_some_and(|at| at.as_unix_ms() > NOW * 1_000));
        assert_eq!(starts_later, shown, "{route:?}: what the store lists of the future is known");
        let ends = prices.iter().any(|own| own.valid_until.is_some());
        assert_eq!(ends, shown || route == Route::Storefront, "{route:?}");
        if shown {
            compare(&shop, &prices, &boundaries(&prices));
        }
    }
}

#[test]
fn the_lowest_price_comes_from_the_storefront_and_is_not_the_one_struck_through() {
    let (_, prices) = read(&shop(config(Rules::default()), Route::Storefront));
    let reduced: Vec<&Price> =
        prices.iter().filter(|own| own.source == PriceSource::Platform && own.market_id.is_some()).collect();
    assert!(!reduced.is_empty());
    for own in &reduced {
        let (list, lowest) = (own.list_amount.unwrap(), own.lowest_amount.unwrap());
        assert!(
            lowest.amount_minor <= own.amount.amount_minor && own.amount.amount_minor < list.amount_minor,
            "{own:?}"
        );
    }
}

#[test]
fn a_route_that_is_set_up_wrong_is_passed_over_and_said() {
    let mut shop = shop(config(Rules::default()), Route::Storefront);
    let mut settings = storefront_settings();
    settings["storefront_token"] = json!(SESSION_TOKEN);
    shop.reconnect(settings);
    let (pages, prices) = read(&shop);
    let codes: Vec<&str> = pages[0].notices.iter().map(|own| own.code.as_str()).collect();
    assert_eq!(codes, ["price_route_failed"], "{:?}", pages[0].notices);
    assert!(prices.iter().all(|own| own.source == PriceSource::Computed));
    compare(&shop, &prices, &[NOW]);
    let wrong = Shop::start(config(Rules::default()), "wrong-secret", json!({ "store_id": 1 }));
    let (pages, prices) = read(&wrong);
    assert_eq!(pages[0].notices[0].code, "price_route_failed");
    assert!(pages[0].notices[0].message.contains("Checkout API"), "{}", pages[0].notices[0].message);
    assert!(prices.iter().all(|own| own.source == PriceSource::Computed));
}

#[test]
fn single_variants_and_display_items_cost_what_the_pass_says() {
    for route in [Route::Computed, Route::Checkout, Route::Storefront] {
        let shop = shop(config(Rules::default()), route);
        let (_, all) = read(&shop);
        let ids: BTreeSet<ExternalId> = all.iter().map(|own| own.priced_id.clone()).take(30).collect();
        let refs = ids.iter().map(|id| EntityRef { stream: Stream::Prices, id: id.clone() }).collect();
        let answer = block_on(shop.centra.fetch(&call(&Op::Fetch), FetchRequest { refs })).unwrap();
        let found = prices(&[Page { records: answer.records, ..Page::default() }]);
        let sorted = |mut own: Vec<Price>| {
            own.sort_by_key(|own| format!("{:?}", (&own.priced_id, &own.pricelist_id, &own.market_id, own.valid_from)));
            own
        };
        let expected: Vec<Price> = all.iter().filter(|own| ids.contains(&own.priced_id)).cloned().collect();
        assert_eq!(sorted(found), sorted(deduplicated(expected)), "{route:?}");
        let item = {
            let overlay = shop.store.overlay();
            let view = shop.store.view(&overlay);
            let is_sold = |id: &i64| {
                let variants = view.references(Kind::DisplayItem, *id, "productVariant");
                all.iter().any(|own| own.market_id.is_some() && own.priced_id == ExternalId::from(variants[0]))
            };
            view.ids_after(Kind::DisplayItem, 0).find(is_sold).unwrap()
        };
        let refs = vec![EntityRef { stream: Stream::Offers, id: format!("item:{item}").into() }];
        let answer = block_on(shop.centra.fetch(&call(&Op::Fetch), FetchRequest { refs })).unwrap();
        let of_item = answer.records.into_iter().filter(|own| matches!(own, Record::Price(_))).collect();
        let found = prices(&[Page { records: of_item, ..Page::default() }]);
        let variant = found[0].priced_id.clone();
        let expected: Vec<Price> = all.iter().filter(|own| own.priced_id == variant).cloned().collect();
        assert_eq!(sorted(found), sorted(deduplicated(expected)), "{route:?}");
    }
}

/// Pages of several markets repeat regular prices.
fn deduplicated(prices: Vec<Price>) -> Vec<Price> {
    let mut own: Vec<Price> = vec![];
    for price in prices {
        if !own.contains(&price) {
            own.push(price);
        }
    }
    own
}

/// Requests of a pass over all prices of a store with so many variants on sale, but for the schema.
fn requests(route: Route, products: u32) -> (usize, usize) {
    let mut config = config(Rules::default());
    config.seed = Seed::Large(products);
    let shop = shop(config, route);
    read(&shop);
    let asked: Vec<String> = shop
        .host
        .requests()
        .into_iter()
        .map(|(request, _)| request.operation)
        .filter(|own| own != "Introspection")
        .collect();
    let campaigns = asked.iter().filter(|own| own.starts_with("Campaign")).count();
    (asked.len(), campaigns)
}

#[test]
fn a_pass_takes_hardly_more_requests_than_it_must() {
    const PRODUCTS: u32 = 2_000;
    for route in [Route::Computed, Route::Checkout, Route::Storefront] {
        let config = SimConfig { seed: Seed::Large(PRODUCTS), ..config(Rules::default()) };
        let (rows, variants) = {
            let shop = shop(config, Route::Computed);
            let overlay = shop.store.overlay();
            let rows = overlay.campaigns.current().map(|own| own.variants.len().div_ceil(200)).sum::<usize>();
            (rows, usize::try_from(shop.store.view(&overlay).count(Kind::DisplayItem)).unwrap())
        };
        let least = rows
            + match route {
                Route::Computed => 4 * variants.div_ceil(200),
                Route::Checkout => 3 * variants.div_ceil(100),
                Route::Storefront => variants.div_ceil(100),
            };
        let (asked, campaigns) = requests(route, PRODUCTS);
        // Beside the pages: the lists of campaigns, markets and pricelists, and one look at whether the route works.
        assert!(
            asked * 10 <= least * 11 + 60,
            "{route:?}: {asked} requests, {least} at least, {campaigns} of campaigns"
        );
    }
}

#[test]
fn campaigns_that_take_several_calls_lead_to_no_checkpoint_twice() {
    for route in [Route::Computed, Route::Checkout, Route::Storefront] {
        let shop = shop(SimConfig { seed: Seed::Large(8_000), ..config(Rules::default()) }, route);
        let mut from = request(Stream::Prices);
        let mut seen = BTreeSet::new();
        let mut empty = 0;
        // The first pages are those that read campaigns.
        for _ in 0..8 {
            let page = block_on(shop.centra.pull(&call(&Op::Pull), from.clone())).unwrap();
            empty += usize::from(page.records.is_empty());
            let Some(next) = page.next else { break };
            assert!(seen.insert(serde_json::to_string(&next).unwrap()), "{route:?}: {next:?} again");
            from.checkpoint = Some(next);
        }
        assert!(empty > 1, "{route:?}: campaigns take several calls");
    }
}

#[test]
fn times_without_a_zone_make_no_price_and_a_wrong_zone_is_noticed_where_the_store_says_what_it_charges() {
    let with = |zone: Zone, route: Route| {
        let mut config = config(Rules::default());
        config.zone = zone;
        read(&shop(config, route))
    };
    let has = |pages: &[Page], code: &str| pages.iter().flat_map(|page| &page.notices).any(|own| own.code == code);
    let (pages, prices) = with(Zone::Left, Route::Computed);
    assert!(has(&pages, "campaign_time_unreadable"));
    assert!(prices.iter().all(|own| own.list_amount.is_none()), "nothing is reduced by a guess");
    assert!(prices.iter().any(|own| own.source == PriceSource::Regular));
    let mut config = config(Rules::default());
    config.zone = Zone::Wrong;
    let shop = shop(config, Route::Storefront);
    let (pages, prices) = read(&shop);
    assert!(has(&pages, "campaign_rules_differ"));
    compare(&shop, &prices, &[NOW]);
}

/// A store whose carts are priced through the Storefront API, and whose catalog is not: prices are computed.
fn with_carts_alone(rules: Rules) -> Shop {
    let mut settings = storefront_settings();
    for name in ["storefront_url", "storefront_token"] {
        settings.as_object_mut().unwrap().remove(name);
    }
    let shop = Shop::start(config(rules), "", settings);
    shop.store.set_clock(|_| Clock::Stopped { at: NOW });
    shop
}

#[test]
fn computed_prices_are_compared_with_a_cart_once_a_day() {
    let carts = |shop: &Shop| {
        let operations = shop.host.requests().into_iter().map(|(request, _)| request.operation);
        operations.filter(|own| own == "StorefrontCartRead").count()
    };
    let said = |pages: &[Page]| {
        let notices = pages.iter().flat_map(|page| &page.notices);
        notices.filter(|own| own.code == "campaign_rules_differ").map(|own| own.message.clone()).collect::<Vec<_>>()
    };
    for (rules, differs) in [
        (Rules::default(), false),
        (Rules { rounding: Rounding::Floor, ..Rules::default() }, false),
        (Rules { overlap: Overlap::Stacked, ..Rules::default() }, true),
    ] {
        let shop = with_carts_alone(rules);
        block_on(pull_all(&shop.centra, PullRequest { probe: true, ..request(Stream::Prices) }));
        assert_eq!(carts(&shop), 0, "a probe makes no cart");
        let (pages, prices) = read(&shop);
        assert!(prices.iter().any(|own| own.source == PriceSource::Computed && own.list_amount.is_some()));
        assert_eq!(carts(&shop), 1, "{rules:?}");
        let reported = said(&pages);
        assert_eq!(reported.len(), usize::from(differs), "{rules:?}: {reported:?}");
        assert!(reported.iter().all(|own| own.contains("A cart of the store charges")), "{reported:?}");
        read(&shop);
        assert_eq!(carts(&shop), 1, "{rules:?}: once a day");
    }
}

#[test]
fn a_cart_that_cannot_be_priced_keeps_no_computed_price_back() {
    let shop = with_carts_alone(Rules::default());
    shop.always("StorefrontCart", "<html>maintenance</html>".to_owned());
    let (pages, prices) = read(&shop);
    assert!(prices.iter().any(|own| own.list_amount.is_some()));
    assert!(pages.iter().all(|page| page.skipped == 0 && page.notices.is_empty()));
    // A failed request makes the host doubt the pass: a cart that cannot be priced does not do that every day.
    let tries = |shop: &Shop| {
        let operations = shop.host.requests().into_iter().map(|(request, _)| request.operation);
        operations.filter(|own| own.starts_with("StorefrontCart")).count()
    };
    let before = tries(&shop);
    for (days, more) in [(2, false), (6, false), (8, true)] {
        shop.host.set_clock(Timestamp::from_unix_ms((NOW + days * 86_400) * 1_000).unwrap());
        read(&shop);
        assert_eq!(tries(&shop) > before, more, "{days} days later");
    }
}
