//! Reading the catalog.

use connector_api::{
    domain::{ExclusionCode, OfferStatus, Timestamp},
    wire::pull::Stream,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{
    price::VariantPrice,
    rows::{InventoryRow, VariantRow},
};

/// Most prices and most stock rows returned with one offer or variant.
pub const MAX_DETAIL_ROWS: u32 = 10_000;
/// Most lines of one chunk of an export.
pub const MAX_EXPORT_LINES: u32 = 2_000;

/// How many rows of a stream there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamCount {
    /// The stream; `variants` is counted as one, too.
    #[schemars(with = "Stream")]
    pub stream: String,
    /// Rows the platform has.
    pub live: u64,
    /// Rows the platform had and deleted.
    pub deleted: u64,
}

/// Which offers to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferFilter {
    /// Part of the id, title, handle or a SKU; upper and lower case are the same.
    pub text: Option<String>,
    /// Only offers of this status, as the contract writes it.
    pub status: Option<String>,
    /// Also those the platform does not have any more.
    pub deleted: bool,
}

/// An offer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OfferSummary {
    /// The platform's id.
    pub id: String,
    /// What people read.
    pub title: Option<String>,
    /// Human-readable part of its address.
    pub handle: Option<String>,
    /// Whether it can be sold; `deleted` when it was deleted on the platform.
    #[schemars(with = "OfferStatus")]
    pub status: String,
    /// Why channels do not sell it; absent where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExclusionCode>")]
    pub excluded: Option<String>,
    /// How many variants it has.
    pub variants: u64,
    /// When the platform last changed it.
    pub updated_at: Option<Timestamp>,
    /// When this host last saw it change.
    pub changed_at: Timestamp,
    /// When it was deleted on the platform.
    pub deleted_at: Option<Timestamp>,
}

/// An offer with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OfferView {
    /// The offer in short.
    #[serde(flatten)]
    pub summary: OfferSummary,
    /// The whole offer as JSON.
    pub body: String,
    /// Its variants, in order.
    pub variants: Vec<VariantRow>,
    /// Prices of its variants that hold now; with those that start later at most [`MAX_DETAIL_ROWS`].
    pub prices: Vec<VariantPrice>,
    /// Prices of its variants that start later.
    pub upcoming_prices: Vec<VariantPrice>,
    /// Stock of its variants, at most [`MAX_DETAIL_ROWS`].
    pub inventory: Vec<InventoryRow>,
}

/// A piece of an export. Orders, customers, shipments and returns are never in it: they are about people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportChunk {
    /// JSON texts, one per record, without line ends: `{"stream":"offers","data":{…}}`, the data as the contract has it.
    pub lines: Vec<String>,
    /// Cursor of the next page; absent on the last one.
    pub next_cursor: Option<String>,
}
