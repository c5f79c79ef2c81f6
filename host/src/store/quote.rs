//! What a quote without the platform reads: everything about the variants of a cart, in a few statements.

use async_trait::async_trait;
use connector_api::domain::ConnectionId;

use super::{
    error::Result,
    rows::{InventoryRow, PriceRow},
};

/// Most variants or SKUs asked for at once.
pub const MAX_QUOTED: usize = 200;

/// A variant with all that decides what it costs. Retired rows are left out.
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

/// Reads for quotes. An unknown connection has no variants.
#[async_trait]
pub trait QuoteStore: Send + Sync {
    /// The variants of these ids that some offer has, in the order of their ids. `Refused` for more than [`MAX_QUOTED`].
    async fn quoted_variants(&self, connection: &ConnectionId, ids: &[&str]) -> Result<Vec<QuotedVariant>>;

    /// The variants that have these SKUs, by SKU, variant and offer; at most 10 of each SKU. `Refused` for more than
    /// [`MAX_QUOTED`].
    async fn variants_by_sku(&self, connection: &ConnectionId, skus: &[&str]) -> Result<Vec<SkuMatch>>;
}
