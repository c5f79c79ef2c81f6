//! What a variant costs, with the campaign that made it.

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::campaign::{Campaign, CampaignVariant};

/// The campaign behind a price.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Its row.
    pub row: &'a CampaignVariant,
}

/// What a variant costs.
#[derive(Clone, Copy, Debug)]
pub struct Effective<'a> {
    /// Before campaigns, in sub-units.
    pub list: i64,
    /// In force, in sub-units; with a fraction only where prices are not rounded.
    pub exact: Decimal,
    /// The campaign that made it; none where no campaign applies or its price does not count.
    pub applied: Option<Applied<'a>>,
}

impl Effective<'_> {
    /// In force, rounded to sub-units.
    pub fn minor(&self) -> i64 {
        half_up(self.exact)
    }

    /// Whether it is less than before campaigns.
    pub fn is_reduced(&self) -> bool {
        self.exact < Decimal::from(self.list)
    }
}

/// Rounds half away from zero to a whole number.
pub(crate) fn half_up(amount: Decimal) -> i64 {
    amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(i64::MAX)
}
