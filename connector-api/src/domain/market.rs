//! Where and in what currency a store sells: stores, markets, pricelists, languages, stock locations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Currency, ExternalId, Timestamp};

/// One store of the merchant on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Store {
    /// The platform's id.
    pub id: ExternalId,
    /// Name of the store.
    pub name: String,
    /// To whom it sells.
    pub kind: StoreKind,
}

open_enum! {
    /// To whom a store sells.
    pub enum StoreKind {
        /// People.
        Consumer = "consumer",
        /// Shops.
        Wholesale = "wholesale",
    }
}

/// A part of the world a store sells to, with its own assortment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Market {
    /// The platform's id.
    pub id: ExternalId,
    /// Name of the market.
    pub name: String,
    /// Store it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
    /// ISO 3166-1 alpha-2 of the countries assigned to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Locations its orders are served from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub location_ids: Vec<ExternalId>,
    /// Whether the platform says which locations those are: then none of them means that nothing can be sent from
    /// anywhere. Otherwise an empty list means that any location may serve the market.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locations_known: bool,
    /// Pricelist used when nothing else decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_pricelist_id: Option<ExternalId>,
}

/// Prices in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pricelist {
    /// The platform's id.
    pub id: ExternalId,
    /// Name of the pricelist.
    pub name: String,
    /// Store it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
    /// Currency of every price in it.
    pub currency: Currency,
    /// Whether it is in use.
    #[serde(default)]
    pub active: bool,
    /// ISO 3166-1 alpha-2 of the countries it is the default for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Whether it is used for its currency when no country decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default_for_currency: bool,
    /// Shipping used when the shopper has not chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_shipping_option_id: Option<ExternalId>,
}

/// A language the store's texts are translated to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Language {
    /// The platform's id.
    pub id: ExternalId,
    /// BCP 47 tag, such as `sv` or `en-GB`.
    pub tag: String,
    /// Name of the language.
    pub name: String,
    /// Whether it is in use.
    #[serde(default)]
    pub active: bool,
}

/// Where stock lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The platform's id.
    pub id: ExternalId,
    /// Name of the location.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Whether it serves orders.
    #[serde(default)]
    pub active: bool,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}
