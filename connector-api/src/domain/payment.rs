//! What happened to an order's money, event by event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalId, Money, Timestamp};

/// One thing that happened to an order's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentEvent {
    /// The platform's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// What was done.
    pub kind: PaymentEventKind,
    /// The platform's own word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_kind: Option<String>,
    /// Whether it came about.
    pub status: PaymentEventStatus,
    /// Amount of the event.
    pub amount: Money,
    /// The platform's name of the payment method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The payment provider's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Time of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

open_enum! {
    /// What was done with money.
    pub enum PaymentEventKind {
        /// Reserved.
        Authorization = "authorization",
        /// Taken.
        Capture = "capture",
        /// Given back.
        Refund = "refund",
        /// A reservation released.
        Void = "void",
        /// Marked by the merchant as paid elsewhere.
        MarkedPaid = "marked_paid",
        /// Marked by the merchant as not paid after all.
        MarkedUnpaid = "marked_unpaid",
        /// Invoiced.
        Invoice = "invoice",
    }
}

open_enum! {
    /// Whether it came about.
    pub enum PaymentEventStatus {
        /// Yes.
        Succeeded = "succeeded",
        /// Asked for; the provider has not answered.
        Pending = "pending",
        /// No.
        Failed = "failed",
    }
}
