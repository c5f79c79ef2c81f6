//! What the store's shop charges, beside what its campaigns say of the same variant: one case for each pricelist and market.

use std::collections::BTreeMap;

use connector_api::domain::{Currency, Decimal, Money, Timestamp};

use crate::{
    map::campaign::{By, Reduction, Unusable},
    wire::{
        Code, Id,
        campaign::{Campaign, CampaignPricelist, CampaignRow},
    },
};

/// A variant as the Integration API has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    /// Its id.
    pub(super) variant: i64,
    /// Display items that show it.
    pub(super) items: Vec<i64>,
    /// Its regular prices by pricelist.
    pub(super) regular: BTreeMap<i64, Money>,
    /// Its rows of campaigns.
    pub(super) rows: Vec<(Campaign, CampaignRow)>,
}

/// What the store's shop charges for a variant, to the last decimal.
#[derive(Debug, Clone)]
pub(super) struct Charged {
    /// The variant.
    pub(super) variant: i64,
    /// In which pricelist.
    pub(super) pricelist: i64,
    /// In which market.
    pub(super) market: i64,
    /// Its currency.
    pub(super) currency: Currency,
    /// What is paid, in major units.
    pub(super) amount: Decimal,
    /// What it was before a reduction.
    pub(super) original: Decimal,
    /// When the reduction began and when it ends, as the shop writes it.
    pub(super) times: (Option<String>, Option<String>),
}

/// A variant in a pricelist and a market at this moment.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The variant.
    pub(super) variant: i64,
    /// The pricelist.
    pub(super) pricelist: i64,
    /// The market.
    pub(super) market: i64,
    /// Its price without campaigns.
    pub(super) regular: Money,
    /// What the shop charges, in minor units, which may have decimals.
    pub(super) charged: rust_decimal::Decimal,
    /// Rows that hold now.
    pub(super) holding: Vec<Reduction>,
    /// Rows that would hold, were there a market and a pricelist in their campaign.
    pub(super) without_list: Vec<Reduction>,
    /// Rows that end at this very second.
    pub(super) ending: Vec<Reduction>,
}

impl Case {
    /// Whether the price is that of one row and nothing else.
    pub(super) fn only(&self) -> Option<&Reduction> {
        match (self.holding.as_slice(), self.without_list.is_empty(), self.ending.is_empty()) {
            ([own], true, true) => Some(own),
            _ => None,
        }
    }

    /// In words, with what is expected.
    pub(super) fn text(&self, reduction: &str) -> String {
        let Self { variant, pricelist, market, regular, .. } = self;
        let currency = regular.currency;
        let charged = self.charged / rust_decimal::Decimal::from(10_i64.pow(currency.exponent()));
        // As many decimals as the currency has, or all of them.
        let decimals = charged.normalize().scale().max(currency.exponent());
        format!(
            "variant {variant} in pricelist {pricelist} and market {market} costs {charged:.0$} {currency}, its regular price is {regular}, {reduction}",
            decimals as usize
        )
    }

    /// Whether the shop charges this, in minor units, but for rounding.
    pub(super) fn is_about(&self, minor: rust_decimal::Decimal) -> bool {
        (self.charged - minor).abs() <= rust_decimal::Decimal::ONE
    }
}

/// What a row makes of a price, in minor units, before anything is rounded.
pub(super) fn exact(own: &Reduction, regular: rust_decimal::Decimal) -> rust_decimal::Decimal {
    match own.by {
        By::Fixed(amount) => amount.amount_minor.into(),
        By::Percent(percent) => {
            let whole = rust_decimal::Decimal::ONE_HUNDRED;
            regular.checked_mul(whole - percent.0).map_or(regular, |own| own / whole)
        }
    }
}

/// A row in words.
pub(super) fn in_words(own: &Reduction) -> String {
    match own.by {
        By::Percent(percent) => format!("campaign {} takes {percent} % off", own.campaign),
        By::Fixed(amount) => format!("campaign {} has a fixed price of {amount}", own.campaign),
    }
}

/// The cases that samples and prices make. Left out are those in which a row cannot be read, or the shop and the Integration API have
/// different regular prices: nobody could say what such a price shows.
pub(super) fn cases(samples: &[Sample], charged: &[Charged], now: Timestamp) -> Vec<Case> {
    charged
        .iter()
        .filter_map(|own| case(samples.iter().find(|sample| sample.variant == own.variant)?, own, now))
        .collect()
}

fn case(sample: &Sample, charged: &Charged, now: Timestamp) -> Option<Case> {
    let regular = *sample.regular.get(&charged.pricelist)?;
    if Money::from_major_rounded(charged.original, charged.currency).ok() != Some(regular) {
        return None;
    }
    let factor = rust_decimal::Decimal::from(10_i64.pow(regular.currency.exponent()));
    let mut case = Case {
        variant: sample.variant,
        pricelist: charged.pricelist,
        market: charged.market,
        regular,
        charged: charged.amount.0.checked_mul(factor)?,
        holding: vec![],
        without_list: vec![],
        ending: vec![],
    };
    for (campaign, row) in &sample.rows {
        let (own, unusable) = Reduction::read(campaign, row);
        match (own, unusable) {
            (Some(own), _) if !own.holds(case.pricelist, case.market) => {}
            (Some(own), _) if own.from <= now && now < own.until => case.holding.push(own),
            (Some(own), _) if is_second_of(own.until, now) => case.ending.push(own),
            (Some(_), _) | (None, None) => {}
            (None, Some(Unusable::NoMarket | Unusable::NoPricelist)) => {
                let own = with_lists(campaign, row, &case);
                case.without_list.extend(own.filter(|own| own.from <= now && now < own.until));
            }
            (None, Some(_)) => return None,
        }
    }
    Some(case)
}

fn is_second_of(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now < at.plus_seconds(1)
}

/// The row as if an empty list of its campaign meant everything.
fn with_lists(campaign: &Campaign, row: &CampaignRow, case: &Case) -> Option<Reduction> {
    let mut campaign = campaign.clone();
    if campaign.markets.is_empty() {
        campaign.markets.push(Id { id: case.market });
    }
    if campaign.pricelists.is_empty() {
        let currency = Code { code: Some(case.regular.currency.to_string()) };
        campaign.pricelists.push(CampaignPricelist { id: case.pricelist, currency });
    }
    Reduction::read(&campaign, row).0.filter(|own| own.holds(case.pricelist, case.market))
}
