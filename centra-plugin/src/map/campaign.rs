//! What campaigns make of regular prices: which amount holds in which market during which span of time.
//!
//! A campaign replaces the price of some variants for a time \[D\], in its markets and pricelists only \[D\]. Its row has a
//! percentage or a new price, distinguished by which of the two is there: the values of its type are unread \[U\]. That a fixed price
//! is the new price, and not an amount off, is inferred \[I\]. That an end does not belong to the span is inferred, too \[I\]. An empty
//! list of markets or pricelists means everything or nothing \[U\]: here it means nothing, and is said.
//!
//! Two facts nobody has written down stand in [`Rules`]: which of several campaigns counts, and how a percentage is rounded.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connector_api::domain::{Currency, Decimal, Money, Price, PriceSource, Timestamp};
use rust_decimal::RoundingStrategy;

use super::{is_active, price, time};
use crate::wire::campaign::{Campaign, CampaignRow};

/// How campaigns are computed where Centra does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Which campaign counts where several hold.
    pub overlap: Overlap,
    /// How a percentage is rounded.
    pub rounding: Rounding,
}

/// Which campaign counts where several reduce the same variant at the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overlap {
    /// The one with the lowest price \[I\]: Centra records the lowest attainable price, and every price names one campaign.
    #[default]
    Lowest,
    /// The one that began last \[G\].
    LatestStart,
    /// The one that was made last \[G\].
    HighestId,
}

/// How a percentage of a price is rounded to the currency's smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Half up \[I\].
    #[default]
    HalfUp,
    /// Half to the even neighbour \[G\].
    HalfEven,
    /// Down \[G\].
    Down,
}

/// Why a row of a campaign is left out. Nobody can say then what the store charges for its variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It holds nowhere, or everywhere.
    #[error("has no market")]
    NoMarket,
    /// It reduces nothing, or everything.
    #[error("has no pricelist")]
    NoPricelist,
    /// No percentage at all.
    #[error("takes off {0} per cent, which is not between 0 and 100")]
    Percent(Decimal),
    /// Nothing is taken off.
    #[error("has neither a percentage nor a fixed price")]
    Neither,
    /// Either could hold.
    #[error("has both a percentage and a fixed price")]
    Both,
    /// Centra converts nothing.
    #[error("has a fixed price in another currency than a pricelist of the campaign")]
    Currency,
    /// Nothing costs less than nothing.
    #[error("has a fixed price below zero")]
    BelowZero,
    /// It could never hold.
    #[error("stops before it starts")]
    Backwards,
    /// Without its offset, a time is none.
    #[error("has a start or an end that is no time with an offset from UTC")]
    Time,
}

impl Unusable {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoMarket => "campaign_without_market",
            Self::NoPricelist => "campaign_without_pricelist",
            Self::Percent(_) => "campaign_percent_impossible",
            Self::Neither => "campaign_without_reduction",
            Self::Both => "campaign_with_two_reductions",
            Self::Currency => "campaign_currency_differs",
            Self::BelowZero => "campaign_price_below_zero",
            Self::Backwards => "campaign_stops_before_start",
            Self::Time => "campaign_time_unreadable",
        }
    }
}

/// How one row of a campaign reduces one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// Its campaign.
    pub campaign: i64,
    /// Its own id.
    pub row: i64,
    /// From when on.
    pub from: Timestamp,
    /// Until when; it does not hold at this instant any more.
    pub until: Timestamp,
    /// By how much.
    pub by: By,
    /// Where.
    pub markets: Arc<[i64]>,
    /// In which pricelists.
    pub pricelists: Arc<[i64]>,
}

/// By how much a variant is reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Per cent of the regular price, between 0 and 100.
    Percent(Decimal),
    /// To this price.
    Fixed(Money),
}

/// A span of time with another price than the regular one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when on.
    pub from: Timestamp,
    /// Until when; it does not hold at this instant any more.
    pub until: Timestamp,
    /// What is paid.
    pub amount: Money,
}

impl Reduction {
    /// Reads a row; `None` where it is not in use or can never hold. Beside it, why part of the row or all of it is left out.
    pub fn read(campaign: &Campaign, row: &CampaignRow) -> (Option<Self>, Option<Unusable>) {
        if !is_active(campaign.status.as_deref()) || !is_active(row.status.as_deref()) {
            return (None, None);
        }
        match Self::checked(campaign, row) {
            Ok((own, unusable)) => (Some(own).filter(|own| own.from < own.until), unusable),
            Err(unusable) => (None, Some(unusable)),
        }
    }

    fn checked(campaign: &Campaign, row: &CampaignRow) -> Result<(Self, Option<Unusable>), Unusable> {
        let at = |text: &Option<String>| time(text.as_deref()).ok_or(Unusable::Time);
        let (from, until) = (at(&row.start_at)?, at(&row.stop_at)?);
        if until < from {
            return Err(Unusable::Backwards);
        }
        if campaign.markets.is_empty() {
            return Err(Unusable::NoMarket);
        }
        if campaign.pricelists.is_empty() {
            return Err(Unusable::NoPricelist);
        }
        let (by, fitting) = match (&row.discount_percent, &row.fixed_price) {
            (None, None) => return Err(Unusable::Neither),
            (Some(_), Some(_)) => return Err(Unusable::Both),
            (Some(percent), None) => {
                let whole = rust_decimal::Decimal::ONE_HUNDRED;
                if percent.0 < rust_decimal::Decimal::ZERO || percent.0 > whole {
                    return Err(Unusable::Percent(*percent));
                }
                (By::Percent(*percent), None)
            }
            (None, Some(fixed)) => {
                let code = fixed.currency.as_ref().and_then(|currency| currency.code.as_deref());
                let currency: Currency = code.and_then(|code| code.parse().ok()).ok_or(Unusable::Currency)?;
                let amount = super::money::money(&fixed.amount, currency).ok_or(Unusable::Neither)?;
                if amount.amount_minor < 0 {
                    return Err(Unusable::BelowZero);
                }
                (By::Fixed(amount), Some(currency))
            }
        };
        let fits = |own: &&crate::wire::campaign::CampaignPricelist| {
            let code = own.currency.code.as_deref().and_then(|code| code.parse::<Currency>().ok());
            fitting.is_none() || code == fitting
        };
        let pricelists: Arc<[i64]> = campaign.pricelists.iter().filter(fits).map(|own| own.id).collect();
        let unusable = (pricelists.len() < campaign.pricelists.len()).then_some(Unusable::Currency);
        let markets = campaign.markets.iter().map(|own| own.id).collect();
        Ok((Self { campaign: campaign.id, row: row.id, from, until, by, markets, pricelists }, unusable))
    }

    /// Whether it holds in a pricelist and a market.
    pub fn holds(&self, pricelist: i64, market: i64) -> bool {
        self.pricelists.contains(&pricelist) && self.markets.contains(&market)
    }

    /// What is paid instead of a regular price; the regular price where that does not fit.
    pub fn amount(&self, regular: Money, rounding: Rounding) -> Money {
        match self.by {
            By::Fixed(amount) if amount.currency == regular.currency => amount,
            By::Fixed(_) => regular,
            By::Percent(percent) => {
                let strategy = match rounding {
                    Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
                    Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
                    Rounding::Down => RoundingStrategy::ToZero,
                };
                let rest = rust_decimal::Decimal::ONE_HUNDRED - percent.0;
                let minor = rust_decimal::Decimal::from(regular.amount_minor)
                    .checked_mul(rest)
                    .map(|own| (own / rust_decimal::Decimal::ONE_HUNDRED).round_dp_with_strategy(0, strategy))
                    .and_then(|own| i64::try_from(own).ok());
                minor.map_or(regular, |amount_minor| Money { amount_minor, ..regular })
            }
        }
    }
}

/// What is paid at an instant at which these rows hold: never more than the regular price.
fn reduced(regular: Money, holding: &[&Reduction], rules: Rules) -> Money {
    let counting = match rules.overlap {
        Overlap::Lowest => {
            let amounts = holding.iter().map(|own| own.amount(regular, rules.rounding));
            amounts.min_by_key(|own| own.amount_minor)
        }
        Overlap::LatestStart => holding
            .iter()
            .max_by_key(|own| (own.from, own.campaign, own.row))
            .map(|own| own.amount(regular, rules.rounding)),
        Overlap::HighestId => {
            holding.iter().max_by_key(|own| (own.campaign, own.row)).map(|own| own.amount(regular, rules.rounding))
        }
    };
    // A fixed price above the regular one reduces nothing [I].
    counting.filter(|own| own.amount_minor < regular.amount_minor).unwrap_or(regular)
}

/// The spans in which these rows reduce a price, in order; no two of them overlap.
pub fn spans(regular: Money, rows: &[&Reduction], rules: Rules) -> Vec<Span> {
    let bounds: BTreeSet<Timestamp> = rows.iter().flat_map(|own| [own.from, own.until]).collect();
    let bounds: Vec<Timestamp> = bounds.into_iter().collect();
    let mut spans: Vec<Span> = vec![];
    for pair in bounds.windows(2) {
        let [from, until] = [pair[0], pair[1]];
        let holding: Vec<&Reduction> =
            rows.iter().copied().filter(|own| own.from <= from && until <= own.until).collect();
        let amount = reduced(regular, &holding, rules);
        if amount.amount_minor == regular.amount_minor {
            continue;
        }
        match spans.last_mut().filter(|last| last.until == from && last.amount == amount) {
            Some(last) => last.until = until,
            None => spans.push(Span { from, until, amount }),
        }
    }
    spans
}

/// The campaigns of a store, by variant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaigns {
    rules: Rules,
    rows: BTreeMap<i64, Vec<Reduction>>,
    /// Variants of which a row was left out.
    unsure: BTreeSet<i64>,
    /// Variants of every campaign.
    variants: BTreeMap<i64, BTreeSet<i64>>,
}

impl Campaigns {
    /// None yet, to be computed by these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Adds a row; says why it is left out, if it is. Rows that ended before `now` are forgotten.
    pub fn add(&mut self, campaign: &Campaign, variant: i64, row: &CampaignRow, now: Timestamp) -> Option<Unusable> {
        self.variants.entry(campaign.id).or_default().insert(variant);
        let (own, unusable) = Reduction::read(campaign, row);
        if let Some(own) = own.filter(|own| own.until > now) {
            self.rows.entry(variant).or_default().push(own);
        }
        let has_ended = time(row.stop_at.as_deref()).is_some_and(|until| until <= now);
        let unusable = unusable.filter(|_| !has_ended);
        if unusable.is_some() {
            self.unsure.insert(variant);
        }
        unusable
    }

    /// Variants that a campaign had when it was read.
    pub fn variants_of(&self, campaign: i64) -> Option<&BTreeSet<i64>> {
        self.variants.get(&campaign)
    }

    /// Rows that hold for a variant in a pricelist and a market.
    pub fn of(&self, variant: i64, pricelist: i64, market: i64) -> Vec<&Reduction> {
        let rows = self.rows.get(&variant).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter(|own| own.holds(pricelist, market)).collect()
    }

    /// A variant's prices in a pricelist: the regular one for all markets and times, and one for each market and span in which
    /// campaigns reduce it. `market` is the only one that is wanted, if there is one.
    pub fn prices(
        &self,
        variant: i64,
        pricelist: i64,
        regular: Money,
        market: Option<i64>,
        now: Timestamp,
    ) -> Vec<Price> {
        // Where a row could not be read, nobody knows whether the regular price holds.
        let source = if self.unsure.contains(&variant) { PriceSource::Regular } else { PriceSource::Computed };
        let mut prices = vec![price::regular(variant, pricelist, regular, source)];
        let rows = self.rows.get(&variant).map(Vec::as_slice).unwrap_or_default();
        let own: Vec<&Reduction> = rows.iter().filter(|own| own.pricelists.contains(&pricelist)).collect();
        let markets: BTreeSet<i64> = own.iter().flat_map(|own| own.markets.iter().copied()).collect();
        for id in markets.into_iter().filter(|own| market.is_none_or(|market| market == *own)) {
            let here: Vec<&Reduction> = own.iter().copied().filter(|own| own.markets.contains(&id)).collect();
            let spans = spans(regular, &here, self.rules).into_iter().filter(|span| span.until > now);
            prices.extend(spans.map(|span| Price {
                market_id: Some(id.into()),
                list_amount: Some(regular),
                valid_from: Some(span.from),
                valid_until: Some(span.until),
                ..price::regular(variant, pricelist, span.amount, PriceSource::Computed)
            }));
        }
        prices
    }
}

#[cfg(test)]
mod tests;
