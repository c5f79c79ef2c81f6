//! What a connector may ask of its host: one request and one response per service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::validate::Check;
use crate::domain::Timestamp;

open_enum! {
    /// A service of the host.
    pub enum Service {
        /// Send one HTTP request: [`HttpRequest`], answered by [`HttpResponse`].
        Http = "http",
        /// What time it is: answered by [`ClockResponse`].
        Clock = "clock",
        /// Small values that survive a restart: [`StateRequest`], answered by [`StateResponse`].
        State = "state",
        /// Report how much of the platform's quota is left: [`QuotaReport`].
        Quota = "quota",
        /// Report a finished check: [`Check`].
        Progress = "progress",
    }
}

/// One HTTP header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Name, compared without case.
    pub name: String,
    /// Value.
    pub value: String,
    /// Whether the value is secret: never logged, never recorded.
    #[serde(default)]
    pub secret: bool,
}

/// One HTTP request; its body is the call's bytes. The host adds guard, rate limit, retries and deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Absolute address, https.
    pub url: String,
    /// Headers to send.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// Name of the operation, for metrics and recordings; never holds data.
    pub operation: String,
    /// Whether sending it twice does no harm, so that the host may retry it.
    pub idempotent: bool,
    /// What it takes from the platform's quota.
    #[serde(default)]
    pub cost: Cost,
    /// Which of the platform's quotas it takes that from, where the platform counts some of its APIs apart: a name of the
    /// connector's own, never data. Absent: the one that is reported without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// Most milliseconds to wait for the answer; the host may wait less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// What a request takes from the platform's quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Whether it changes something: some platforms count changes apart.
    #[serde(default)]
    pub mutation: bool,
    /// Points of query complexity, as estimated before sending.
    #[serde(default)]
    pub complexity: u64,
}

/// The answer of the platform; its body is the call's bytes. Any status is an answer, not an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// How often the host had sent it before this answer.
    #[serde(default)]
    pub retries: u32,
}

/// What time it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockResponse {
    /// Now.
    pub now: Timestamp,
}

/// Read or write a small value of this connection; the value is the call's bytes, at most 1 MiB, sealed at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateRequest {
    /// `get`, `put` or `delete`.
    pub action: StateAction,
    /// Name of the value, at most 200 characters.
    pub key: String,
}

open_enum! {
    /// What to do with a value.
    pub enum StateAction {
        /// Read it.
        Get = "get",
        /// Write it.
        Put = "put",
        /// Forget it.
        Delete = "delete",
    }
}

/// Whether there was a value; it is the call's bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StateResponse {
    /// Whether there is one.
    pub found: bool,
}

/// How much of the platform's quota is left, as reported by the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaReport {
    /// Which of the platform's quotas it is about, by the name requests give it; absent for the one without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// The platform's windows.
    #[serde(default)]
    pub windows: Vec<QuotaWindow>,
    /// Complexity the last request was charged, to correct its estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_complexity: Option<u64>,
    /// Complexity the last request had been estimated to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_complexity: Option<u64>,
}

/// One window of a quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaWindow {
    /// What is counted.
    pub kind: QuotaKind,
    /// Length of the window, in seconds.
    pub interval_s: u64,
    /// How many are allowed in it.
    pub quota: u64,
    /// How many are left.
    pub remaining: u64,
}

open_enum! {
    /// What a quota counts.
    pub enum QuotaKind {
        /// Requests.
        Requests = "requests",
        /// Requests that change something.
        Mutations = "mutations",
        /// Points of query complexity.
        Complexity = "complexity",
    }
}

/// A line of a plugin's log; the host writes it with its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogRecord {
    /// What happened. Never a secret, never personal data.
    pub message: String,
    /// Details.
    #[serde(default)]
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// The plugin's own fault that the line reports, which the host counts against it: `panic_in_cleanup`. Written by
    /// `export_connector!` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The fault of a panic while a call that nobody waits for any more, or a connection, was cleaned up.
pub const PANIC_IN_CLEANUP: &str = "panic_in_cleanup";

/// A finished check, as reported to the host during validation.
pub type ProgressReport = Check;
