//! What happens to an order after it was placed: shipments, cancellations, returns, refunds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Message, Money, RawStatus, Timestamp};

/// Goods on their way; an order may have several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    /// The platform's id.
    pub id: ExternalId,
    /// The number people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Id of the order.
    pub order_id: ExternalId,
    /// How far it is.
    #[serde(default = "ShipmentStatus::unsaid")]
    pub status: ShipmentStatus,
    /// The platform's own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raw_status: Vec<RawStatus>,
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
    /// What its goods cost, shipping and tax included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Warnings of the platform about a request that it carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Message>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Timestamp>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

open_enum! {
    /// How far a shipment is.
    pub enum ShipmentStatus {
        /// Made, but not yet to be packed.
        Pending = "pending",
        /// To be packed and sent.
        Ready = "ready",
        /// Somebody or something stops it.
        OnHold = "on_hold",
        /// Handed over to the carrier.
        Shipped = "shipped",
        /// Received.
        Delivered = "delivered",
        /// Taken back before it left.
        Canceled = "canceled",
    }
}

impl ShipmentStatus {
    /// The status of shipments written before they had one.
    fn unsaid() -> Self {
        Self::Pending
    }
}

/// Quantity of an order line in a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentLine {
    /// The platform's id of the line in the shipment, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// The order line.
    pub order_line_id: ExternalId,
    /// Number of units shipped.
    pub quantity: u32,
}

/// How to follow a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tracking {
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Tracking number of the carrier.
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
    /// Time of the event.
    pub at: Timestamp,
    /// Description of the event, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A cancellation, return, refund, credit or dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Adjustment {
    /// The platform's id.
    pub id: ExternalId,
    /// Id of the order.
    pub order_id: ExternalId,
    /// The shipment whose goods it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment_id: Option<ExternalId>,
    /// What it is.
    pub kind: AdjustmentKind,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AdjustmentStatus>,
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
    /// Reason for the adjustment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Warnings of the platform about a request that it carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Message>,
    /// Time of the adjustment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

open_enum! {
    /// How far an adjustment is.
    pub enum AdjustmentStatus {
        /// Begun: goods may be on their way back, money is not yet given back.
        Pending = "pending",
        /// Done.
        Completed = "completed",
        /// Will not happen.
        Canceled = "canceled",
        /// Failed.
        Failed = "failed",
    }
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

/// Quantity of an order line in an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdjustmentLine {
    /// The order line.
    pub order_line_id: ExternalId,
    /// Number of units of the line.
    pub quantity: u32,
    /// Money for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}
