//! Orders: place, look for, read, confirm, hold, cancel, capture, ship, take back, refund.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Adjustment, AdjustmentLine, ExternalId, Money, Order, OrderDraft, Shipment, ShipmentLine, Timestamp, Tracking,
};

/// Place an order. The envelope's idempotency key is the draft's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmitOrderRequest {
    /// What to place.
    pub draft: OrderDraft,
}

/// What the order became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubmitOrderResponse {
    /// Usually one; some platforms split an order into several.
    pub orders: Vec<Order>,
}

/// Look for orders that a submission may have made, before it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindOrdersRequest {
    /// The draft as it was or would be submitted.
    pub draft: OrderDraft,
    /// When it was first submitted.
    pub submitted_at: Timestamp,
    /// The newest order of a channel that certainly exists on the platform, if any. A search proves nothing if it does
    /// not show this one in the same list and in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<KnownOrder>,
}

/// An order that was seen on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownOrder {
    /// The platform's id.
    pub id: ExternalId,
    /// When it was placed, by the platform's clock.
    pub placed_at: Timestamp,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindOrdersResponse {
    /// Orders of this draft; empty when there are none.
    pub orders: Vec<Order>,
    /// Whether a created order would certainly be among them. If not, nothing is submitted again without manual resolution.
    pub conclusive: bool,
}

/// Accept an order, so that the merchant's warehouse may go to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfirmOrderRequest {
    /// The platform's id.
    pub order_id: ExternalId,
}

/// Stop an order from being sent, or let it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldOrderRequest {
    /// The platform's id.
    pub order_id: ExternalId,
    /// Whether it is to wait.
    pub hold: bool,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Read one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetOrderRequest {
    /// The platform's id.
    pub order_id: ExternalId,
}

/// Cancel an order, or some of its lines when `lines` is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CancelOrderRequest {
    /// The platform's id.
    pub order_id: ExternalId,
    /// Lines to cancel; empty for all.
    #[serde(default)]
    pub lines: Vec<AdjustmentLine>,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether the goods go back on sale.
    pub restock: bool,
}

/// Send goods of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateShipmentRequest {
    /// The platform's id of the order.
    pub order_id: ExternalId,
    /// What is sent.
    pub lines: Vec<ShipmentLine>,
    /// How to follow it.
    #[serde(default)]
    pub tracking: Vec<Tracking>,
}

/// Take goods of a shipment back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateReturnRequest {
    /// The platform's id of the order.
    pub order_id: ExternalId,
    /// The platform's id of the shipment, where it needs one.
    #[serde(default)]
    pub shipment_id: Option<ExternalId>,
    /// What comes back.
    pub lines: Vec<AdjustmentLine>,
    /// Whether the goods go back on sale.
    pub restock: bool,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Give money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundRequest {
    /// The platform's id of the order.
    pub order_id: ExternalId,
    /// The return it belongs to, where the platform ties refunds to returns.
    #[serde(default)]
    pub return_id: Option<ExternalId>,
    /// How much; absent for what the platform computes.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Why, for the merchant.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Capture money that is reserved for an order; where it is held elsewhere, report to the platform that it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureRequest {
    /// The platform's id of the order.
    pub order_id: ExternalId,
    /// How much; absent for all that is owed.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The platform's id of the shipment that is paid with it; absent for the whole order.
    #[serde(default)]
    pub shipment_id: Option<ExternalId>,
    /// The payment provider's own number of the capture. With it the capture is found again after a lost answer.
    #[serde(default)]
    pub reference: Option<String>,
}

/// The order after the operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderResponse {
    /// The order.
    pub order: Order,
}

/// The shipment that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipmentResponse {
    /// The shipment.
    pub shipment: Shipment,
}

/// The return or refund that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdjustmentResponse {
    /// The return or refund.
    pub adjustment: Adjustment,
}
