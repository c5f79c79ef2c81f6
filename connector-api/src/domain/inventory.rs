//! Stock that may be sold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Timestamp};

/// The quantity of one variant that may be sold from one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InventoryLevel {
    /// Id of the variant.
    pub variant_id: ExternalId,
    /// The location; absent when the platform counts as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<ExternalId>,
    /// Quantity available for sale, minus the merchant's reservations; never below 0.
    pub available: i64,
    /// What happens when there are none.
    pub policy: StockPolicy,
    /// When the platform counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

open_enum! {
    /// What happens when stock is used up.
    pub enum StockPolicy {
        /// Stock is counted.
        Track = "track",
        /// Not sold without stock.
        Deny = "deny",
        /// Sold and delivered later.
        Backorder = "backorder",
        /// Never used up.
        Unlimited = "unlimited",
    }
}
