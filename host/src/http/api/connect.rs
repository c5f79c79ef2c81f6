//! What the merchant's page asks, with the token of its link.

use axum::{Extension, Json, extract::State, http::StatusCode, response::Response};
use connector_api::domain::Timestamp;
use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    core::session::{Confirmation, Draft, PageSession, page::Redirect},
    http::{
        Host,
        auth::Link,
        extract::{Answer, Body, JsonAnswer},
        request_ids::RequestIds,
        stream,
    },
};

/// Whether the platform has sent an event to this connection.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookArrival")]
pub(in crate::http) struct Webhook {
    /// Whether one was received.
    received: bool,
    /// When the last one was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<Timestamp>,
}

pub(in crate::http) async fn session(State(host): State<Host>, Link(token): Link) -> JsonAnswer<PageSession> {
    let page = host.services.sessions.page(&token).await?;
    Ok(Json(page))
}

pub(in crate::http) async fn put_draft(
    State(host): State<Host>,
    Link(token): Link,
    Body(draft): Body<Draft>,
) -> Answer<StatusCode> {
    host.services.sessions.put_draft(&token, &draft).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn check(
    State(host): State<Host>,
    Extension(ids): Extension<RequestIds>,
    Link(token): Link,
    Body(given): Body<Draft>,
) -> Answer<Response> {
    let checks = host.services.sessions.check(&token, given).await?;
    let events = ReceiverStream::new(checks).map(move |ended| stream::check_event(ended, &ids));
    let sessions = host.services.sessions.clone();
    let still = move || {
        let (sessions, token) = (sessions.clone(), token.clone());
        async move { sessions.still_holds(&token).await }
    };
    Ok(stream::sent(&host, events, still))
}

pub(in crate::http) async fn confirm(
    State(host): State<Host>,
    Link(token): Link,
    Body(yes): Body<Confirmation>,
) -> JsonAnswer<Redirect> {
    let redirect = host.services.sessions.confirm(&token, yes).await?;
    Ok(Json(redirect))
}

pub(in crate::http) async fn cancel(State(host): State<Host>, Link(token): Link) -> JsonAnswer<Redirect> {
    let redirect = host.services.sessions.cancel(&token).await?;
    Ok(Json(redirect))
}

pub(in crate::http) async fn webhook(State(host): State<Host>, Link(token): Link) -> JsonAnswer<Webhook> {
    let (connection, webhook_received_at) = host.services.sessions.received(&token).await?;
    let last_at = host.services.webhooks.last_accepted(&connection).await?.or(webhook_received_at);
    Ok(Json(Webhook { received: last_at.is_some(), last_at }))
}
