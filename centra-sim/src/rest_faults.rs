//! Faults of the plan in the REST interfaces: before the work is done, and afterwards, when only its answer is lost.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::faults::{Fault, FaultKind};
use crate::store::Store;
use crate::wrong_answer::{self, WrongAnswer};

/// What comes instead of doing the work.
pub(crate) async fn before(store: &Store, fault: Option<&Fault>) -> Option<Response> {
    let fault = fault?;
    if let Some(wrong) = wrong_answer::instead(fault).filter(|_| fault.kind != FaultKind::ForeignAnswer) {
        store.stats().fault(fault.kind.name());
        return Some(wrong.into_response());
    }
    let (name, status) = match fault.kind {
        FaultKind::ServerError => ("500", StatusCode::INTERNAL_SERVER_ERROR),
        FaultKind::RateLimited => ("429", StatusCode::TOO_MANY_REQUESTS),
        FaultKind::Slow => {
            store.stats().fault("slow");
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            return None;
        }
        _ => return None,
    };
    store.stats().fault(name);
    let mut response = failed(status);
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Some(response)
}

/// The answer to work that was done, as it arrives.
pub(crate) async fn after(store: &Store, fault: Option<&Fault>, status: StatusCode, text: String) -> Response {
    let kind = fault.map(|fault| fault.kind);
    let name = match kind {
        Some(FaultKind::ServerErrorAfter) => "500_after",
        Some(FaultKind::LostAnswer) => "lost_answer",
        Some(FaultKind::ForeignAnswer) => "foreign_answer",
        Some(FaultKind::Disconnect) => "disconnect",
        Some(FaultKind::TruncatedJson) => "truncated_json",
        Some(FaultKind::BadBytes) => "bad_bytes",
        _ => return json(status, Body::from(text)),
    };
    store.stats().fault(name);
    let half = || Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    match kind {
        Some(FaultKind::ServerErrorAfter) => failed(StatusCode::INTERNAL_SERVER_ERROR),
        Some(FaultKind::LostAnswer) => {
            tokio::time::sleep(Duration::from_millis(fault.map_or(0, |fault| fault.ms))).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Some(FaultKind::Disconnect) => {
            let broken = io::Error::from(io::ErrorKind::ConnectionReset);
            json(status, Body::from_stream(futures_util::stream::iter([Ok(half()), Err(broken)])))
        }
        Some(FaultKind::ForeignAnswer) => match fault.and_then(wrong_answer::instead) {
            Some(foreign) => foreign.into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Some(FaultKind::BadBytes) => json(status, Body::from(wrong_answer::with_bad_bytes(text.as_bytes()))),
        _ => json(status, Body::from(half())),
    }
}

impl IntoResponse for WrongAnswer {
    fn into_response(self) -> Response {
        let mut response = Body::from(self.body).into_response();
        *response.status_mut() = self.status;
        let headers = [(header::CONTENT_TYPE, self.content_type), (header::WWW_AUTHENTICATE, self.challenge)];
        for (name, value) in headers {
            value.map(|value| response.headers_mut().insert(name, HeaderValue::from_static(value)));
        }
        response
    }
}

fn failed(status: StatusCode) -> Response {
    json(status, Body::from(r#"{"errors":{"system":"failed"}}"#))
}

fn json(status: StatusCode, body: Body) -> Response {
    let mut response = body.into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
