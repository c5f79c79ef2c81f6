//! Deletions that are held: rows that a full pass did not see, and that stay until they are confirmed or accepted.

use axum::{Json, extract::State};
use connector_api::wire::pull::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::connection::{AcceptedDeletions, HeldDeletions},
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named},
    },
};

/// What is held.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HeldDeletionList")]
pub(in crate::http) struct HeldList {
    /// Held deletions by stream.
    data: Vec<HeldDeletions>,
}

/// Which held deletions to accept.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AcceptDeletionsRequest")]
pub(in crate::http) struct Acceptance {
    /// Accept only deletions of these streams; all when empty.
    streams: Vec<Stream>,
}

/// What was deleted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AcceptedDeletionList")]
pub(in crate::http) struct AcceptedList {
    /// Accepted deletions by stream.
    data: Vec<AcceptedDeletions>,
}

pub(in crate::http) async fn list(State(host): State<Host>, caller: Signed, Named(id): Named) -> JsonAnswer<HeldList> {
    let data = host.services.connections.held_deletions(&caller.ctx(&host), &id).await?;
    Ok(Json(HeldList { data }))
}

pub(in crate::http) async fn accept(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(Acceptance { streams }): Body<Acceptance>,
) -> JsonAnswer<AcceptedList> {
    caller.operator()?;
    let data = host.services.connections.accept_deletions(&caller.ctx(&host), &id, &streams).await?;
    Ok(Json(AcceptedList { data }))
}
