//! Rows of the catalog as the sync engine writes them and readers get them back.

use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// One page of rows. A page holds one kind, as its stream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Stores, markets, pricelists, languages, categories, locations, tax rules, shipping options.
    Entities(Vec<EntityRow>),
    /// Offers with their variants.
    Offers(Vec<OfferRow>),
    /// Prices.
    Prices(Vec<PriceRow>),
    /// Stock.
    Inventory(Vec<InventoryRow>),
}

impl Rows {
    /// How many rows there are, variants not counted.
    pub fn len(&self) -> usize {
        match self {
            Self::Entities(rows) => rows.len(),
            Self::Offers(rows) => rows.len(),
            Self::Prices(rows) => rows.len(),
            Self::Inventory(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An entity of a small stream: found by id, otherwise opaque.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EntityRow {
    /// The platform's id.
    pub id: String,
    /// What people read.
    pub title: Option<String>,
    /// The entity above it.
    pub parent_id: Option<String>,
    /// The whole entity as JSON.
    pub body: String,
}

/// An offer. Two bodies are compared as text to tell whether it changed, so they must be serialised the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OfferRow {
    /// The platform's id.
    pub id: String,
    /// What people read.
    pub title: Option<String>,
    /// Human-readable part of its address.
    pub handle: Option<String>,
    /// Whether it can be sold, as the contract writes it.
    pub status: String,
    /// When the platform last changed it.
    pub updated_at: Option<Timestamp>,
    /// The whole offer as JSON, variants included.
    pub body: String,
    /// Index of the body's variants: rewritten when the body changes, and only then.
    pub variants: Vec<VariantRow>,
}

/// A variant of an offer. The same variant may stand in several offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VariantRow {
    /// The platform's id; prices and stock refer to it.
    pub id: String,
    /// Stock-keeping unit; may be absent or repeat.
    pub sku: Option<String>,
    /// What people read.
    pub title: Option<String>,
    /// Whether it can be sold.
    pub active: bool,
}

/// A price of a variant. Key: variant, pricelist, market, minimum quantity; `""` stands for no pricelist or market.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PriceRow {
    /// The variant.
    pub variant_id: String,
    /// The pricelist, or `""`.
    pub pricelist_id: String,
    /// The market, or `""`.
    pub market_id: String,
    /// From how many pieces on.
    pub min_quantity: u32,
    /// ISO 4217 code of both amounts.
    pub currency: String,
    /// What is paid for one piece, in minor units.
    pub amount_minor: i64,
    /// What it cost before a reduction, in minor units.
    pub list_amount_minor: Option<i64>,
    /// Whether tax is inside, as the contract writes it.
    pub tax: String,
    /// From when on.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
}

/// Stock of a variant at a location; `""` stands for the platform as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InventoryRow {
    /// The variant.
    pub variant_id: String,
    /// The location, or `""`.
    pub location_id: String,
    /// Pieces free to sell.
    pub available: i64,
    /// What happens when there are none, as the contract writes it.
    pub policy: String,
    /// When the platform counted. Not compared: a new count of the same stock is no change.
    pub as_of: Option<Timestamp>,
}
