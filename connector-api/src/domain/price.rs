//! Prices: a table of their own, because one variant has many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Money, Timestamp};

/// What one variant costs in one pricelist. Key: variant, pricelist, market, minimum quantity. No record means: not for sale there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// The variant.
    pub variant_id: ExternalId,
    /// The pricelist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricelist_id: Option<ExternalId>,
    /// The market, where prices differ by market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// From how many pieces on; 1 for the ordinary price.
    pub min_quantity: u32,
    /// What is paid for one piece.
    pub amount: Money,
    /// What it cost before a reduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_amount: Option<Money>,
    /// Whether tax is inside the amount.
    pub tax: TaxInclusion,
    /// From when on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

open_enum! {
    /// Whether tax is inside an amount.
    pub enum TaxInclusion {
        /// Inside.
        Included = "included",
        /// On top.
        Excluded = "excluded",
        /// The platform does not say.
        Unspecified = "unspecified",
    }
}
