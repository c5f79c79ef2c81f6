//! Which variants show most: a few of each kind of row.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::domain::Timestamp;

use crate::{
    map::{is_active, time},
    wire::campaign::{Campaign, CampaignRow},
};

/// Most variants of a kind.
const OF_A_KIND: usize = 8;
/// Most variants in all.
pub(super) const MOST: usize = 40;

/// What a running row says of its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It ends at this second.
    Ending,
    /// Its campaign has no market or no pricelist.
    WithoutList,
    /// The variant is in several campaigns.
    Several,
    /// It has a fixed price.
    Fixed,
    /// It has a percentage that seldom comes to whole amounts.
    Uneven,
    /// It has another percentage.
    Percent,
}

/// Chooses variants. Fixed prices of both ends are taken: the highest may stand above regular prices.
pub(super) fn chosen(rows: &[(Campaign, CampaignRow)], now: Timestamp) -> Vec<i64> {
    let mut of_variants: BTreeMap<i64, Vec<&(Campaign, CampaignRow)>> = BTreeMap::new();
    for own in rows.iter().filter(|own| is_running(own, now)) {
        of_variants.entry(own.1.product_variant.as_ref().map_or(0, |variant| variant.id)).or_default().push(own);
    }
    let mut kinds: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
    for (variant, own) in &of_variants {
        kinds.entry(kind(own, now)).or_default().push(*variant);
    }
    let fixed = |variant: &i64| {
        let row = of_variants.get(variant).and_then(|own| own.first());
        row.and_then(|own| own.1.fixed_price.as_ref()).map(|own| own.amount.value)
    };
    let mut chosen = BTreeSet::new();
    for (kind, mut variants) in kinds {
        if kind == Kind::Fixed {
            variants.sort_by_key(fixed);
            let (low, high) = (variants.iter().take(OF_A_KIND), variants.iter().rev().take(OF_A_KIND));
            chosen.extend(low.chain(high).copied());
        } else {
            chosen.extend(variants.into_iter().take(OF_A_KIND));
        }
    }
    // Others tell at least whether times and ids fit.
    let others = rows.iter().filter_map(|own| own.1.product_variant.as_ref()).map(|variant| variant.id);
    for variant in others {
        if chosen.len() >= OF_A_KIND {
            break;
        }
        chosen.insert(variant);
    }
    chosen.into_iter().take(MOST).collect()
}

fn is_running((campaign, row): &(Campaign, CampaignRow), now: Timestamp) -> bool {
    let (Some(from), Some(until)) = (time(row.start_at.as_deref()), time(row.stop_at.as_deref())) else { return false };
    let is_in_use = is_active(campaign.status.as_deref()) && is_active(row.status.as_deref());
    is_in_use && row.product_variant.is_some() && from <= now && now < until.plus_seconds(1)
}

fn kind(own: &[&(Campaign, CampaignRow)], now: Timestamp) -> Kind {
    let is_over = |(_, row): &(Campaign, CampaignRow)| time(row.stop_at.as_deref()).is_some_and(|until| until <= now);
    let lacks_list =
        |(campaign, _): &(Campaign, CampaignRow)| campaign.markets.is_empty() || campaign.pricelists.is_empty();
    match own {
        own if own.iter().any(|own| is_over(own)) => Kind::Ending,
        own if own.iter().any(|own| lacks_list(own)) => Kind::WithoutList,
        [(_, row)] if row.fixed_price.is_some() => Kind::Fixed,
        [(_, row)] => {
            let ten = rust_decimal::Decimal::TEN;
            let is_uneven = row.discount_percent.is_some_and(|own| !(own.0 % ten).is_zero());
            if is_uneven { Kind::Uneven } else { Kind::Percent }
        }
        _ => Kind::Several,
    }
}
