//! A sale: per cent off, fixed prices, campaigns that overlap, one market only, one that starts soon and one that is over.
//! Opt-in, since most tests count on regular prices. Times are relative to the store's start.

use rust_decimal::Decimal;

use crate::sale::{Campaign, CampaignVariant, Campaigns};
use crate::seed::Seed;
use crate::seed::base::{RETAIL, RETAIL_MARKETS, RETAIL_PRICELISTS};
use crate::shop::Shop;
use crate::value::Kind;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Row of the Swedish crown.
const SEK: i64 = crate::seed::locations::currency::SEK;

/// Most rows of a campaign: that of `large` reduces every third variant up to here.
const MOST: usize = 15_000;

/// A reduction for a time.
#[derive(Clone, Copy)]
struct Reduction {
    percent: Option<i64>,
    fixed: Option<i64>,
    start_at: i64,
    stop_at: i64,
}

/// The campaigns of a seed.
pub fn campaigns(seed: Seed, shop: &Shop, now: i64) -> Campaigns {
    let variants: Vec<i64> = shop.ids(Kind::ProductVariant);
    let every =
        |step: usize, skip: usize| variants.iter().copied().skip(skip).step_by(step).take(MOST).collect::<Vec<_>>();
    let percent = |percent: i64, from: i64, to: i64| Reduction {
        percent: Some(percent),
        fixed: None,
        start_at: now + from,
        stop_at: now + to,
    };
    let fixed = Reduction { percent: None, fixed: Some(19_900), start_at: now - 3 * DAY, stop_at: now + 11 * DAY };
    let step = if matches!(seed, Seed::Small) { 2 } else { 3 };
    let all = [
        campaign(
            1,
            "Season sale",
            &RETAIL_MARKETS,
            &RETAIL_PRICELISTS,
            &every(step, 0),
            percent(30, -10 * DAY, 20 * DAY),
        ),
        campaign(
            2,
            "Members' week",
            &RETAIL_MARKETS,
            &RETAIL_PRICELISTS,
            &every(2 * step, 0),
            percent(15, -2 * DAY, 5 * DAY),
        ),
        campaign(3, "Swedish favourites", &[1], &[1], &every(4, 1), fixed),
        campaign(4, "Europe only", &[2], &[2], &every(5, 2), percent(20, -DAY, 30 * DAY)),
        campaign(5, "Flash hours", &RETAIL_MARKETS, &RETAIL_PRICELISTS, &every(7, 3), percent(50, HOUR, 3 * HOUR)),
        campaign(
            6,
            "Last winter",
            &RETAIL_MARKETS,
            &RETAIL_PRICELISTS,
            &every(6, 4),
            percent(60, -25 * DAY, -15 * DAY),
        ),
    ];
    Campaigns::of(
        all.into_iter().map(|own| Campaign { created_at: now - 30 * DAY, updated_at: now - 10 * DAY, ..own }).collect(),
    )
}

fn campaign(
    id: i64,
    name: &str,
    markets: &[i64],
    pricelists: &[i64],
    variants: &[i64],
    reduction: Reduction,
) -> Campaign {
    let variants = variants.iter().map(|variant| CampaignVariant {
        variant: *variant,
        percent: reduction.percent.map(Decimal::from),
        fixed: reduction.fixed.map(|minor| (minor, SEK)),
        start_at: reduction.start_at,
        stop_at: reduction.stop_at,
        status: "ACTIVE".to_owned(),
        show_sale: true,
        show_news: false,
    });
    Campaign {
        id,
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        store: RETAIL,
        markets: markets.to_vec(),
        pricelists: pricelists.to_vec(),
        created_at: 0,
        updated_at: 0,
        variants: variants.collect(),
    }
}
