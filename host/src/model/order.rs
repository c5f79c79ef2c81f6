//! Reading orders: what can be looked up in the open, bodies sealed.

use connector_api::{
    domain::{FinancialStatus, FulfillmentStatus, OrderStatus, Timestamp},
    wire::Op,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::intent::{Acceptance, Difference, IntentId};

/// Most shipments and most returns read with one order.
pub const MAX_PARTS: u32 = 1_000;

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those of this status, as the contract writes it.
    pub status: Option<String>,
    /// Only those whose change was stored at or after this time.
    pub changed_since: Option<Timestamp>,
    /// Only those with this number of the channel's, blanks around it aside.
    pub channel_reference: Option<String>,
    /// The last changed first; else the last changed last, as somebody reads who follows changes.
    pub newest_first: bool,
}

/// An order without anything about people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrderSummary {
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
    /// What is paid, in minor units of the currency: `449700` with `SEK` is 4,497.00 kronor.
    pub total_minor: Option<i64>,
    /// Quantity ordered, of all lines together.
    pub quantity: u32,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
    /// When the platform last changed it.
    pub updated_at: Option<Timestamp>,
    /// When this host last saw it change.
    pub changed_at: Timestamp,
    /// When it was deleted on the platform.
    pub deleted_at: Option<Timestamp>,
    /// Whether what is about people was erased.
    pub erased: bool,
    /// Whether it differs from what was agreed, and the difference is not accepted.
    pub differs_from_agreed: bool,
}

/// Where what was done for one intent differs from what was agreed or asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IntentDifferences {
    /// Id of the intent.
    pub intent_id: IntentId,
    /// Name of the operation.
    #[schemars(with = "Op")]
    pub op: String,
    /// Each difference, with both values.
    pub differences: Vec<Difference>,
    /// Who accepted them; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

/// Something sealed, with the id it is sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord {
    /// The platform's id.
    pub id: String,
    /// The sealed body.
    pub blob: Vec<u8>,
}

/// An order with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    /// In the open.
    pub summary: OrderSummary,
    /// The whole order, sealed.
    pub blob: Vec<u8>,
    /// Its shipments, at most [`MAX_PARTS`].
    pub shipments: Vec<SealedRecord>,
    /// Its returns, at most [`MAX_PARTS`].
    pub returns: Vec<SealedRecord>,
    /// Where it, or what was asked of it, differs from what was agreed.
    pub differences: Vec<IntentDifferences>,
}
