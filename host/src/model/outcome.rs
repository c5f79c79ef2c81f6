//! What a platform answered to an operation on orders, in short. Holds no personal data.

use connector_api::domain::{
    Adjustment, AdjustmentKind, ExternalId, FinancialStatus, FulfillmentStatus, Message, MessageSeverity, Money,
    OrderStatus, Shipment,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::rows::OrderRow;

/// What the platform answered, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IntentOutcome {
    /// The orders that were placed or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OutcomeOrder>,
    /// The shipment that was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipment: Option<OutcomeShipment>,
    /// The return or refund that was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<OutcomeAdjustment>,
    /// Warnings of the platform about the operation that it carried out.
    pub warnings: Vec<OutcomeWarning>,
}

/// An order of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeOrder {
    /// The platform's id.
    pub id: String,
    /// The number people see.
    pub number: Option<String>,
    /// The channel's own number.
    pub channel_reference: Option<String>,
    /// How far it is.
    #[schemars(with = "OrderStatus")]
    pub status: String,
    /// How far its goods are.
    #[schemars(with = "FulfillmentStatus")]
    pub fulfillment_status: String,
    /// How far its money is.
    #[schemars(with = "FinancialStatus")]
    pub financial_status: String,
    /// ISO 4217 code of the total.
    pub currency: String,
    /// What is paid, in minor units of the currency.
    pub total_minor: Option<i64>,
}

/// A shipment of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeShipment {
    /// The platform's id.
    pub id: ExternalId,
    /// Id of the order.
    pub order_id: ExternalId,
}

/// A return or refund of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeAdjustment {
    /// The platform's id.
    pub id: ExternalId,
    /// Id of the order.
    pub order_id: ExternalId,
    /// What it is.
    pub kind: AdjustmentKind,
    /// Money given back.
    pub amount: Option<Money>,
}

/// A warning of the platform without its text, which may contain personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeWarning {
    /// Stable word for programs.
    pub code: String,
    /// How much it matters.
    pub severity: MessageSeverity,
    /// JSON pointer to what it is about.
    pub path: Option<String>,
}

impl From<&OrderRow> for OutcomeOrder {
    fn from(row: &OrderRow) -> Self {
        Self {
            id: row.id.clone(),
            number: row.number.clone(),
            channel_reference: row.channel_reference.clone(),
            status: row.status.clone(),
            fulfillment_status: row.fulfillment_status.clone(),
            financial_status: row.financial_status.clone(),
            currency: row.currency.clone(),
            total_minor: row.total_minor,
        }
    }
}

impl From<&Shipment> for OutcomeShipment {
    fn from(shipment: &Shipment) -> Self {
        Self { id: shipment.id.clone(), order_id: shipment.order_id.clone() }
    }
}

impl From<&Adjustment> for OutcomeAdjustment {
    fn from(adjustment: &Adjustment) -> Self {
        let Adjustment { id, order_id, kind, amount, .. } = adjustment;
        Self { id: id.clone(), order_id: order_id.clone(), kind: kind.clone(), amount: *amount }
    }
}

impl From<&Message> for OutcomeWarning {
    fn from(message: &Message) -> Self {
        Self { code: message.code.clone(), severity: message.severity.clone(), path: message.path.clone() }
    }
}
