//! Errors as `application/problem+json` (RFC 9457). The code decides the status: see `model::code`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::FieldError;
use schemars::JsonSchema;
use serde::Serialize;

use super::request_ids::RequestIds;
use crate::{
    metrics,
    model::{Code, Fault, RetryClass},
};

/// `Retry-After` of codes that promise it, where nothing better is known.
const RETRY_AFTER_S: u64 = 5;

/// Why a request failed.
#[derive(Debug, Clone)]
pub(super) struct Problem(Fault);

/// Why a request failed (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemBody {
    /// URI of the kind of problem, `urn:connector-host:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// What the code means.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// A stable word for programs. New codes may come.
    code: Code,
    /// Whether the same request can succeed later.
    retry: RetryClass,
    /// Finds the request in the log.
    request_id: String,
    /// Finds the request among traces: the caller's own trace, or the host's.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
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
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Fault::new(code, detail))
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether it has this code.
    pub(super) fn is(&self, code: Code) -> bool {
        self.0.code == code
    }

    /// The same problem, naming a field.
    pub(super) fn at(mut self, pointer: String, code: &str, detail: &str) -> Self {
        self.0.field_errors.push(FieldError::new(pointer, code, detail));
        self
    }

    /// The same problem, with the seconds after which a retry can help.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self(self.0.retry_after(seconds))
    }

    /// What is sent.
    pub(super) fn body(&self, ids: &RequestIds) -> ProblemBody {
        let Fault { code, message, field_errors, is_internal, .. } = self.0.clone();
        // What the database or the keys say is for the log, not for strangers.
        let detail = if is_internal {
            "internal error; find the reason in the host's log by this request id".to_owned()
        } else {
            message
        };
        ProblemBody {
            kind: format!("urn:connector-host:problem:{code}"),
            title: code.meaning().to_owned(),
            status: code.status(),
            detail,
            code,
            retry: code.retry(),
            request_id: ids.request.clone(),
            trace_id: ids.trace.clone(),
            errors: field_errors.into_iter().map(Into::into).collect(),
        }
    }

    /// The response, once the request's id is known.
    pub(super) fn render(&self, ids: &RequestIds) -> Response {
        let Fault { code, message, retry_after_s, .. } = &self.0;
        let (request_id, trace_id) = (&ids.request, ids.trace.as_deref());
        let (status, word) = (self.status(), code.as_str());
        if code.is_expected() {
            metrics::request_deferred(word);
            tracing::debug!(request_id, trace_id, code = word, detail = message, "request rejected for now");
        } else if status.is_server_error() {
            tracing::error!(request_id, trace_id, code = word, detail = message, "request failed");
        }
        let body = serde_json::to_vec(&self.body(ids)).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let promised = (code.retry() == RetryClass::RetryAfter).then_some(RETRY_AFTER_S);
        if let Some(seconds) = retry_after_s.or(promised) {
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
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl<E: Into<Fault>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
