//! Answers that are none of Centra's: what stands between answers instead, or the store breaks down.

use axum::http::StatusCode;
use serde_json::json;

use crate::faults::{Fault, FaultKind};

/// What a proxy asks before it lets anybody pass.
const CHALLENGE: &str = "<!DOCTYPE html><html><head><title>Just a moment...</title></head>\
    <body><h1>Checking that you are not a robot</h1><p>Access denied until then.</p></body></html>";

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// `Content-Type`, if any.
    pub content_type: Option<&'static str>,
    /// `WWW-Authenticate`, if any.
    pub challenge: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

/// What comes instead of an answer; none for faults of another kind.
pub fn instead(fault: &Fault) -> Option<WrongAnswer> {
    let status =
        |usual: u16| StatusCode::from_u16(fault.status.unwrap_or(usual)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let html = |usual, body: &str| WrongAnswer {
        status: status(usual),
        content_type: Some("text/html; charset=UTF-8"),
        challenge: None,
        body: body.as_bytes().to_vec(),
    };
    let json = |usual, body: serde_json::Value| WrongAnswer {
        status: status(usual),
        content_type: Some("application/json"),
        challenge: None,
        body: body.to_string().into_bytes(),
    };
    let error = |message: &str| json!([{ "message": message, "extensions": { "category": "internal" } }]);
    Some(match fault.kind {
        FaultKind::ChallengePage => html(403, CHALLENGE),
        FaultKind::BasicChallenge => WrongAnswer {
            challenge: Some("Basic realm=\"staging\""),
            ..html(401, "<h1>401 Authorization Required</h1>")
        },
        FaultKind::Empty => WrongAnswer { content_type: None, ..html(200, "") },
        FaultKind::Html => html(500, "<html><body><h1>Internal Server Error</h1></body></html>"),
        FaultKind::ForeignAnswer => html(404, "<html><body><h1>Not Found</h1></body></html>"),
        FaultKind::Status => html(502, "<html><body><h1>Bad Gateway</h1></body></html>"),
        FaultKind::Errors => {
            json(200, json!({ "errors": error(fault.message.as_deref().unwrap_or("Internal server error")) }))
        }
        FaultKind::DataNull => match &fault.message {
            Some(message) => json(200, json!({ "data": null, "errors": error(message) })),
            None => json(200, json!({ "data": null })),
        },
        _ => return None,
    })
}

/// An answer with bytes in its middle that are no text.
pub fn with_bad_bytes(body: &[u8]) -> Vec<u8> {
    let (first, second) = body.split_at(body.len() / 2);
    [first, &[0xff, 0xfe, 0xc3], second].concat()
}
