//! What campaigns make of prices, held against a naive evaluation of the same rows.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const BASE: i64 = 10_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_800_000_000_000 + seconds * 1_000).unwrap()
}

fn sek(amount_minor: i64) -> Money {
    Money { amount_minor, currency: "SEK".parse().unwrap() }
}

fn reduction(id: i64, from: i64, until: i64, by: By) -> Reduction {
    Reduction {
        campaign: id,
        row: id * 10,
        from: at(from),
        until: at(until),
        by,
        markets: Arc::new([1]),
        pricelists: Arc::new([1]),
    }
}

fn percent(text: &str) -> By {
    By::Percent(text.parse().unwrap())
}

fn shown(rows: &[Reduction], rules: Rules) -> Vec<(i64, i64, i64)> {
    let rows: Vec<&Reduction> = rows.iter().collect();
    let seconds = |at: Timestamp| (at.as_unix_ms() - 1_800_000_000_000) / 1_000;
    spans(sek(BASE), &rows, rules)
        .iter()
        .map(|own| (seconds(own.from), seconds(own.until), own.amount.amount_minor))
        .collect()
}

#[test]
fn which_of_two_campaigns_counts_follows_the_rule() {
    // The older one takes off more and begins later.
    let rows = [reduction(1, 20, 40, percent("30")), reduction(2, 10, 30, percent("10"))];
    let by = |overlap| shown(&rows, Rules { overlap, ..Rules::default() });
    assert_eq!(by(Overlap::Lowest), [(10, 20, 9_000), (20, 40, 7_000)]);
    assert_eq!(by(Overlap::LatestStart), [(10, 20, 9_000), (20, 40, 7_000)]);
    assert_eq!(by(Overlap::HighestId), [(10, 30, 9_000), (30, 40, 7_000)]);
}

#[test]
fn a_percentage_is_rounded_by_the_rule_and_by_the_currency() {
    let own = reduction(1, 0, 1, percent("15"));
    // 88.89 at 15 % off is 75.5565; 0.10 at 15 % off is 0.085.
    let of = |minor, rounding| own.amount(sek(minor), rounding).amount_minor;
    assert_eq!((of(8_889, Rounding::HalfUp), of(8_889, Rounding::Down)), (7_556, 7_555));
    assert_eq!([of(10, Rounding::HalfUp), of(10, Rounding::HalfEven), of(10, Rounding::Down)], [9, 8, 8]);
    let yen = Money { amount_minor: 999, currency: "JPY".parse().unwrap() };
    assert_eq!(own.amount(yen, Rounding::HalfUp).amount_minor, 849);
}

#[test]
fn the_documented_samples_come_out() {
    for (base, off, price) in
        [(50_000, "70", 15_000), (40_000, "70", 12_000), (30_000, "3", 29_100), (32_900, "50", 16_450)]
    {
        let own = reduction(1, 0, 1, percent(off));
        assert_eq!(own.amount(sek(base), Rounding::default()).amount_minor, price);
    }
}

#[test]
fn a_fixed_price_above_the_regular_one_reduces_nothing() {
    assert_eq!(shown(&[reduction(1, 0, 10, By::Fixed(sek(BASE + 1)))], Rules::default()), []);
    assert_eq!(shown(&[reduction(1, 0, 10, By::Fixed(sek(BASE)))], Rules::default()), []);
    assert_eq!(shown(&[reduction(1, 0, 10, By::Fixed(sek(BASE - 1)))], Rules::default()), [(0, 10, BASE - 1)]);
}

fn campaign() -> Value {
    json!({ "id": 7, "status": "ACTIVE", "markets": [{ "id": 1 }], "pricelists": [{ "id": 1, "currency": { "code": "SEK" } }, { "id": 2, "currency": { "code": "EUR" } }] })
}

fn row() -> Value {
    json!({ "id": 70, "status": "ACTIVE", "startAt": "2026-11-27T00:00:00+01:00", "stopAt": "2026-12-01T00:00:00+01:00",
        "discountPercent": 20, "fixedPrice": null, "productVariant": { "id": 5 } })
}

fn read(campaign: &Value, row: &Value) -> (Option<Reduction>, Option<Unusable>) {
    Reduction::read(&serde_json::from_value(campaign.clone()).unwrap(), &serde_json::from_value(row.clone()).unwrap())
}

#[test]
fn bad_rows_are_named_and_reduce_nothing() {
    let fixed = |currency: &str, value: i64| json!({ "value": value, "valueInCents": value * 100, "currency": { "code": currency } });
    let changes: [(&str, Value, &str); 7] = [
        ("discountPercent", json!(100.5), "campaign_percent_impossible"),
        ("discountPercent", json!(-1), "campaign_percent_impossible"),
        ("discountPercent", Value::Null, "campaign_without_reduction"),
        ("fixedPrice", fixed("SEK", 50), "campaign_with_two_reductions"),
        ("startAt", json!("2026-12-02T00:00:00+01:00"), "campaign_stops_before_start"),
        ("startAt", json!("2026-11-27 00:00:00"), "campaign_time_unreadable"),
        ("stopAt", Value::Null, "campaign_time_unreadable"),
    ];
    for (field, value, code) in changes {
        let mut row = row();
        row[field] = value;
        let (own, unusable) = read(&campaign(), &row);
        assert_eq!((own, unusable.map(|own| own.code())), (None, Some(code)), "{field}");
    }
    for (field, code) in [("markets", "campaign_without_market"), ("pricelists", "campaign_without_pricelist")] {
        let mut campaign = campaign();
        campaign[field] = json!([]);
        let (own, unusable) = read(&campaign, &row());
        assert_eq!((own, unusable.map(|own| own.code())), (None, Some(code)));
    }
    let mut row = row();
    row["discountPercent"] = Value::Null;
    row["fixedPrice"] = fixed("USD", 50);
    assert_eq!(read(&campaign(), &row), (Some(own_of(&row, &[])), Some(Unusable::Currency)));
    row["fixedPrice"] = fixed("EUR", 50);
    assert_eq!(read(&campaign(), &row), (Some(own_of(&row, &[2])), Some(Unusable::Currency)), "in the other it holds");
    row["fixedPrice"] = fixed("EUR", -50);
    assert_eq!(read(&campaign(), &row).1, Some(Unusable::BelowZero));
}

/// The reduction of a row with a fixed price, in these pricelists.
fn own_of(row: &Value, pricelists: &[i64]) -> Reduction {
    let currency = row["fixedPrice"]["currency"]["code"].as_str().unwrap().parse().unwrap();
    let amount_minor = row["fixedPrice"]["valueInCents"].as_i64().unwrap();
    Reduction {
        campaign: 7,
        row: 70,
        from: "2026-11-26T23:00:00Z".parse().unwrap(),
        until: "2026-11-30T23:00:00Z".parse().unwrap(),
        by: By::Fixed(Money { amount_minor, currency }),
        markets: Arc::new([1]),
        pricelists: pricelists.iter().copied().collect(),
    }
}

#[test]
fn what_is_not_in_use_is_no_reduction_and_no_mistake() {
    for status in ["INACTIVE", "UPCOMING"] {
        let (mut campaign, mut row) = (campaign(), row());
        campaign["status"] = json!(status);
        assert_eq!(read(&campaign, &row), (None, None));
        campaign["status"] = json!("ACTIVE");
        row["status"] = json!(status);
        assert_eq!(read(&campaign, &row), (None, None));
    }
    let mut row = row();
    row["stopAt"] = row["startAt"].clone();
    assert_eq!(read(&campaign(), &row), (None, None), "a span without length");
}

#[test]
fn a_row_that_cannot_be_read_makes_the_regular_price_uncertain() {
    let now: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
    let campaign: Campaign = serde_json::from_value(campaign()).unwrap();
    let mut bad = row();
    bad["discountPercent"] = json!(23_400.5);
    let mut campaigns = Campaigns::new(Rules::default());
    campaigns.add(&campaign, 5, &serde_json::from_value(row()).unwrap(), now);
    assert!(campaigns.add(&campaign, 6, &serde_json::from_value(bad.clone()).unwrap(), now).is_some());
    let sources = |variant| {
        campaigns.prices(variant, 1, sek(BASE), None, now).iter().map(|own| own.source.clone()).collect::<Vec<_>>()
    };
    assert_eq!(sources(5), [PriceSource::Computed, PriceSource::Computed]);
    assert_eq!(sources(6), [PriceSource::Regular]);
    assert_eq!(sources(9), [PriceSource::Computed]);
    // Long over, it says nothing about today.
    bad["stopAt"] = json!("2026-11-27T12:00:00Z");
    let mut over = Campaigns::new(Rules::default());
    assert_eq!(over.add(&campaign, 6, &serde_json::from_value(bad).unwrap(), now), None);
}

#[test]
fn a_price_names_its_market_its_span_and_what_it_was() {
    let now: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
    let mut own = campaign();
    own["markets"] = json!([{ "id": 1 }, { "id": 3 }]);
    let mut campaigns = Campaigns::new(Rules::default());
    let (own, row) = (serde_json::from_value(own).unwrap(), serde_json::from_value(row()).unwrap());
    assert_eq!(campaigns.add(&own, 5, &row, now), None);
    insta::assert_json_snapshot!(campaigns.prices(5, 1, sek(BASE), None, now));
    assert_eq!(campaigns.prices(5, 1, sek(BASE), Some(3), now).len(), 2, "of one market only");
    assert_eq!(campaigns.prices(5, 9, sek(BASE), None, now).len(), 1, "in another pricelist");
    assert_eq!(campaigns.prices(5, 1, sek(BASE), None, "2026-12-01T00:00:00Z".parse().unwrap()).len(), 1, "over");
    assert_eq!(campaigns.variants_of(7), Some(&BTreeSet::from([5])));
}

fn any_reduction() -> impl Strategy<Value = Reduction> {
    let by = prop_oneof![
        (0_i64..=10_000).prop_map(|own| By::Percent(Decimal(rust_decimal::Decimal::new(own, 2)))),
        (0_i64..2 * BASE).prop_map(|own| By::Fixed(sek(own))),
    ];
    (1_i64..9, 0_i64..30, 1_i64..20, by).prop_map(|(id, from, long, by)| reduction(id, from, from + long, by))
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let overlap = prop_oneof![Just(Overlap::Lowest), Just(Overlap::LatestStart), Just(Overlap::HighestId)];
    let rounding = prop_oneof![Just(Rounding::HalfUp), Just(Rounding::HalfEven), Just(Rounding::Down)];
    (overlap, rounding).prop_map(|(overlap, rounding)| Rules { overlap, rounding })
}

/// The price at one instant, straight from what the rules say.
fn naive(regular: Money, rows: &[Reduction], rules: Rules, now: Timestamp) -> Money {
    let mut holding: Vec<&Reduction> = rows.iter().filter(|own| own.from <= now && now < own.until).collect();
    match rules.overlap {
        Overlap::Lowest => {
            holding.sort_by_key(|own| std::cmp::Reverse(own.amount(regular, rules.rounding).amount_minor));
        }
        Overlap::LatestStart => holding.sort_by_key(|own| (own.from, own.campaign, own.row)),
        Overlap::HighestId => holding.sort_by_key(|own| (own.campaign, own.row)),
    }
    let own = holding.last().map_or(regular, |own| own.amount(regular, rules.rounding));
    if own.amount_minor < regular.amount_minor { own } else { regular }
}

proptest! {
    #[test]
    fn spans_are_apart_in_order_and_never_dearer(rows in prop::collection::vec(any_reduction(), 0..6), rules in any_rules()) {
        let own: Vec<&Reduction> = rows.iter().collect();
        let spans = spans(sek(BASE), &own, rules);
        for span in &spans {
            prop_assert!(span.from < span.until && span.amount.amount_minor < BASE && span.amount.amount_minor >= 0);
        }
        for pair in spans.windows(2) {
            prop_assert!(pair[0].until <= pair[1].from);
            prop_assert!(pair[0].until < pair[1].from || pair[0].amount != pair[1].amount, "one span, cut in two");
        }
    }

    #[test]
    fn at_every_instant_the_span_is_what_the_rules_say(rows in prop::collection::vec(any_reduction(), 0..6), rules in any_rules(), ms in 0_i64..52_000) {
        let own: Vec<&Reduction> = rows.iter().collect();
        let spans = spans(sek(BASE), &own, rules);
        let price = |now: Timestamp| {
            spans.iter().find(|span| span.from <= now && now < span.until).map_or(sek(BASE), |span| span.amount)
        };
        let bounds = rows.iter().flat_map(|own| [own.from, own.until]).map(Timestamp::as_unix_ms);
        for ms in bounds.flat_map(|own| [own - 1, own, own + 1]).chain([at(0).as_unix_ms() + ms]) {
            let now = Timestamp::from_unix_ms(ms).unwrap();
            prop_assert_eq!(price(now), naive(sek(BASE), &rows, rules, now), "{}", ms);
        }
    }
}
