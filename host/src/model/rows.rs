//! Rows as the sync engine writes them and readers get them back: the catalog in the open, orders and people sealed.

use connector_api::domain::{StockPolicy, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::model::price::PriceRow;

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
    /// Orders.
    Orders(Vec<OrderRow>),
    /// Customers.
    Customers(Vec<CustomerRow>),
    /// Shipments.
    Shipments(Vec<ShipmentRow>),
    /// Returns, refunds and the like.
    Returns(Vec<ReturnRow>),
}

impl Rows {
    /// How many rows there are, variants not counted.
    pub fn len(&self) -> usize {
        match self {
            Self::Entities(rows) => rows.len(),
            Self::Offers(rows) => rows.len(),
            Self::Prices(rows) => rows.len(),
            Self::Inventory(rows) => rows.len(),
            Self::Orders(rows) => rows.len(),
            Self::Customers(rows) => rows.len(),
            Self::Shipments(rows) => rows.len(),
            Self::Returns(rows) => rows.len(),
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
    /// What its prices are filed under, where it shares them with other variants.
    pub price_group_id: Option<String>,
    /// Stock-keeping unit; may be absent or repeat.
    pub sku: Option<String>,
    /// What people read.
    pub title: Option<String>,
    /// Whether it can be sold.
    pub active: bool,
}

/// Stock of a variant at a location; `""` stands for the platform as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InventoryRow {
    /// Id of the variant.
    pub variant_id: String,
    /// The location, or `""`.
    pub location_id: String,
    /// Quantity free to sell.
    pub available: i64,
    /// What happens when there is none.
    #[schemars(with = "StockPolicy")]
    pub policy: String,
    /// When the platform counted. Not compared: a new count of the same stock is no change.
    pub as_of: Option<Timestamp>,
}

/// A body that only the connection's data key opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedBody {
    /// The sealed bytes.
    pub blob: Vec<u8>,
    /// Keyed hash of the body: equal when the bodies are.
    pub digest: Vec<u8>,
}

/// Finds a person or an order without naming it: a keyed hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym(pub Vec<u8>);

/// An order. Everything beside the body is free of personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRow {
    /// The platform's id.
    pub id: String,
    /// The number people see.
    pub number: Option<String>,
    /// The channel's own number.
    pub channel_reference: Option<String>,
    /// How far it is, as the contract writes it.
    pub status: String,
    /// How far its goods are.
    pub fulfillment_status: String,
    /// How far its money is.
    pub financial_status: String,
    /// ISO 4217 code of the total.
    pub currency: String,
    /// What is paid, in minor units.
    pub total_minor: Option<i64>,
    /// Pieces ordered, of all lines.
    pub quantity: u32,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
    /// When the platform last changed it.
    pub updated_at: Option<Timestamp>,
    /// Its own pseudonym.
    pub pseudonym: Pseudonym,
    /// Whose data it holds; none when `erased`.
    pub persons: Vec<Pseudonym>,
    /// Whether what is about people was left out.
    pub erased: bool,
    /// The whole order.
    pub body: SealedBody,
}

/// A customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerRow {
    /// The platform's id.
    pub id: String,
    /// Mark of that id.
    pub pseudonym: Pseudonym,
    /// Mark of the e-mail address.
    pub email_pseudonym: Option<Pseudonym>,
    /// When the platform last changed them.
    pub updated_at: Option<Timestamp>,
    /// The whole customer.
    pub body: SealedBody,
}

/// A shipment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShipmentRow {
    /// The platform's id.
    pub id: String,
    /// The order.
    pub order_id: String,
    /// The order's pseudonym.
    pub order_pseudonym: Pseudonym,
    /// How far it is, as the contract writes it.
    pub status: Option<String>,
    /// When it left.
    pub shipped_at: Option<Timestamp>,
    /// Whether what is about people was left out.
    pub erased: bool,
    /// The whole shipment.
    pub body: SealedBody,
}

/// A return, refund or the like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnRow {
    /// The platform's id.
    pub id: String,
    /// The order.
    pub order_id: String,
    /// The order's pseudonym.
    pub order_pseudonym: Pseudonym,
    /// What it is, as the contract writes it.
    pub kind: String,
    /// How far it is, as the contract writes it.
    pub status: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether what is about people was left out.
    pub erased: bool,
    /// The whole record.
    pub body: SealedBody,
}
