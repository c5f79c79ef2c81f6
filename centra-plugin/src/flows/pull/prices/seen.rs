//! What becomes of prices that the platform computed itself: the regular price of each variant once, and what it is in each market.

use std::collections::BTreeSet;

use connector_api::{
    domain::{Price, Timestamp},
    wire::pull::{Page, Record},
};

use crate::{
    flows::source::note,
    map::{
        campaign::{Campaigns, Reduction, Rules},
        platform_price::Seen,
    },
};

/// Prices of one page or of some display items.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Regular prices that are there already.
    regular: BTreeSet<(i64, i64)>,
    pub(super) prices: Vec<Price>,
    /// A variant, pricelist and market where our rules give another price than the platform, with both amounts.
    pub(super) differs: Option<String>,
    /// A variant, pricelist and market where more is charged than the price without reductions, with both amounts.
    above: Option<String>,
    /// Prices that cannot be read.
    pub(super) unreadable: u64,
}

impl Gathered {
    /// Adds a price. `listed` are campaigns that came along with it; those of the pass are surer.
    pub(super) fn add(
        &mut self,
        seen: &Seen,
        campaigns: Option<&Campaigns>,
        listed: Option<&[Reduction]>,
        now: Timestamp,
    ) {
        let rows: Option<Vec<&Reduction>> = match (campaigns, listed) {
            (Some(campaigns), _) => Some(campaigns.of(seen.variant, seen.pricelist, seen.market)),
            (None, Some(listed)) => Some(listed.iter().filter(|own| own.holds(seen.pricelist, seen.market)).collect()),
            (None, None) => None,
        };
        let made = seen.prices(rows.as_deref(), Rules::default(), now);
        if made.is_above_regular {
            self.above.get_or_insert_with(|| {
                format!(
                    "The store charges {} for variant {} in pricelist {} and market {}, and reports {} as its price without reductions: the amount it charges is used there.",
                    seen.amount, seen.variant, seen.pricelist, seen.market, seen.regular
                )
            });
        } else if self.regular.insert((seen.variant, seen.pricelist)) {
            self.prices.push(made.regular);
        }
        for price in made.reduced {
            // A variant on several displays comes several times.
            if !self.prices.contains(&price) {
                self.prices.push(price);
            }
        }
        if made.differs && self.differs.is_none() {
            self.differs = Some(format!(
                "The store charges {} for variant {} in pricelist {} and market {}, and the connector calculates another amount or other times from its campaigns: the amount the store charges is used until one of its campaigns begins or ends.",
                seen.amount, seen.variant, seen.pricelist, seen.market
            ));
        }
    }

    /// Puts all of it into a page.
    pub(super) fn into_page(self, page: &mut Page) {
        page.records.extend(self.prices.into_iter().map(Record::Price));
        if let Some(message) = self.differs {
            note(page, "campaign_rules_differ", &message);
        }
        if let Some(message) = self.above {
            note(page, "price_above_regular", &message);
        }
        if self.unreadable > 0 {
            page.skipped += self.unreadable;
            note(
                page,
                "price_unreadable",
                "A price has a format that this connector does not support, and was left out.",
            );
        }
    }
}
