//! The data of events: what each type says. Everything in it may be sent to the channel: no secret, no personal data.

use connector_api::{
    domain::{ExternalId, InventoryLevel, OfferStatus, Price, Timestamp},
    wire::{Op, pull::Stream, validate::CredentialExpiry},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    connection::ConnectionStatus,
    doubt::HeldDoubt,
    intent::Difference,
    run::{Mode, RunResult, StreamState, Trigger},
};

/// Data of `connection.*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ConnectionEventData")]
pub struct ConnectionEventData {
    /// Status of the connection.
    pub status: ConnectionStatus,
    /// Status before; absent when it did not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ConnectionStatus>,
    /// Why, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Who or what brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The channel's own id of the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<String>,
    /// When credentials run out, as far as it is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expiries: Vec<CredentialExpiry>,
    /// When a sync last read everything it was to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good_sync_at: Option<Timestamp>,
}

/// Data of `sync.*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SyncEventData")]
pub struct SyncEventData {
    /// The run; absent when it could not begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What made it begin.
    pub trigger: Trigger,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// How it ended; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<RunResult>,
    /// Why it did not end well, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Streams of the sync.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<StreamEventData>,
}

/// One stream of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StreamOutcome")]
pub struct StreamEventData {
    /// Name of the stream.
    pub stream: Stream,
    /// Everything or changes.
    pub mode: Mode,
    /// State of the stream.
    pub state: StreamState,
    /// Whether this run was the first that read it to its end: it emitted no events for single rows. Read the catalog.
    pub first: bool,
    /// Rows that are new or changed.
    pub changed: u64,
    /// Rows that were deleted on the platform.
    #[serde(alias = "retired")]
    pub deleted: u64,
    /// Records that could not be read.
    pub skipped: u64,
    /// Rows that were not found and are kept, because their deletion is doubted.
    #[serde(default)]
    pub held: u64,
}

/// Data of `sync.deletions_held`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HeldDeletionsEventData")]
pub struct HeldEventData {
    /// The run whose pass did not see the rows.
    pub run_id: String,
    /// Name of the stream.
    pub stream: Stream,
    /// How many rows the pass did not find, and that are kept.
    pub rows: u64,
    /// Reasons why the deletions are held.
    pub doubts: Vec<HeldDoubt>,
}

/// Data of `offer.*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OfferEventData")]
pub struct OfferEventData {
    /// The platform's id of the offer.
    pub offer_id: ExternalId,
    /// Name shown to shoppers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether it can be sold.
    #[schemars(with = "OfferStatus")]
    pub status: String,
    /// Fields of the offer that have other values than before; empty unless it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// What happened to a price or to stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowChange {
    /// It was not there before.
    New,
    /// It has other values.
    Changed,
    /// It is not there any more; the values are its last.
    Removed,
    /// Of a price: it holds from `at` on, without anything having been changed: it starts then, or another one has ended.
    Started,
    /// Of a price: it does not hold from `at` on, and no other of its pricelist, market and quantity; the values are its last.
    Ended,
}

/// Data of `price.changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PriceEventData")]
pub struct PriceEventData {
    /// What is priced: the price group of variants, or one variant's own id.
    pub priced_id: ExternalId,
    /// The variants that cost this; at most 100, more come in another event. Empty when no offer has any.
    #[serde(default)]
    pub variant_ids: Vec<ExternalId>,
    /// Its prices that have changed; at most 100, more come in another event.
    pub prices: Vec<ChangedPrice>,
}

/// One price that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedPrice {
    /// What happened to it.
    pub change: RowChange,
    /// Fields that have other values than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The price as it is now. Of one that started, the one that holds from `at` on.
    pub price: Price,
    /// Of one that started: what held there before. Absent when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Price>,
    /// Of one that ended: what holds there in its place, such as a price for all markets. Absent when nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Price>,
    /// Of one that started or ended: the instant at which it did, whenever this event was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Data of `inventory.changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "InventoryEventData")]
pub struct InventoryEventData {
    /// Id of the variant.
    pub variant_id: ExternalId,
    /// Its stock that has changed; at most 100 locations, more come in another event.
    pub levels: Vec<ChangedLevel>,
}

/// Stock at one location that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedLevel {
    /// What happened to it.
    pub change: RowChange,
    /// Fields that have other values than before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The stock as it is now.
    pub level: InventoryLevel,
}

/// Data of `order.*`, `shipment.*`, `return.*` and `customer.*`: which record, and what of it. Read the record itself;
/// events hold no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RecordEventData")]
pub struct RecordEventData {
    /// The platform's id of the record.
    pub id: ExternalId,
    /// The order it belongs to, of shipments and returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<ExternalId>,
    /// The number people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The channel's own number of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// Its states by axis, such as `status`, `fulfillment_status`, `financial_status`.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub states: std::collections::BTreeMap<String, String>,
    /// Fields that have other values than before; empty when it is new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// Data of `order.differs_from_agreed` and `order.difference_accepted`: what was done differs from what was agreed or asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DifferenceEventData")]
pub struct DifferenceEventData {
    /// The intent that was done differently.
    pub intent_id: String,
    /// Name of the operation.
    #[schemars(with = "Op")]
    pub op: String,
    /// The orders it made or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_ids: Vec<ExternalId>,
    /// The channel's own number of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// Each difference, with both values. Amounts are in minor units.
    pub differences: Vec<Difference>,
}

/// Data of `endpoint.test`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EndpointTestEventData")]
pub struct TestEventData {
    /// The endpoint that is tried out.
    pub endpoint_id: String,
    /// A sentence for people.
    pub message: String,
}
