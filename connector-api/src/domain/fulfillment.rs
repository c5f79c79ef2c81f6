//! What happens to an order after it was placed: shipments, cancellations, returns, refunds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Money, Timestamp};

/// Goods on their way; an order may have several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    /// The platform's id.
    pub id: ExternalId,
    /// The order.
    pub order_id: ExternalId,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ShipmentLine>,
    /// How to follow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<Tracking>,
    /// Where it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<ExternalId>,
    /// What happened to it; only ever appended to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ShipmentEvent>,
    /// When it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Timestamp>,
}

/// Pieces of an order line in a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentLine {
    /// The order line.
    pub order_line_id: ExternalId,
    /// How many.
    pub quantity: u32,
}

/// How to follow a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tracking {
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Their page, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that happened to a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentEvent {
    /// Stable word for programs.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A cancellation, return, refund, credit or dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Adjustment {
    /// The platform's id.
    pub id: ExternalId,
    /// The order.
    pub order_id: ExternalId,
    /// What it is.
    pub kind: AdjustmentKind,
    /// The platform's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_status: Option<String>,
    /// What it concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<AdjustmentLine>,
    /// Money given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Whether the goods go back on sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restock: Option<bool>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

open_enum! {
    /// What an adjustment is.
    pub enum AdjustmentKind {
        /// Taken out before it was sent.
        Cancellation = "cancellation",
        /// Sent back.
        Return = "return",
        /// Money given back.
        Refund = "refund",
        /// A voucher instead of money.
        Credit = "credit",
        /// The shopper's bank asks.
        Dispute = "dispute",
    }
}

/// Pieces of an order line in an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdjustmentLine {
    /// The order line.
    pub order_line_id: ExternalId,
    /// How many.
    pub quantity: u32,
    /// Money for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}
