//! Shipments and returns.

use serde::Deserialize;

use super::{
    Id, id, list,
    money::{CurrencyAmount, MonetaryValue},
};

/// A shipment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipment {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// The number people see, such as `39790-1`.
    #[serde(default)]
    pub number: Option<String>,
    /// May be packed.
    #[serde(default)]
    pub is_good_to_go: bool,
    /// Has left.
    #[serde(default)]
    pub is_shipped: bool,
    /// Is paid.
    #[serde(default)]
    pub is_paid: bool,
    /// Is held.
    #[serde(default)]
    pub is_on_hold: Option<bool>,
    /// Its money was taken through Centra.
    #[serde(default)]
    pub is_captured: Option<bool>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When it changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When it left.
    #[serde(default)]
    pub shipped_at: Option<String>,
    /// Number of the parcel.
    #[serde(default)]
    pub tracking_number: Option<String>,
    /// Who carries it.
    #[serde(default)]
    pub carrier_information: Option<Carrier>,
    /// What it is worth.
    #[serde(default)]
    pub grand_total: Option<CurrencyAmount>,
    /// What is in it.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<ShipmentLine>,
    /// Its order, where it is read by itself.
    #[serde(default)]
    pub order: Option<OrderRef>,
}

/// An order of which only the id is read.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderRef {
    /// Its hash.
    pub id: String,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
}

/// Who carries a shipment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carrier {
    /// Company.
    #[serde(default)]
    pub carrier_name: Option<String>,
    /// Service.
    #[serde(default)]
    pub service_name: Option<String>,
}

/// A line of a shipment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentLine {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// Pieces.
    pub quantity: i64,
    /// Pieces sent back.
    #[serde(default)]
    pub returned_quantity: i64,
    /// The order's line.
    pub order_line: Id,
}

/// A return.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// `PENDING`, `COMPLETED`, or something new.
    #[serde(default)]
    pub return_status: Option<String>,
    /// When.
    #[serde(default)]
    pub created_at: Option<String>,
    /// What is given back.
    pub grand_total: CurrencyAmount,
    /// Whether the goods are on sale again.
    #[serde(default)]
    pub returned_to_stock: Option<bool>,
    /// Why.
    #[serde(default)]
    pub comment: Option<String>,
    /// Its store.
    #[serde(default)]
    pub store: Option<Id>,
    /// What came back.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<ReturnLine>,
    /// Refunds it led to; absent when they cannot be read.
    #[serde(default)]
    pub refund_payment_history: Option<Vec<RefundEntry>>,
    /// Its order.
    #[serde(default)]
    pub order: Option<OrderRef>,
    /// Its shipment.
    #[serde(default)]
    pub shipment: Option<Id>,
}

/// A line of a return.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnLine {
    /// Pieces.
    pub quantity: i64,
    /// What they are worth.
    pub line_value: MonetaryValue,
    /// The order's line.
    pub order_line: Id,
}

/// A refund.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundEntry {
    /// `SUCCESS`, `PENDING`, `FAILED`.
    pub status: String,
    /// `REFUND`, …
    pub entry_type: String,
    /// How much.
    pub value: MonetaryValue,
}
