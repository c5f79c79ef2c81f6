//! Webhooks: prove who sent them, then read them. The raw body travels beside the request, never inside.

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
}

/// Whether it is authentic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyWebhookResponse {
    /// The verdict; only `authentic` lets it in.
    pub verdict: WebhookVerdict,
    /// The same event sent twice has the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedupe_key: Option<String>,
    /// When the platform signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
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

/// What it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParseWebhookResponse {
    /// The platform's own name of the event.
    pub topic: String,
    /// Entities it concerns; to be read again with `fetch`.
    pub refs: Vec<EntityRef>,
    /// Entities it says are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<EntityRef>,
    /// Events of one lane are handled in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
}
