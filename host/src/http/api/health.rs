//! Whether the host lives and can work.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::{
    Host,
    extract::{Answer, JsonAnswer},
    problem::Problem,
};

/// How the host does.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Liveness {
    /// `ok`.
    status: &'static str,
}

/// Which program this is.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Version {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

pub(in crate::http) async fn livez() -> Json<Liveness> {
    Json(Liveness { status: "ok" })
}

pub(in crate::http) async fn readyz(State(host): State<Host>) -> JsonAnswer<Liveness> {
    if *host.ending.borrow() {
        return Err(Problem::new("draining", "the host is ending; send requests elsewhere").retry_after(5));
    }
    let is_ready = host.services.connections.is_ready().await?;
    if !is_ready {
        return Err(Problem::new("keys", "a key that seals credentials is missing"));
    }
    Ok(Json(Liveness { status: "ok" }))
}

pub(in crate::http) async fn version() -> Json<Version> {
    Json(Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })
}

pub(in crate::http) async fn openapi(State(host): State<Host>) -> Answer<Response> {
    Ok(([(header::CONTENT_TYPE, "application/json")], host.document.clone()).into_response())
}
