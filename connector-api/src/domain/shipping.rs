//! Shipping options and their rates, for pricing without the platform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, Decimal, ExternalId, LocalizedText, Money, Timestamp};

/// A way to have an order delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippingOption {
    /// The platform's id.
    pub id: ExternalId,
    /// Shown to shoppers.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub name: LocalizedText,
    /// The platform's code of the option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Store it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
    /// Currency of its rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Whether it is offered.
    #[serde(default)]
    pub active: bool,
    /// Markets it is offered in; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub market_ids: Vec<ExternalId>,
    /// What it costs, by country.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<ShippingRate>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// What an option costs in some countries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippingRate {
    /// ISO 3166-1 alpha-2; empty for everywhere else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// States or provinces as `US-CA`; empty for the whole country.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Prices by basket. The band with the largest `from` that the basket reaches holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<ShippingBand>,
}

/// A price from some basket on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippingBand {
    /// What of the basket is measured.
    pub kind: ShippingBandKind,
    /// From how much on.
    pub from: Decimal,
    /// Unit of a weight: `kg`, `g`, `lb`, `oz`, or the platform's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// A fixed price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// A share of the order's value, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent_of_order: Option<Decimal>,
}

open_enum! {
    /// What of a basket is measured.
    pub enum ShippingBandKind {
        /// Its value in major units.
        OrderTotal = "order_total",
        /// Its quantity.
        ItemCount = "item_count",
        /// Its weight in the store's unit.
        TotalWeight = "total_weight",
    }
}
