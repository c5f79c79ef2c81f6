//! Guesses held against a store: each switch of the simulated store turns its guess over, and what a store does not hold is not judged.

use std::collections::BTreeMap;

use centra_sim::{
    SimConfig,
    clock::Clock,
    date::Zone,
    permissions::Granted,
    sale::{
        Campaign, CampaignVariant, Rules,
        settings::{AboveList, EmptyList, Fixed, Overlap, Rounding, Stop},
    },
    seed::locations::currency::SEK,
    value::Kind,
};
use connector_api::{
    Connector, ErrorCode,
    testing::block_on,
    wire::{
        Op,
        probe::{Assumption, ProbeRequest, Verdict},
    },
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    sale::{NOW, config, storefront_settings},
    shop::{SECRET, Shop},
    store::call,
};

const DAY: i64 = 86_400;

/// Makes a store compute otherwise.
type Change = fn(&mut Rules);

/// Ids that only a cart or an edit of the store shows.
const BY_HAND: [&str; 5] =
    ["campaign_row_events", "cart_discount_signs", "cart_line_tax", "secret_refusal", "storefront_shipping_ids"];

fn row(variant: i64, percent: Option<&str>, fixed: Option<i64>, start: i64, stop: i64) -> CampaignVariant {
    CampaignVariant {
        variant,
        percent: percent.map(|own| own.parse::<Decimal>().unwrap()),
        fixed: fixed.map(|minor| (minor, SEK)),
        start_at: NOW + start,
        stop_at: NOW + stop,
        status: "ACTIVE".to_owned(),
        show_sale: true,
        show_news: false,
    }
}

/// A campaign for every kind of case: overlapping ones, uneven percentages, fixed prices on either side of the regular one, one without
/// markets, one that ends at this second.
fn put_sale(shop: &Shop) {
    let variants: Vec<i64> = {
        let overlay = shop.store.overlay();
        let view = shop.store.view(&overlay);
        let is_sold = |id: &i64| {
            view.price(*id, 1).is_some() && !view.references(Kind::ProductVariant, *id, "displays").is_empty()
        };
        view.ids_after(Kind::ProductVariant, 0).filter(is_sold).take(24).collect()
    };
    let uneven = variants[8..20].iter().map(|own| row(*own, Some("17.3"), None, -DAY, DAY)).collect();
    let all: [(&[i64], Vec<CampaignVariant>); 7] = [
        (&[1, 2, 3], variants[..4].iter().map(|own| row(*own, Some("30"), None, -10 * DAY, 20 * DAY)).collect()),
        (&[1, 2, 3], variants[..4].iter().map(|own| row(*own, Some("15"), None, -2 * DAY, 5 * DAY)).collect()),
        (&[1, 2, 3], uneven),
        (&[1], vec![row(variants[4], None, Some(10_000), -DAY, DAY)]),
        (&[1], vec![row(variants[5], None, Some(99_999_900), -DAY, DAY)]),
        (&[], vec![row(variants[6], Some("20"), None, -DAY, DAY)]),
        (&[1, 2, 3], vec![row(variants[7], Some("20"), None, -DAY, 0)]),
    ];
    for (id, (markets, variants)) in (1..).zip(all) {
        let is_fixed = variants[0].fixed.is_some();
        let campaign = Campaign {
            id,
            name: format!("Campaign {id}"),
            status: "ACTIVE".to_owned(),
            store: 1,
            markets: markets.to_vec(),
            pricelists: if is_fixed { vec![1] } else { vec![1, 2, 3, 4] },
            created_at: NOW - 30 * DAY,
            updated_at: NOW - 30 * DAY,
            variants,
        };
        shop.store.put_campaign(|_| Ok(campaign)).unwrap();
    }
}

fn on_sale(change: impl FnOnce(&mut SimConfig)) -> SimConfig {
    let mut config = config(Rules::default());
    config.sale.seeded = false;
    config.sale.campaigns_shown = true;
    change(&mut config);
    config
}

fn open(config: SimConfig, secret: &str, settings: Value) -> Shop {
    let shop = Shop::start(config, secret, settings);
    shop.store.set_clock(|_| Clock::Stopped { at: NOW });
    shop
}

fn probe(shop: &Shop) -> Vec<Assumption> {
    block_on(shop.centra.probe(&call(&Op::Probe), ProbeRequest {})).unwrap().assumptions
}

fn by_id(assumptions: Vec<Assumption>) -> BTreeMap<String, Assumption> {
    assumptions.into_iter().map(|own| (own.id.clone(), own)).collect()
}

/// What is said of a store with every kind of case, of which this is otherwise.
fn probed(change: impl FnOnce(&mut SimConfig)) -> BTreeMap<String, Assumption> {
    let shop = open(on_sale(change), SECRET, storefront_settings());
    put_sale(&shop);
    by_id(probe(&shop))
}

fn ids(assumptions: &BTreeMap<String, Assumption>, verdict: &Verdict) -> Vec<String> {
    assumptions.values().filter(|own| own.verdict == *verdict).map(|own| own.id.clone()).collect()
}

#[test]
fn a_store_as_it_is_guessed_to_be_confirms_what_can_be_seen_without_changing_it() {
    let found = probed(|_| {});
    assert_eq!(ids(&found, &Verdict::Refuted), Vec::<String>::new(), "{found:#?}");
    let mut not_seen = BY_HAND.to_vec();
    // The demo has fewer products than a page takes.
    not_seen.insert(3, "products_page");
    assert_eq!(ids(&found, &Verdict::NotSeen), not_seen, "{found:#?}");
    assert!(found.values().all(|own| !own.seen.is_empty() && !own.otherwise.is_empty()));
}

#[test]
fn each_switch_refutes_its_guess_and_no_other() {
    let rules: [(&str, Change); 9] = [
        ("campaign_overlap", |own| own.overlap = Overlap::Stacked),
        ("campaign_overlap", |own| own.overlap = Overlap::LatestStart),
        ("campaign_overlap", |own| own.overlap = Overlap::HighestId),
        ("percent_rounding", |own| own.rounding = Rounding::Floor),
        ("percent_rounding", |own| own.rounding = Rounding::Unrounded),
        ("fixed_is_price", |own| own.fixed = Fixed::AmountOff),
        ("fixed_above_regular", |own| own.above = AboveList::Applied),
        ("campaign_without_list", |own| own.empty = EmptyList::Everything),
        ("campaign_end", |own| own.stop = Stop::Inclusive),
    ];
    let probed_by_rule = rules.map(|(id, change)| (id, probed(|config| change(&mut config.sale.rules))));
    let zones = [Zone::Left, Zone::Wrong].map(|zone| ("time_offsets", probed(|config| config.zone = zone)));
    for (id, found) in probed_by_rule.into_iter().chain(zones) {
        let refuted = ids(&found, &Verdict::Refuted);
        // A fixed price above the regular one, taken off, comes to nothing.
        let mut expected = vec![id.to_owned()];
        if id == "fixed_is_price" {
            expected.insert(0, "fixed_above_regular".to_owned());
        }
        assert_eq!(refuted, expected, "{found:#?}");
    }
}

#[test]
fn a_store_without_a_sale_shows_little_and_each_guess_says_how_to_see_it() {
    let shop = open(on_sale(|_| {}), SECRET, storefront_settings());
    let found = by_id(probe(&shop));
    assert_eq!(ids(&found, &Verdict::Refuted), Vec::<String>::new(), "{found:#?}");
    assert_eq!(ids(&found, &Verdict::Confirmed), ["campaign_root", "status_active", "token_refusal"], "{found:#?}");
    let overlap = &found["campaign_overlap"].seen;
    assert!(overlap.starts_with("No campaign is in use.") && overlap.contains("To see it: put one"), "{overlap}");
}

#[test]
fn without_a_route_to_the_stores_price_nothing_is_said_of_how_campaigns_are_computed() {
    let shop = open(on_sale(|_| {}), "", json!({ "store_id": 1 }));
    put_sale(&shop);
    let found = by_id(probe(&shop));
    assert_eq!(ids(&found, &Verdict::Confirmed), ["campaign_root", "row_reduction", "status_active"], "{found:#?}");
    assert!(found["campaign_overlap"].seen.contains("Checkout API's shared secret"), "{found:#?}");
    let mut config = on_sale(|_| {});
    config.permissions = Granted::parse("all,-Campaign:read");
    let shop = open(config, SECRET, storefront_settings());
    put_sale(&shop);
    let found = by_id(probe(&shop));
    assert!(found["campaign_overlap"].seen.contains("Campaign:read"), "{found:#?}");
    assert_eq!(ids(&found, &Verdict::Refuted), Vec::<String>::new(), "{found:#?}");
}

#[test]
fn the_checkout_api_alone_settles_the_same_but_for_refusals() {
    let shop = open(on_sale(|_| {}), SECRET, json!({ "store_id": 1 }));
    put_sale(&shop);
    let found = by_id(probe(&shop));
    assert_eq!(ids(&found, &Verdict::Refuted), Vec::<String>::new(), "{found:#?}");
    for id in ["campaign_overlap", "percent_rounding", "fixed_is_price", "time_offsets", "listed_variant"] {
        assert_eq!(found[id].verdict, Verdict::Confirmed, "{found:#?}");
    }
}

#[test]
fn an_outage_of_the_shop_leaves_the_rest_standing() {
    let shop = open(on_sale(|_| {}), "", storefront_settings());
    put_sale(&shop);
    shop.replace("StorefrontPrices", 503, "down for maintenance");
    let found = by_id(probe(&shop));
    assert_eq!(found["campaign_overlap"].verdict, Verdict::NotSeen);
    assert!(found["campaign_overlap"].seen.contains("fails for the moment"), "{found:#?}");
    assert_eq!(found["row_reduction"].verdict, Verdict::Confirmed);
}

#[test]
fn nothing_is_changed_and_few_requests_are_sent() {
    let shop = open(on_sale(|_| {}), SECRET, storefront_settings());
    put_sale(&shop);
    let before = shop.host.requests().len();
    probe(&shop);
    let requests: Vec<_> = shop.host.requests().into_iter().skip(before).map(|own| own.0).collect();
    assert!(requests.len() <= 14, "{:?}", requests.iter().map(|own| &own.operation).collect::<Vec<_>>());
    assert!(requests.iter().all(|own| own.idempotent && !own.cost.mutation), "{requests:#?}");
    assert!(requests.iter().all(|own| !own.url.ends_with("/api-session")), "no session is opened");
}

#[test]
fn a_refused_token_ends_the_probe() {
    let mut shop = open(on_sale(|_| {}), "", json!({ "store_id": 1 }));
    shop.store.token().is_valid = false;
    shop.restart();
    let failure = block_on(shop.centra.probe(&call(&Op::Probe), ProbeRequest {})).unwrap_err();
    assert_eq!(failure.code, ErrorCode::AuthInvalid);
}

#[test]
fn the_readme_lists_the_same_assumptions_in_the_same_order() {
    let readme = include_str!("../../README.md");
    let (_, after) = readme.split_once("## Assumptions").unwrap();
    let (section, _) = after.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let listed: Vec<&str> = rows
        .filter_map(|line| line.split('|').nth(2))
        .map(|cell| cell.trim().trim_matches('`'))
        .filter(|id| !id.is_empty() && *id != "id")
        .collect();
    let shop = open(on_sale(|_| {}), "", json!({ "store_id": 1 }));
    let judged: Vec<String> = probe(&shop).into_iter().map(|own| own.id).collect();
    assert_eq!(listed, judged);
}
