//! Intents: what was asked of a platform's orders, written before the platform is asked.
//!
//! `intended → sent → confirmed | rejected | unknown`. Whoever acts on an intent holds a claim with a fence; a later
//! claim makes the writes of an earlier one fail. A claim that lapses while an intent is `sent` leaves it `unknown`:
//! nobody knows any more whether the platform has done it.

use connector_api::{
    ConnectorError,
    domain::{ConnectionId, Money, Timestamp},
    wire::Op,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    outcome::IntentOutcome,
    rows::{OrderRow, ReturnRow, ShipmentRow},
    run::uuid7,
    stored_word::stored_word,
};

/// Most characters of an idempotency key.
pub const MAX_KEY: usize = 255;

/// Id of an intent: `intent_` and a UUID version 7. It is the idempotency key that platforms receive, so that the keys of two
/// channels of one store cannot meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IntentId(pub String);

impl IntentId {
    /// A fresh id.
    pub fn new(now: Timestamp) -> Self {
        Self(format!("intent_{}", uuid7(now).simple()))
    }
}

impl std::fmt::Display for IntentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

stored_word! {
    /// How far an intent is.
    IntentState {
        /// Written, not yet sent.
        Intended = "intended",
        /// Sent, no answer yet.
        Sent = "sent",
        /// Done, confirmed by the platform.
        Confirmed = "confirmed",
        /// Not done: refused by the platform, or never sent.
        Rejected = "rejected",
        /// Sent, but its outcome is unknown.
        Unknown = "unknown",
    }
}

impl IntentState {
    /// Whether it stays as it is.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Confirmed | Self::Rejected)
    }
}

/// An operation on an order, and its outcome. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Intent {
    /// Id of the intent.
    pub id: IntentId,
    /// Id of the connection.
    pub connection_id: ConnectionId,
    /// The caller's idempotency key.
    pub key: String,
    /// Name of the operation.
    #[schemars(with = "Op")]
    pub op: String,
    /// The order it concerns; absent when it is to be placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The channel's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_reference: Option<String>,
    /// How far it is.
    pub state: IntentState,
    /// Rejected, but the same key may try again.
    pub repeatable: bool,
    /// Whether it waits for manual resolution: its outcome cannot be found, or it was done otherwise than agreed.
    pub manual_resolution: bool,
    /// Where what the platform did differs from what was agreed or asked. It was done all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs_from_agreed: Vec<Difference>,
    /// Who accepted the difference; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference_accepted: Option<Acceptance>,
    /// How often it was sent.
    pub attempts: u32,
    /// How often the platform was searched for its outcome since it was last sent.
    pub searches: u32,
    /// When it was first sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_sent_at: Option<Timestamp>,
    /// When it was last sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sent_at: Option<Timestamp>,
    /// Why it was rejected, or why its outcome is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ConnectorError>")]
    pub error: Option<serde_json::Value>,
    /// What the platform answered, in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<IntentOutcome>")]
    pub outcome: Option<serde_json::Value>,
    /// Who requested it.
    pub actor: String,
    /// When the host works on it next, unless it is settled.
    pub due_at: Timestamp,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Something in which a platform's answer is not what was agreed or asked. Holds nothing about people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrderDifference")]
pub struct Difference {
    /// What it is, such as `currency`, `channel_reference`, `lines/VARIANT/quantity`, `shipping_price`, `total`.
    pub field: String,
    /// As agreed or asked; null when nothing of the kind was.
    #[serde(default)]
    #[schemars(with = "Option<DifferenceValue>")]
    pub agreed: Option<serde_json::Value>,
    /// As the platform has it; null when its answer does not show it.
    #[serde(default)]
    #[schemars(with = "Option<DifferenceValue>")]
    pub actual: Option<serde_json::Value>,
}

/// A value that differs.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the values of differences")]
enum DifferenceValue {
    /// A word, such as a status, a country, a currency or an id.
    Text(String),
    /// A number of units.
    Quantity(u64),
    /// A yes or no.
    Flag(bool),
    /// An amount of money.
    Amount(Money),
}

/// Somebody accepted that something was done differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    /// Why, in their own words; nothing about people.
    pub note: String,
    /// Who accepted the difference.
    pub actor: String,
    /// Time of the acceptance.
    pub at: Timestamp,
}

/// A new intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Its id.
    pub id: IntentId,
    /// The connection.
    pub connection: ConnectionId,
    /// The caller's idempotency key.
    pub key: String,
    /// The operation.
    pub op: String,
    /// The order it concerns.
    pub order_id: Option<String>,
    /// The channel's own number.
    pub channel_reference: Option<String>,
    /// Tells another request of the same key.
    pub fingerprint: Vec<u8>,
    /// The same of the request as it was given, before its texts were put into their one form: earlier programs kept that.
    pub fingerprint_as_given: Vec<u8>,
    /// The request, sealed for the id.
    pub request: Vec<u8>,
    /// Who asks.
    pub actor: String,
}

/// The right to act on an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The intent.
    pub intent: IntentId,
    /// Rises with every claim.
    pub fence: i64,
}

/// An intent that is the caller's to act on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The right to act.
    pub claim: Claim,
    /// The intent, `intended` or `unknown`.
    pub intent: Intent,
    /// Its request, sealed.
    pub request: Vec<u8>,
}

/// What became of an attempt to begin an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is the caller's: new, or an earlier one that nobody acts on.
    Claimed(Box<Claimed>),
    /// It is there: somebody acts on it, or it waits, or it is settled.
    There(Box<Intent>),
    /// The key was used for another request.
    OtherRequest,
    /// Another order of the connection has the channel's number already, or may have it.
    ReferenceUsed(IntentId),
    /// The store has an order with the channel's number, of which no intent is known: placed by somebody else, or by this host
    /// before its database was restored.
    ReferenceInStore(String),
}

/// How a submission or operation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// The platform did it.
    Confirmed {
        /// What it answered, in short; nothing about people.
        outcome: serde_json::Value,
        /// When it was asked: what was read later is newer.
        read_at: Timestamp,
        /// The orders it made or changed.
        orders: Vec<OrderRow>,
        /// The shipments it made.
        shipments: Vec<ShipmentRow>,
        /// The returns and refunds it made.
        returns: Vec<ReturnRow>,
        /// Where it differs from what was agreed or asked.
        differences: Vec<Difference>,
    },
    /// The platform did not do it, or it was never sent.
    Rejected {
        /// A connector's error.
        error: serde_json::Value,
        /// Whether the same key may try again.
        repeatable: bool,
    },
}

/// What a search for an intent's traces left open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenQuestion {
    /// Why it is not known: a connector's error, or what the search said.
    pub error: serde_json::Value,
    /// Nothing more can be found out without a person.
    pub manual_resolution: bool,
    /// When to look again.
    pub due_at: Timestamp,
    /// Whether the platform was searched.
    pub looked: bool,
}

/// Which intents to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntentFilter {
    /// Return only those in this state.
    pub state: Option<IntentState>,
    /// Only those that wait for a person.
    pub manual_resolution: bool,
}
