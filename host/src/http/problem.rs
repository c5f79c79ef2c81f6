//! Errors as `application/problem+json` (RFC 9457), and the only table of status codes.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{ConnectorError, FieldError, Retry};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{cart, channel, connection, metrics, order, outbox, secret, session, webhook};

/// Status of every code. Codes of the platform and of plugins that are not named are 502: the fault lies behind us.
fn status_of(code: &str) -> StatusCode {
    match code {
        "body_incomplete"
        | "invalid_json"
        | "invalid_query"
        | "refused"
        | "idempotency_key_required"
        | "idempotency_key_invalid" => StatusCode::BAD_REQUEST,
        "body_too_slow" => StatusCode::REQUEST_TIMEOUT,
        "key_required" | "key_refused" | "session_unknown" | "webhook_refused" => StatusCode::UNAUTHORIZED,
        "operator_required" | "channel_key_required" | "origin_mismatch" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "capability_off"
        | "in_flight"
        | "reference_used"
        | "intent_settled"
        | "not_done"
        | "order_expired"
        | "conflict"
        | "lease_lost"
        | "already_connected"
        | "not_checked"
        | "not_ready"
        | "no_channel"
        | "rotation_running"
        | "too_many_endpoints"
        | "too_many_keys"
        | "local_quote_blocked"
        | "quote_stale" => StatusCode::CONFLICT,
        "cursor_expired" | "session_expired" | "session_used" => StatusCode::GONE,
        "body_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "unsupported_media_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "invalid_request"
        | "idempotency_key_reused"
        | "config_invalid"
        | "secret_in_draft"
        | "validation_failed"
        | "other_store"
        | "result_refused"
        | "limit"
        | "cart_refused"
        | "auth_invalid"
        | "auth_expired"
        | "auth_revoked"
        | "permission_missing"
        | "schema_incompatible"
        | "unsupported_operation"
        | "address_forbidden" => StatusCode::UNPROCESSABLE_ENTITY,
        "too_many_checks" => StatusCode::TOO_MANY_REQUESTS,
        "unexpected" | "database_damaged" | "database_newer" | "database_failed" => StatusCode::INTERNAL_SERVER_ERROR,
        "overloaded"
        | "webhook_not_kept"
        | "too_slow"
        | "draining"
        | "work_stopped"
        | "database_busy"
        | "database_unavailable"
        | "database_replaced"
        | "connector_unavailable"
        | "disk_full"
        | "keys"
        | "rate_limited"
        | "realtime_unavailable"
        | "plugin_quarantined" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// What a busy, slow or ending host answers: nothing is wrong with it, and a log full of it would hide what is. Counted.
const EXPECTED: [&str; 8] = [
    "overloaded",
    "draining",
    "rate_limited",
    "realtime_unavailable",
    "too_slow",
    "body_too_slow",
    "connector_unavailable",
    "plugin_quarantined",
];

/// Seconds after which it is worth asking again for a connector that is not loaded.
const CONNECTOR_AGAIN_S: u64 = 60;

/// Why request failed.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    code: String,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after_s: Option<u64>,
    /// Whether the detail names files and keys of the host.
    is_for_the_log: bool,
}

/// Why request failed, as it is sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProblemBody {
    /// Stable name of this kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// Stable word for programs; `docs/errors.md` explains each.
    code: String,
    /// Finds the request in the log.
    request_id: String,
    /// Fields that are wrong.
    errors: Vec<FieldProblem>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct FieldProblem {
    /// JSON pointer of the field.
    pointer: String,
    /// Stable word for programs.
    code: String,
    /// What is wrong.
    detail: String,
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { pointer: error.pointer, code: error.code, detail: error.message }
    }
}

impl Problem {
    /// A problem; its code decides the status.
    pub(super) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            detail: detail.into(),
            errors: vec![],
            retry_after_s: None,
            is_for_the_log: false,
        }
    }

    /// Whether it has this code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    pub(super) fn at(mut self, pointer: String, code: &str, detail: &str) -> Self {
        self.errors.push(FieldProblem { pointer, code: code.to_owned(), detail: detail.to_owned() });
        self
    }

    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds.max(1));
        self
    }

    fn fields(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors.into_iter().map(Into::into).collect();
        self
    }

    /// What is sent.
    pub(super) fn body(&self, request_id: &str) -> ProblemBody {
        let status = status_of(&self.code);
        ProblemBody {
            kind: format!("urn:connector-host:problem:{}", self.code),
            title: self.code.replace('_', " "),
            status: status.as_u16(),
            // What the database or the keys say is for the log, not for strangers.
            detail: if self.is_for_the_log
                || status == StatusCode::INTERNAL_SERVER_ERROR
                || self.code.starts_with("database_")
            {
                "internal error; the host's log says why under this request id".to_owned()
            } else {
                self.detail.clone()
            },
            code: self.code.clone(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }

    /// The response, once the request's id is known.
    pub(super) fn render(&self, request_id: &str) -> Response {
        let status = status_of(&self.code);
        if EXPECTED.contains(&self.code.as_str()) {
            metrics::request_put_off(&self.code);
            tracing::debug!(request_id, code = self.code, detail = self.detail, "request rejected for now");
        } else if status.is_server_error() {
            tracing::error!(request_id, code = self.code, detail = self.detail, "request failed");
        }
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Leaves the problem to the outermost layer, which knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status_of(&self.code).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<cart::Error> for Problem {
    fn from(error: cart::Error) -> Self {
        let detail = error.to_string();
        match error {
            cart::Error::Connection(error) => error.into(),
            cart::Error::Invalid(mistakes) => Self::new("invalid_request", detail).fields(mistakes),
            cart::Error::Refused(error) => Self::new("cart_refused", error.message).fields(error.field_errors),
            cart::Error::Ended => Self::new("not_ready", detail),
            cart::Error::NoRealtime(_) => Self::new("realtime_unavailable", detail),
            cart::Error::Blocked { .. } => Self::new("local_quote_blocked", detail),
            cart::Error::TooLarge(_) => Self::new("invalid_request", detail),
            cart::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}

impl From<channel::Error> for Problem {
    fn from(error: channel::Error) -> Self {
        let detail = error.to_string();
        match error {
            channel::Error::NotFound(_) => Self::new("not_found", detail),
            channel::Error::Invalid(mistakes) => Self::new("invalid_request", detail).fields(mistakes),
            channel::Error::KeyRefused => Self::new("key_refused", detail),
            channel::Error::TooManyKeys => Self::new("too_many_keys", detail),
            channel::Error::Random(_) => Self::new("unexpected", detail),
            channel::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}

impl From<connection::Error> for Problem {
    fn from(error: connection::Error) -> Self {
        let detail = error.to_string();
        match error {
            connection::Error::NotFound(_) => Self::new("not_found", detail),
            connection::Error::NoConnector(_) => {
                Self::new("connector_unavailable", detail).retry_after(CONNECTOR_AGAIN_S)
            }
            connection::Error::Form(mistakes) => Self::new("config_invalid", detail).fields(mistakes),
            connection::Error::Refused(_) => Self::new("validation_failed", detail),
            connection::Error::OtherStore { .. } => Self::new("other_store", detail),
            connection::Error::Ended(_) => Self::new("not_ready", detail),
            connection::Error::Connector(error) => error.into(),
            connection::Error::Secret(error) => error.into(),
            connection::Error::Recording(_) => Self::new("unexpected", detail),
            connection::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}

/// Whose key is destroyed was disconnected, even if the request came when it was not.
impl From<secret::Error> for Problem {
    fn from(error: secret::Error) -> Self {
        let detail = error.to_string();
        match error {
            secret::Error::DataKeyDestroyed { .. } => {
                Self::new("not_ready", "the connection was disconnected; its secrets are destroyed")
            }
            secret::Error::Store(error) => Self::new(error.code(), detail),
            _ => Self { is_for_the_log: true, ..Self::new("keys", detail) },
        }
    }
}

impl From<ConnectorError> for Problem {
    fn from(error: ConnectorError) -> Self {
        let problem = Self::new(error.code.as_str(), error.message).fields(error.field_errors);
        match error.retry {
            Retry::After { ms } => problem.retry_after(ms.div_ceil(1_000)),
            _ => problem,
        }
    }
}

impl From<order::Error> for Problem {
    fn from(error: order::Error) -> Self {
        let detail = error.to_string();
        match error {
            order::Error::NotFound(_) => Self::new("not_found", detail),
            order::Error::Key(_) => Self::new("idempotency_key_invalid", detail),
            order::Error::Invalid(mistakes) => Self::new("invalid_request", detail).fields(mistakes),
            order::Error::QuoteStale(changed) => Self::new("quote_stale", detail).fields(changed),
            order::Error::KeyReused => Self::new("idempotency_key_reused", detail),
            order::Error::ReferenceUsed(_) | order::Error::ReferenceInStore(_) => Self::new("reference_used", detail),
            order::Error::InFlight => Self::new("in_flight", detail).retry_after(1),
            order::Error::CapabilityOff(_) => Self::new("capability_off", detail),
            order::Error::NotReady(_) => Self::new("not_ready", detail),
            order::Error::Settled(_) => Self::new("intent_settled", detail),
            order::Error::Refused(error) => error.into(),
            order::Error::Unreadable(_) => Self::new("unexpected", detail),
            order::Error::Connection(error) => error.into(),
            order::Error::Secret(error) => error.into(),
            order::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}

impl From<webhook::Error> for Problem {
    fn from(error: webhook::Error) -> Self {
        let detail = error.to_string();
        match error {
            webhook::Error::Unknown => Self::new("not_found", detail),
            webhook::Error::NotNow => Self::new("connector_unavailable", detail).retry_after(CONNECTOR_AGAIN_S),
            webhook::Error::Refused => Self::new("webhook_refused", detail),
            webhook::Error::Overloaded => Self::new("overloaded", detail).retry_after(1),
            webhook::Error::Failed => Self::new("webhook_not_kept", detail).retry_after(5),
        }
    }
}

impl From<outbox::Error> for Problem {
    fn from(error: outbox::Error) -> Self {
        let detail = error.to_string();
        match error {
            outbox::Error::NotFound(_) => Self::new("not_found", detail),
            outbox::Error::Invalid(mistakes) => Self::new("invalid_request", detail).fields(mistakes),
            outbox::Error::TooMany(_) => Self::new("too_many_endpoints", detail),
            outbox::Error::CursorExpired => Self::new("cursor_expired", detail),
            outbox::Error::RotationRunning(_) => Self::new("rotation_running", detail),
            outbox::Error::Random(_) => Self::new("unexpected", detail),
            outbox::Error::Secret(error) => error.into(),
            outbox::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}

impl From<session::Error> for Problem {
    fn from(error: session::Error) -> Self {
        let detail = error.to_string();
        match error {
            session::Error::NotFound => Self::new("not_found", detail),
            session::Error::Unknown => Self::new("session_unknown", detail),
            session::Error::Expired => Self::new("session_expired", detail),
            session::Error::Used => Self::new("session_used", detail),
            session::Error::Invalid(mistakes) => Self::new("invalid_request", detail).fields(mistakes),
            session::Error::SecretInDraft(mistakes) => Self::new("secret_in_draft", detail).fields(mistakes),
            session::Error::TooManyChecks { retry_after_s } => {
                Self::new("too_many_checks", detail).retry_after(retry_after_s)
            }
            session::Error::NotChecked => Self::new("not_checked", detail),
            session::Error::AlreadyConnected(_) => Self::new("already_connected", detail),
            session::Error::ChannelKeyRequired => Self::new("channel_key_required", detail),
            session::Error::NoChannel(_) => Self::new("no_channel", detail),
            session::Error::ResultRefused => Self::new("result_refused", detail),
            session::Error::Channel(error) => error.into(),
            session::Error::Connection(error) => error.into(),
            session::Error::Secret(error) => error.into(),
            session::Error::Random(_) => Self::new("unexpected", detail),
            session::Error::Store(error) => Self::new(error.code(), detail),
        }
    }
}
