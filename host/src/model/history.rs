//! The history of orders and intents.

use connector_api::{
    ErrorCode,
    domain::{AdjustmentKind, FinancialStatus, FulfillmentStatus, Money, OrderStatus, Timestamp},
    wire::Op,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{intent::Difference, outcome::IntentOutcome, stored_word::stored_word};

stored_word!(
    /// What happened to an order or an intent.
    HistoryKind {
        /// An operation was requested.
        Intended = "intended",
        /// It was sent to the platform.
        Sent = "sent",
        /// The platform carried it out.
        Confirmed = "confirmed",
        /// It was not carried out.
        Rejected = "rejected",
        /// Its outcome is unknown.
        Unknown = "unknown",
        /// The platform was searched for its outcome.
        LookedFor = "looked_for",
        /// A status of the order changed.
        StatusChanged = "status_changed",
        /// The result differs from what was agreed.
        DiffersFromAgreed = "differs_from_agreed",
        /// An operator accepted the difference.
        DifferenceAccepted = "difference_accepted",
        /// The order was placed, as the platform reports it. In timelines only.
        Placed = "placed",
        /// A shipment was sent, as the platform reports it. In timelines only.
        Shipped = "shipped",
        /// A return or refund was made, as the platform reports it. In timelines only.
        Returned = "returned",
    }
);

/// Something that happened to an order or an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// Rises with every entry.
    pub seq: i64,
    /// Kind of what happened.
    pub kind: HistoryKind,
    /// The intent it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent_id: Option<String>,
    /// Who or what brought it about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// More of it, by kind. Contains no personal data.
    #[schemars(with = "HistoryDetail")]
    pub detail: serde_json::Value,
    /// Time at which it happened.
    pub at: Timestamp,
}

/// More of an entry of the history. Each kind of entry has its own fields.
#[derive(Serialize, JsonSchema)]
pub struct HistoryDetail {
    /// Of `intended`: the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<Op>,
    #[serde(flatten)]
    outcome: Option<IntentOutcome>,
    /// Of `rejected`, `unknown` and `looked_for`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
    /// Of `rejected`: whether the same key may try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeatable: Option<bool>,
    /// Of `unknown` and `looked_for`: whether it waits for manual resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_resolution: Option<bool>,
    /// Of `looked_for`: how many orders or records of the operation the platform has.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<u32>,
    /// Of `looked_for`: whether that proves that the operation was not carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    conclusive: Option<bool>,
    /// Of `status_changed`: the status of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusChange<OrderStatus>>,
    /// Of `status_changed`: the status of its goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    fulfillment_status: Option<StatusChange<FulfillmentStatus>>,
    /// Of `status_changed`: the status of its money.
    #[serde(skip_serializing_if = "Option::is_none")]
    financial_status: Option<StatusChange<FinancialStatus>>,
    /// Of `differs_from_agreed`: each difference, with both values.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
    /// Of `difference_accepted`: why, in the words of the person who accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Of `shipped`: the shipment.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment_id: Option<String>,
    /// Of `returned`: the return or refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_id: Option<String>,
    /// Of `returned`: what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<AdjustmentKind>,
    /// Of `returned`: money given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

/// A status that changed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Change")]
struct StatusChange<T> {
    /// The status before.
    from: T,
    /// The status after.
    to: T,
}
