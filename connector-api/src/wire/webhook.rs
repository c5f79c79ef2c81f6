//! Webhooks: prove who sent them, then read them. The raw body travels beside the request, never inside.
//!
//! Platforms that keep a queue of events instead are asked with `poll_events` and told with `confirm_events`; both ways
//! end in the same [`PlatformEvent`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{pull::EntityRef, service::Header};
use crate::domain::Timestamp;

/// Decide whether a webhook is authentic. Its raw body is the call's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyWebhookRequest {
    /// Headers as they came.
    pub headers: Vec<Header>,
    /// When it came.
    pub received_at: Timestamp,
    /// How old or how far in the future a signature may be, in seconds; absent for the connector's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
    /// Judge the signature only, not its age: for deliveries kept from the past.
    #[serde(default)]
    pub any_age: bool,
}

/// Whether it is authentic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyWebhookResponse {
    /// The verdict; only `authentic` lets it in.
    pub verdict: WebhookVerdict,
    /// The same delivery sent twice has the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_key: Option<String>,
    /// When the platform signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Why it is not authentic, as far as known, and what to do. Never contains a secret or the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_cause: Option<String>,
}

open_enum! {
    /// Verdict on a webhook.
    pub enum WebhookVerdict {
        /// The signature is right and fresh.
        Authentic = "authentic",
        /// There is no signature.
        Unsigned = "unsigned",
        /// The signature is wrong.
        BadSignature = "bad_signature",
        /// The signature is right but too old.
        Stale = "stale",
        /// The signature is from the future.
        Future = "future",
        /// The connection has no secret to check it with.
        NoSecret = "no_secret",
    }
}

/// Read an authentic webhook. Its raw body is the call's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParseWebhookRequest {
    /// Headers as they came.
    pub headers: Vec<Header>,
}

/// Its events, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParseWebhookResponse {
    /// What has happened.
    pub events: Vec<PlatformEvent>,
}

/// Something that has happened on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlatformEvent {
    /// The platform's own name of the kind of event.
    pub topic: String,
    /// The platform's own word for what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// A duplicate of an event, even in another delivery, has the same key; absent if the platform provides nothing
    /// that distinguishes two events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_key: Option<String>,
    /// When it happened, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// What is to be done about it.
    pub decision: EventDecision,
    /// Why it is ignored or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Entities it concerns, to be refetched with `fetch`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<EntityRef>,
}

open_enum! {
    /// What is to be done about an event.
    pub enum EventDecision {
        /// Read its entities again.
        Route = "route",
        /// Nothing: it does not concern what is kept, or its kind is not known. Counted.
        Ignore = "ignore",
        /// Nothing: it cannot be understood. Kept, counted and shown.
        Reject = "reject",
    }
}

/// Read the oldest events of the platform's queue that were not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PollEventsRequest {
    /// Most events wanted.
    pub limit: u32,
}

/// Events of the platform's queue, oldest first. They come again until they are confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PollEventsResponse {
    /// What has happened.
    pub events: Vec<PlatformEvent>,
    /// Names these events to `confirm_events`; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<EventReceipt>,
    /// Whether there are more.
    #[serde(default)]
    pub more: bool,
}

/// Names events of a queue. Only the connector that made it understands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EventReceipt(pub serde_json::Value);

/// Take events out of the platform's queue, once they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfirmEventsRequest {
    /// Which.
    pub receipt: EventReceipt,
}

/// They are out of the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfirmEventsResponse {}
