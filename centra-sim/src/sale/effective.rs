//! The one function that computes a price: of a variant, in a pricelist and a market, at an instant.

use rust_decimal::{Decimal, RoundingStrategy};

use super::campaign::{Campaign, CampaignVariant, Version};
use super::effective_price::{Applied, Effective, half_up};
use super::settings::{AboveList, EmptyList, Fixed, Overlap, Rounding, Rules, Stop};
use crate::bundle;
use crate::shop::View;
use crate::value::Kind;

/// What a variant costs now; none when it has no price in the pricelist.
pub fn effective(view: View<'_>, variant: i64, pricelist: i64, market: i64) -> Option<Effective<'_>> {
    bundle::priced(view, variant, &|variant| alone(view, variant, pricelist, market))
}

/// Whether a variant has a price in a pricelist, whatever the market.
pub(crate) fn is_sold(view: View<'_>, variant: i64, pricelist: i64) -> bool {
    let regular = |variant| {
        let list = view.price(variant, pricelist)?;
        Some(Effective { list, exact: list.into(), applied: None })
    };
    bundle::priced(view, variant, &regular).is_some()
}

/// What a variant costs now by its own price, whatever it is made of.
pub(crate) fn alone(view: View<'_>, variant: i64, pricelist: i64, market: i64) -> Option<Effective<'_>> {
    let place = Place { variant, pricelist, market, at: view.now };
    let base = view.price(variant, pricelist)?;
    Some(compute(view, place, base, Version::is_current))
}

/// What a variant cost at an instant, by the campaigns and prices that were in force then.
pub(super) fn at(view: View<'_>, place: Place) -> Option<Effective<'_>> {
    let alone = |variant| {
        let place = Place { variant, ..place };
        let base = view.price_at(variant, place.pricelist, place.at)?;
        Some(compute(view, place, base, |version| version.from <= place.at && place.at < version.until))
    };
    bundle::priced(view, place.variant, &alone)
}

/// Where and when a price is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) variant: i64,
    pub(super) pricelist: i64,
    pub(super) market: i64,
    pub(super) at: i64,
}

fn compute(view: View<'_>, place: Place, base: i64, in_force: impl Fn(&Version) -> bool) -> Effective<'_> {
    let rules = view.rules;
    let list = Decimal::from(base);
    let currency = view.references(Kind::Pricelist, place.pricelist, "currency").first().copied();
    let mut applying: Vec<Applied<'_>> = view
        .overlay
        .campaigns
        .of_variant(place.variant)
        .filter(|(version, row)| in_force(version) && applies(&version.campaign, row, place, rules))
        .map(|(version, row)| Applied { campaign: &version.campaign, row })
        .filter(|applied| row_price(applied.row, list, currency, rules).is_some())
        .collect();
    applying.sort_by_key(|applied| applied.campaign.id);
    let priced = |applied: &Applied<'_>| row_price(applied.row, list, currency, rules).unwrap_or(list);
    let (price, applied) = match rules.overlap {
        Overlap::Lowest => best(&applying, |applied| std::cmp::Reverse(priced(applied)), &priced, list),
        Overlap::LatestStart => best(&applying, |applied| applied.row.start_at, &priced, list),
        Overlap::HighestId => best(&applying, |applied| applied.campaign.id, &priced, list),
        Overlap::Stacked => {
            let all = applying
                .iter()
                .fold(list, |price, applied| row_price(applied.row, price, currency, rules).unwrap_or(price));
            (all, applying.last().copied())
        }
    };
    let unlisted = rules.every_fifth.filter(|_| is_fifth(view, place.variant)).map(|percent| {
        let off = half_up(list * Decimal::from(percent) / Decimal::ONE_HUNDRED);
        list - Decimal::from(off)
    });
    if price > list && rules.above == AboveList::Ignored {
        return Effective { list: base, exact: unlisted.unwrap_or(list), applied: None };
    }
    match unlisted.filter(|unlisted| *unlisted < price) {
        Some(exact) => Effective { list: base, exact, applied: None },
        None => Effective { list: base, exact: price, applied },
    }
}

/// The campaign with the greatest key, the highest id among equals, and its price.
fn best<'a, K: Ord>(
    applying: &[Applied<'a>],
    key: impl Fn(&Applied<'a>) -> K,
    priced: &dyn Fn(&Applied<'a>) -> Decimal,
    list: Decimal,
) -> (Decimal, Option<Applied<'a>>) {
    let found = applying.iter().max_by_key(|applied| key(applied)).copied();
    (found.as_ref().map_or(list, priced), found)
}

fn applies(campaign: &Campaign, row: &CampaignVariant, place: Place, rules: Rules) -> bool {
    let holds = |list: &[i64], id: i64| {
        if list.is_empty() { rules.empty == EmptyList::Everything } else { list.contains(&id) }
    };
    let last = if rules.stop == Stop::Inclusive { row.stop_at.saturating_add(1) } else { row.stop_at };
    campaign.status == "ACTIVE"
        && row.status == "ACTIVE"
        && row.start_at <= place.at
        && place.at < last
        && holds(&campaign.markets, place.market)
        && holds(&campaign.pricelists, place.pricelist)
}

/// The price by one row alone; none when the row makes no sense, or not in this currency.
fn row_price(row: &CampaignVariant, before: Decimal, currency: Option<i64>, rules: Rules) -> Option<Decimal> {
    let exact = match (row.percent, row.fixed) {
        (Some(percent), None) if percent >= Decimal::ZERO && percent <= Decimal::ONE_HUNDRED => {
            before * (Decimal::ONE_HUNDRED - percent) / Decimal::ONE_HUNDRED
        }
        (None, Some((minor, of))) if minor >= 0 && Some(of) == currency => match rules.fixed {
            Fixed::NewPrice => Decimal::from(minor),
            Fixed::AmountOff => (before - Decimal::from(minor)).max(Decimal::ZERO),
        },
        _ => return None,
    };
    Some(match rules.rounding {
        Rounding::HalfUp => exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero),
        Rounding::Floor => exact.floor(),
        Rounding::Unrounded => exact,
    })
}

fn is_fifth(view: View<'_>, variant: i64) -> bool {
    view.references(Kind::ProductVariant, variant, "displays").first().is_some_and(|display| display % 5 == 0)
}
