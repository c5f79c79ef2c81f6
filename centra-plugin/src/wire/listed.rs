//! Products as the Checkout API lists them, as far as their prices go.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{amount::Amount, loose};

/// A page of products.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Listing {
    /// The page.
    pub products: Option<ListedProducts>,
    /// How many there are on all pages.
    #[serde(deserialize_with = "loose::text")]
    pub product_count: Option<String>,
}

/// The products of a page.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct ListedProducts(#[serde(deserialize_with = "loose::list")] pub Vec<ListedProduct>);

/// Prices by pricelist; none where something empty stands for them.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(transparent)]
pub struct ListedPrices(#[serde(deserialize_with = "loose::object")] pub Option<BTreeMap<String, ListedPrice>>);

/// A display item.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListedProduct {
    /// Its id.
    #[serde(deserialize_with = "loose::text")]
    pub product: Option<String>,
    /// What is put into a cart, one for each size.
    #[serde(deserialize_with = "loose::list")]
    pub items: Vec<ListedItem>,
    /// Its variant.
    #[serde(deserialize_with = "loose::text")]
    pub centra_variant: Option<String>,
    /// Its prices by pricelist, which only those see who have the secret.
    pub prices: Option<ListedPrices>,
    /// Campaigns it is in, of whatever market and pricelist; not every store lists them.
    #[serde(deserialize_with = "loose::list")]
    pub campaigns: Vec<ListedCampaign>,
}

/// A size of a display item.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ListedItem {
    /// What a cart calls it.
    #[serde(deserialize_with = "loose::text")]
    pub item: Option<String>,
}

/// What a display item costs in a pricelist.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListedPrice {
    /// What is paid.
    pub price_as_number: Amount,
    /// What it was before a reduction.
    pub price_before_discount_as_number: Amount,
    /// The lowest price of some days.
    #[serde(deserialize_with = "loose::list")]
    pub lowest_price: Vec<ListedLowest>,
}

/// The lowest price of some days.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListedLowest {
    /// Of how many days.
    #[serde(deserialize_with = "loose::count")]
    pub period_days: u32,
    /// What was paid.
    pub price_as_number: Amount,
}

/// A campaign of a display item.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListedCampaign {
    /// Its pricelists.
    #[serde(deserialize_with = "loose::list")]
    pub pricelists: Vec<ListedId>,
    /// Its markets.
    #[serde(deserialize_with = "loose::list")]
    pub markets: Vec<ListedId>,
    /// Per cent off, or the new price where the first bit of the flags is set.
    pub percent: Amount,
    /// Bits.
    #[serde(deserialize_with = "loose::count")]
    pub flags: u32,
    /// From when on; its offset has no colon.
    #[serde(deserialize_with = "loose::text")]
    pub start_date: Option<String>,
    /// Until when.
    #[serde(deserialize_with = "loose::text")]
    pub stop_date: Option<String>,
}

/// An id as text or number.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(transparent)]
pub struct ListedId(#[serde(deserialize_with = "loose::text")] pub Option<String>);

impl ListedId {
    /// As a number.
    pub fn number(&self) -> Option<i64> {
        self.0.as_deref()?.parse().ok()
    }
}
