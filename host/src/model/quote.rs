//! What a quote without the platform reads: everything about the variants of a cart, in a few statements.

use crate::model::rows::{InventoryRow, PriceRow};

/// Most variants or SKUs asked for at once.
pub const MAX_QUOTED: usize = 200;

/// A variant with all that decides what it costs. Deleted rows are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotedVariant {
    /// The platform's id.
    pub id: String,
    /// The offers it stands in, by id.
    pub offers: Vec<QuotedOffer>,
    /// Its prices, by key.
    pub prices: Vec<PriceRow>,
    /// Its stock, by location.
    pub inventory: Vec<InventoryRow>,
}

/// An offer that a variant stands in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotedOffer {
    /// The platform's id.
    pub id: String,
    /// The whole offer as JSON.
    pub body: String,
}

/// A variant that has a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkuMatch {
    /// The SKU.
    pub sku: String,
    /// The variant.
    pub variant_id: String,
    /// An offer it stands in.
    pub offer_id: String,
}
