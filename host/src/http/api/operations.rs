//! What operators do to connections.

use axum::{Json, extract::State, http::StatusCode};
use connector_api::wire::validate::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connections::{ConnectionView, view};
use crate::{
    core::{
        connection::{self, CheckOutcome, Connection, ConnectionStatus},
        session::CreatedSession,
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, JsonAnswer, Named},
        problem::Problem,
    },
    model::Code,
};

/// How to sync.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SyncRequest")]
pub(in crate::http) struct Wanted {
    /// Read everything, even where reading only changes is possible.
    full: bool,
}

/// A sync that will run.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QueuedSync")]
pub(in crate::http) struct Queued {
    /// Whether the sync is queued; always `true`.
    queued: bool,
}

/// The result of a check.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionCheck")]
pub(in crate::http) struct Checked {
    /// Whether no check failed.
    ok: bool,
    /// What the check found.
    outcome: CheckOutcome,
    /// What that means, when the checks alone do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    /// The checks, in the order they ran.
    checks: Vec<Check>,
    /// The connection afterwards.
    connection: Connection,
}

pub(in crate::http) async fn check(State(host): State<Host>, caller: Signed, Named(id): Named) -> JsonAnswer<Checked> {
    caller.operator()?;
    let checked = host.services.checker.check(&caller.ctx(&host), &id, |_| {}).await?;
    let connection::Checked { connection, answer, outcome } = checked;
    Ok(Json(Checked { ok: answer.ok, outcome, note: outcome.note(), checks: answer.checks, connection }))
}

pub(in crate::http) async fn sync(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(wanted): Body<Wanted>,
) -> Answer<(StatusCode, Json<Queued>)> {
    caller.operator()?;
    let connection = host.services.connections.seen(&caller.ctx(&host), &id).await?;
    let refusal = match (connection.health.status, connection.paused_at) {
        (ConnectionStatus::Disconnected, _) => {
            Some(format!("connection {id} was disconnected; connect the store again"))
        }
        (ConnectionStatus::ReauthRequired, _) => {
            Some(format!("connection {id} needs new credentials before it can be synced; renew them first"))
        }
        (_, Some(_)) => Some(format!("connection {id} is paused and cannot be synced; resume it first")),
        (_, None) => None,
    };
    if let Some(refusal) = refusal {
        return Err(Problem::new(Code::NotReady, refusal));
    }
    host.services.queue.request_by_hand(&id, wanted.full).await?;
    Ok((StatusCode::ACCEPTED, Json(Queued { queued: true })))
}

pub(in crate::http) async fn pause(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
) -> JsonAnswer<ConnectionView> {
    caller.operator()?;
    let ctx = caller.ctx(&host);
    let connection = host.services.connections.pause(&ctx, &id).await?;
    view(&host, &ctx, connection).await
}

pub(in crate::http) async fn resume(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
) -> JsonAnswer<ConnectionView> {
    caller.operator()?;
    let ctx = caller.ctx(&host);
    let connection = host.services.connections.resume(&ctx, &id).await?;
    view(&host, &ctx, connection).await
}

pub(in crate::http) async fn reauth_link(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
) -> Answer<(StatusCode, Json<CreatedSession>)> {
    caller.operator()?;
    let connection = host.services.connections.seen(&caller.ctx(&host), &id).await?;
    let session = host.services.sessions.reauth_link(connection).await?;
    Ok((StatusCode::CREATED, Json(session)))
}
