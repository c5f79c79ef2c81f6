//! What surrounds every request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A request with what every call carries. Its answer is the bare response message, or a
/// [`ConnectorError`](super::error::ConnectorError).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope<R> {
    /// The operation's name.
    pub op: String,
    /// Ties logs of both sides together.
    #[serde(default)]
    pub trace_id: String,
    /// Milliseconds the caller will wait; then it drops the call.
    #[serde(default)]
    pub deadline_ms: u64,
    /// The same key never makes a change twice; present on operations that change something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The operation's own message.
    pub request: R,
}

/// The envelope without its request, as an operation sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The operation's name.
    pub op: String,
    /// Ties logs of both sides together.
    pub trace_id: String,
    /// Milliseconds the caller will wait from the start of the call.
    pub deadline_ms: u64,
    /// The same key never makes a change twice.
    pub idempotency_key: Option<String>,
}

impl<R> Envelope<R> {
    /// The envelope's own part and the request.
    ///
    /// ```
    /// use connector_api::wire::{envelope::Envelope, pull::PullRequest};
    ///
    /// let json = r#"{ "op": "pull", "deadline_ms": 30000, "request": { "stream": "offers", "limit": 100 } }"#;
    /// let (call, request) = serde_json::from_str::<Envelope<PullRequest>>(json)?.open();
    /// assert_eq!((call.op.as_str(), request.limit), ("pull", 100));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn open(self) -> (Call, R) {
        let Self { op, trace_id, deadline_ms, idempotency_key, request } = self;
        (Call { op, trace_id, deadline_ms, idempotency_key }, request)
    }
}
