//! Around every request: an id, admission, a deadline, a line in the log without query or headers, the problem's body, and
//! headers that browsers obey.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::{Instrument, Span, field::Empty};

use super::{
    admission::{Admitted, admit, too_slow},
    host::Host,
    paths::{WEBHOOKS, WEBHOOKS_SLASH},
    problem::Problem,
    request_ids::RequestIds,
};
use crate::{metrics, model::Code, trace};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where callers have keys: only they have their traces continued, and decide whether these are recorded.
const API: &str = "/v1/";
/// Routes that are read every few seconds.
const WATCHING: [&str; 4] = ["/livez", "/healthz", "/readyz", "/metrics"];

/// Headers of every answer; a handler's own win.
const SAFE: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// The outermost layer.
pub(super) async fn observe(State(host): State<Host>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = match request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str) {
        WEBHOOKS_SLASH => WEBHOOKS,
        route => route,
    };
    let route = route.to_owned();
    let ids = RequestIds { request: uuid::Uuid::now_v7().simple().to_string(), trace: None };
    let span = span_of(&request, &route, &ids);
    let caller = request.headers().get(trace::TRACEPARENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if route.starts_with(API) {
        trace::continue_from(&span, caller.as_deref());
    } else {
        trace::link(&span, caller.as_deref());
    }
    let ids = RequestIds { trace: trace::id_of(&span).or_else(|| caller.as_deref().and_then(trace::id_in)), ..ids };
    span.record("trace_id", ids.trace.as_deref());
    request.extensions_mut().insert(ids.clone());
    let response = answer(&host, &route, request, next).instrument(span.clone()).await;
    let problem = response.extensions().get::<Problem>().cloned();
    let mut response = problem.map_or(response, |problem| problem.render(&ids));
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    drop(span);
    let headers = response.headers_mut();
    for (name, value) in SAFE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if host.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(value) = HeaderValue::from_str(&ids.request) {
        headers.insert(REQUEST_ID, value);
    }
    metrics::request_answered(&method, &route, response.status().as_u16(), start.elapsed());
    let took_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id = ids.request, trace_id = ids.trace, %method, route, status = response.status().as_u16(), took_ms, "request");
    response
}

/// The span of a request; none for those that only look whether the host lives.
fn span_of(request: &Request, route: &str, ids: &RequestIds) -> Span {
    if WATCHING.contains(&route) {
        return Span::none();
    }
    let method = request.method();
    tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        request_id = ids.request,
        trace_id = Empty,
        %method,
        route,
        http.response.status_code = Empty,
    )
}

async fn answer(host: &Host, route: &str, request: Request, next: Next) -> Response {
    let Admitted { request, deadline, held } = match admit(host, route, request).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.into_response(),
    };
    let answered = tokio::time::timeout(deadline, next.run(request)).await;
    drop(held);
    answered.unwrap_or_else(|_| too_slow().into_response())
}

/// What a panic in a handler becomes. Its text goes to the log by the panic hook, not to the caller.
pub(super) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(Code::Unexpected, "the host failed unexpectedly; find `request_id` in its log, and report it")
        .into_response()
}

/// Anything at no known address.
pub(super) async fn nothing_here() -> Problem {
    Problem::new(Code::NotFound, "unknown route; `/openapi.json` lists all routes")
}

/// A known address, asked in a way it does not know.
pub(super) async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, "this route does not support this method; `/openapi.json` lists the methods")
}
