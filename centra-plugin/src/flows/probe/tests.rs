//! What is said of a guess by what was seen, without a store.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Money, Timestamp},
    wire::probe::{Assumption, Verdict},
};
use serde_json::{Value, json};

use super::{
    cases::{Charged, Sample, cases},
    evidence::Evidence,
    fixed_price, judged, overlap, rounding,
    sampling::chosen,
};
use crate::wire::campaign::{Campaign, CampaignRow};

const NOW: &str = "2026-01-01T00:00:00Z";
/// When rows stop, as the Checkout API writes it.
const STOP: &str = "2026-02-01T01:00:00+0100";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn nothing() -> Evidence {
    let not = || "It was not asked for.".to_owned();
    Evidence {
        schema: None,
        enums: [].into(),
        rows: Ok(vec![]),
        samples: Ok(vec![]),
        charged: Err(not()),
        cases: vec![],
        listed: Err(not()),
        page: Err(not()),
        sizes: Err(not()),
        events: Err(not()),
        refusal: Err(not()),
    }
}

fn of(evidence: &Evidence, id: &str) -> Assumption {
    judged(evidence).into_iter().find(|own| own.id == id).unwrap()
}

fn verdict(evidence: &Evidence, id: &str) -> Verdict {
    of(evidence, id).verdict
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A row of a campaign in market 1 and pricelist 1, of variant 5 unless told otherwise.
fn row(campaign: i64, reduction: &Value) -> (Campaign, CampaignRow) {
    let head = json!({ "id": campaign, "status": "ACTIVE", "markets": [{ "id": 1 }], "pricelists": [{ "id": 1, "currency": { "code": "EUR" } }] });
    let mut row = json!({ "id": campaign * 10, "status": "ACTIVE", "startAt": format!("2025-12-{:02}T01:00:00+01:00", 10 + campaign),
        "stopAt": "2026-02-01T01:00:00+01:00", "productVariant": { "id": 5 } });
    row.as_object_mut().unwrap().extend(reduction.as_object().unwrap().clone());
    (read(head), read(row))
}

fn percent(campaign: i64, percent: &str) -> (Campaign, CampaignRow) {
    row(campaign, &json!({ "discountPercent": percent }))
}

fn fixed(campaign: i64, value: i64) -> (Campaign, CampaignRow) {
    row(
        campaign,
        &json!({ "fixedPrice": { "value": value, "valueInCents": value * 100, "currency": { "code": "EUR" } } }),
    )
}

fn sample(variant: i64, regular: i64, rows: &[(Campaign, CampaignRow)]) -> Sample {
    let regular = [(1, Money { amount_minor: regular, currency: "EUR".parse().unwrap() })].into();
    Sample { variant, items: vec![variant + 100], regular, rows: rows.to_vec() }
}

fn charged(variant: i64, amount: &str, original: &str) -> Charged {
    Charged {
        variant,
        pricelist: 1,
        market: 1,
        currency: "EUR".parse().unwrap(),
        amount: amount.parse().unwrap(),
        original: original.parse().unwrap(),
        times: (None, None),
    }
}

/// What is said of one price, 100.00 without these rows.
fn priced(rows: &[(Campaign, CampaignRow)], amount: &str) -> Vec<super::cases::Case> {
    cases(&[sample(5, 10_000, rows)], &[charged(5, amount, "100")], now())
}

#[test]
fn of_several_campaigns_the_price_reports_which_counts() {
    let rows = [percent(1, "30"), percent(2, "15")];
    let of = |amount: &str| overlap::judge(&priced(&rows, amount), "nothing");
    assert_eq!(of("70").verdict, Verdict::Confirmed, "{:?}", of("70"));
    for (amount, rule) in [("85", "began last; or the campaign with the highest id"), ("59.50", "one after the other")]
    {
        let found = of(amount);
        assert!(found.verdict == Verdict::Refuted && found.seen.contains(rule), "{found:?}");
    }
    let found = of("42");
    assert!(found.verdict == Verdict::Refuted && found.seen.contains("none of the rules"), "{found:?}");
    // The best campaign is the last one, too.
    let found = overlap::judge(&priced(&[percent(1, "15"), percent(2, "30")], "70"), "nothing");
    assert_eq!(found.verdict, Verdict::NotSeen, "{found:?}");
    assert!(found.seen.contains("costs 70.00 EUR") && found.seen.contains("began last"), "{found:?}");
}

#[test]
fn rounding_shows_only_where_there_is_something_to_round() {
    let of = |regular: i64, original: &str, amount: &str| {
        let cases = cases(&[sample(5, regular, &[percent(1, "15")])], &[charged(5, amount, original)], now());
        rounding::judge(&cases, "nothing")
    };
    assert_eq!(of(10_000, "100", "85").verdict, Verdict::NotSeen);
    // 88.89 less 15 % is 75.5565, 88.85 less 15 % is 75.5225.
    assert_eq!(of(8_889, "88.89", "75.56").verdict, Verdict::Confirmed);
    assert_eq!(of(8_889, "88.89", "75.55").verdict, Verdict::Refuted);
    assert_eq!(of(8_889, "88.89", "75.5565").verdict, Verdict::Refuted);
    assert_eq!(of(8_885, "88.85", "75.52").verdict, Verdict::NotSeen, "down comes to the same");
    assert_eq!(of(8_889, "88.89", "60").seen, "nothing", "that is no rounding");
    // 0.10 less 15 % is exactly in the middle of 0.08 and 0.09.
    let middle = of(10, "0.10", "0.09");
    assert!(middle.verdict == Verdict::Confirmed && !middle.seen.contains("even"), "{middle:?}");
}

#[test]
fn a_fixed_price_is_distinguished_from_an_amount_off() {
    let of = |value: i64, amount: &str| fixed_price::judge(&priced(&[fixed(1, value)], amount), "nothing").verdict;
    assert_eq!(of(30, "30"), Verdict::Confirmed);
    assert_eq!(of(30, "70"), Verdict::Refuted);
    assert_eq!(of(50, "50"), Verdict::NotSeen, "both come to 50");
    let above = |amount: &str| fixed_price::judge_above(&priced(&[fixed(1, 400)], amount), "nothing").verdict;
    assert_eq!((above("100"), above("400")), (Verdict::Confirmed, Verdict::Refuted));
}

#[test]
fn what_else_may_have_made_a_price_is_no_case() {
    let without_offset = row(2, &json!({ "discountPercent": 10, "stopAt": "2026-02-01 00:00:00" }));
    assert_eq!(priced(&[percent(1, "30"), without_offset], "70").len(), 0);
    let other_regular = cases(&[sample(5, 9_000, &[percent(1, "30")])], &[charged(5, "70", "100")], now());
    assert_eq!(other_regular.len(), 0, "the shop does not sell it for that");
    // A row that is not in use, or of another market, holds nothing up.
    let idle = row(2, &json!({ "discountPercent": 10, "status": "INACTIVE" }));
    let mut elsewhere = percent(3, "10");
    elsewhere.0.markets[0].id = 2;
    let found = priced(&[percent(1, "30"), idle, elsewhere], "70");
    assert_eq!((found.len(), found[0].holding.len()), (1, 1));
}

#[test]
fn samples_are_taken_of_every_kind_of_row() {
    let mut rows: Vec<_> = (100..200).map(|variant| with_variant(percent(1, "30"), variant)).collect();
    rows.extend([
        with_variant(percent(2, "10"), 100),
        with_variant(fixed(3, 20), 300),
        with_variant(percent(4, "12.5"), 400),
    ]);
    let mut without_market = with_variant(percent(5, "20"), 500);
    without_market.0.markets.clear();
    let over = with_variant(row(6, &json!({ "discountPercent": 20, "stopAt": "2025-12-31T00:00:00+00:00" })), 600);
    let ending = with_variant(row(7, &json!({ "discountPercent": 20, "stopAt": NOW })), 700);
    rows.extend([without_market, over, ending]);
    let chosen = chosen(&rows, now());
    for variant in [100, 300, 400, 500, 700] {
        assert!(chosen.contains(&variant), "{variant}: {chosen:?}");
    }
    assert!(!chosen.contains(&600) && chosen.len() < 20, "{chosen:?}");
}

fn with_variant(mut own: (Campaign, CampaignRow), variant: i64) -> (Campaign, CampaignRow) {
    own.1.product_variant = Some(crate::wire::Id { id: variant });
    own
}

#[test]
fn rows_with_both_reductions_or_none_refute_that_there_is_one() {
    let both = row(2, &json!({ "discountPercent": 10, "fixedPrice": { "value": 5, "currency": { "code": "EUR" } } }));
    let seen = |rows: &[(Campaign, CampaignRow)]| {
        let enums = [("CampaignVariantType".to_owned(), vec!["PERCENT".to_owned(), "FIXED".to_owned()])].into();
        of(&Evidence { rows: Ok(rows.to_vec()), enums, ..nothing() }, "row_reduction")
    };
    let found = seen(&[percent(1, "30"), fixed(2, 10)]);
    assert!(found.verdict == Verdict::Confirmed && found.seen.contains("PERCENT, FIXED"), "{found:?}");
    assert_eq!(seen(&[percent(1, "30"), both]).verdict, Verdict::Refuted);
    assert_eq!(seen(&[percent(1, "30"), row(2, &json!({}))]).verdict, Verdict::Refuted);
    assert_eq!(seen(&[]).verdict, Verdict::NotSeen);
}

#[test]
fn values_of_enums_are_looked_at() {
    let of = |name: &str, values: &[&str], id: &str| {
        let enums = [(name.to_owned(), values.iter().map(|own| (*own).to_owned()).collect())].into();
        verdict(&Evidence { enums, ..nothing() }, id)
    };
    assert_eq!(of("Status", &["ACTIVE", "INACTIVE", "DELETED"], "status_active"), Verdict::Confirmed);
    assert_eq!(of("Status", &["ENABLED", "DISABLED"], "status_active"), Verdict::Refuted);
    assert_eq!(of("Status", &["ACTIVE", "INACTIVE", "ACTIVE_HIDDEN"], "status_active"), Verdict::Refuted);
    assert_eq!(of("Other", &[], "status_active"), Verdict::NotSeen);
    assert_eq!(of("EventObjectType", &["Campaign", "Price"], "campaign_row_events"), Verdict::NotSeen);
    assert_eq!(of("EventObjectType", &["Campaign", "CampaignVariant"], "campaign_row_events"), Verdict::Refuted);
    assert_eq!(of("EventObjectType", &["Price"], "campaign_row_events"), Verdict::Refuted);
}

#[test]
fn an_event_of_something_below_a_campaign_reports_of_its_rows() {
    let of = |object: &str, change: &str| {
        let event = json!({ "id": 1, "objectType": object, "changeType": change, "objectReference": 7 });
        verdict(&Evidence { events: Ok(vec![read(event)]), ..nothing() }, "campaign_row_events")
    };
    assert_eq!(of("Campaign", "DEPENDENT_DATA_CHANGED"), Verdict::Confirmed);
    assert_eq!(of("Campaign", "UPDATED"), Verdict::NotSeen);
    assert_eq!(of("Display", "DEPENDENT_DATA_CHANGED"), Verdict::NotSeen);
}

/// A product of the Checkout API: display item 105 with variant 5.
fn listed(change: &Value) -> Evidence {
    let mut product = json!({ "product": "105", "centraVariant": "5", "items": [{ "item": "105-9" }] });
    product.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Evidence {
        samples: Ok(vec![sample(5, 10_000, &[fixed(1, 30)])]),
        listed: Ok(vec![read(product)]),
        sizes: Ok([(9, [105].into())].into()),
        ..nothing()
    }
}

#[test]
fn ids_of_products_and_items_are_held_against_the_integration_api() {
    let of = |change: &Value, id: &str| verdict(&listed(change), id);
    assert_eq!(of(&json!({}), "listed_variant"), Verdict::Confirmed);
    assert_eq!(of(&json!({ "centraVariant": "6" }), "listed_variant"), Verdict::Refuted);
    assert_eq!(of(&json!({ "product": "1" }), "listed_variant"), Verdict::NotSeen);
    assert_eq!(of(&json!({}), "cart_item"), Verdict::Confirmed);
    assert_eq!(of(&json!({ "items": [{ "item": "5-9" }] }), "cart_item"), Verdict::Refuted);
    assert_eq!(of(&json!({ "items": [{ "item": "105-8" }] }), "cart_item"), Verdict::Refuted);
    assert_eq!(of(&json!({ "items": [] }), "cart_item"), Verdict::NotSeen);
}

#[test]
fn a_listed_campaign_is_held_against_the_row_that_it_is() {
    let campaign = |flags: i64, percent: i64, stop: &str| {
        listed(&json!({ "campaigns": [{ "flags": flags, "percent": percent, "markets": ["1"], "pricelists": ["1"],
            "startDate": "2025-12-11T01:00:00+0100", "stopDate": stop }] }))
    };
    assert_eq!(verdict(&campaign(1, 30, STOP), "listed_fixed_flag"), Verdict::Confirmed);
    assert_eq!(verdict(&campaign(0, 30, STOP), "listed_fixed_flag"), Verdict::Refuted);
    assert_eq!(verdict(&campaign(1, 70, STOP), "listed_fixed_flag"), Verdict::Refuted);
    assert_eq!(verdict(&campaign(1, 30, "2026-03-01T01:00:00+0100"), "listed_fixed_flag"), Verdict::NotSeen);
    assert_eq!(verdict(&listed(&json!({})), "listed_fixed_flag"), Verdict::NotSeen);
    // The same list says the time of that row.
    let times =
        |stop: &str| verdict(&Evidence { rows: Ok(vec![fixed(1, 30)]), ..campaign(1, 30, stop) }, "time_offsets");
    assert_eq!(times(STOP), Verdict::Confirmed);
    assert_eq!(times("2026-02-01T02:00:00+0100"), Verdict::Refuted);
}

#[test]
fn a_page_that_is_short_although_there_is_more_is_distinguished_from_a_small_store() {
    let of = |page: (usize, u32, Option<u64>)| verdict(&Evidence { page: Ok(page), ..nothing() }, "products_page");
    assert_eq!(of((100, 100, Some(250))), Verdict::Confirmed);
    assert_eq!(of((50, 100, Some(250))), Verdict::Refuted);
    assert_eq!(of((40, 100, Some(40))), Verdict::NotSeen);
    assert_eq!(of((40, 100, None)), Verdict::NotSeen);
}

#[test]
fn a_refusal_is_known_by_the_field_that_it_names() {
    let failure = ConnectorError::new(ErrorCode::ConfigInvalid, "refused");
    let of = |status: u16, failure: Option<ConnectorError>| {
        verdict(&Evidence { refusal: Ok((status, failure)), ..nothing() }, "token_refusal")
    };
    assert_eq!(of(401, Some(failure.clone().at_field("/storefront_token", "refused", "Copy it."))), Verdict::Confirmed);
    assert_eq!(of(400, Some(failure.at_field("/storefront_url", "wrong", "Copy it."))), Verdict::Refuted);
    assert_eq!(of(200, None), Verdict::Refuted);
}

#[test]
fn ids_are_unique_and_every_guess_says_what_happens_otherwise() {
    let all = judged(&nothing());
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|own| own.id.as_str()).collect();
    assert_eq!(ids.len(), all.len());
    assert!(all.iter().all(|own| own.verdict == Verdict::NotSeen), "nothing was seen: {all:#?}");
    for own in &all {
        let texts = [&own.assumed, &own.seen, &own.otherwise];
        assert!(
            texts.iter().all(|text| text.ends_with('.') && text.chars().next().is_some_and(|c| !c.is_lowercase())),
            "{own:#?}"
        );
    }
}
