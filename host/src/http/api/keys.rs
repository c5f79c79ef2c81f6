//! Keys of channels.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    core::{
        channel::{ApiKey, IssuedKey},
        connection::Environment,
    },
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, JsonAnswer, Place},
    },
};

/// A key to issue.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::http) struct NewKey {
    /// Name for people.
    label: String,
    /// `test` for a key that works on test connections only.
    environment: Environment,
}

/// Keys of a channel.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct KeyList {
    /// The keys, newest first.
    data: Vec<ApiKey>,
}

pub(in crate::http) async fn issue(
    State(host): State<Host>,
    caller: Signed,
    Place(channel): Place<String>,
    Body(new): Body<NewKey>,
) -> Answer<(StatusCode, Json<IssuedKey>)> {
    caller.operator()?;
    let ctx = caller.ctx(&host);
    let key = host.services.channels.issue_key(&ctx, Some(&channel), new.environment, &new.label).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

pub(in crate::http) async fn list(
    State(host): State<Host>,
    caller: Signed,
    Place(channel): Place<String>,
) -> JsonAnswer<KeyList> {
    caller.operator()?;
    let data = host.services.channels.keys(Some(&channel)).await?;
    Ok(Json(KeyList { data }))
}

pub(in crate::http) async fn revoke(
    State(host): State<Host>,
    caller: Signed,
    Place((channel, key)): Place<(String, String)>,
) -> Answer<StatusCode> {
    caller.operator()?;
    host.services.channels.revoke_key(&caller.ctx(&host), Some(&channel), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
