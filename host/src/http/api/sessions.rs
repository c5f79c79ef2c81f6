//! Connect sessions, as channels make and look at them.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    core::session::{CreatedSession, NewSession, Redeemed, SessionView},
    http::{
        Host,
        auth::Signed,
        extract::{Answer, Body, JsonAnswer, Place},
    },
};

/// A result to redeem.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RedeemRequest")]
pub(in crate::http) struct Redemption {
    /// `result_token` of the redirect URL.
    result_token: String,
}

pub(in crate::http) async fn create(
    State(host): State<Host>,
    caller: Signed,
    Body(new): Body<NewSession>,
) -> Answer<(StatusCode, Json<CreatedSession>)> {
    let session = host.services.sessions.create(&caller.caller, new).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(id): Place<String>,
) -> JsonAnswer<SessionView> {
    let session = host.services.sessions.view(&caller.caller, &id).await?;
    Ok(Json(session))
}

pub(in crate::http) async fn redeem(
    State(host): State<Host>,
    caller: Signed,
    Body(redemption): Body<Redemption>,
) -> JsonAnswer<Redeemed> {
    let redeemed = host.services.sessions.redeem(&caller.caller, &redemption.result_token).await?;
    Ok(Json(redeemed))
}
