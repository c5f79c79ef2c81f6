//! Signing in to the dashboard, and out.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::{
    Host,
    auth::{Signed, cookie, cookie_name, same_origin},
    extract::{Answer, Body, JsonAnswer},
};

/// A sign-in with an operator's key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoginRequest")]
pub(in crate::http) struct Login {
    /// The operator's key.
    token: String,
}

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignedIn")]
pub(in crate::http) struct Who {
    /// The key that was used.
    key_id: String,
    /// Whether private networks may be reached: a demonstration, never production.
    demonstration: bool,
}

pub(in crate::http) async fn login(
    State(host): State<Host>,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Answer<Response> {
    same_origin(&headers, &host)?;
    let hours = host.settings.login_hours;
    let token = host.services.channels.sign_in(&login.token, hours).await?;
    let cookie = set_cookie(&host, &token, u64::from(hours) * 3_600);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

pub(in crate::http) async fn who(State(host): State<Host>, caller: Signed) -> JsonAnswer<Who> {
    caller.operator()?;
    let demonstration = host.services.demonstration;
    Ok(Json(Who { key_id: caller.caller.key_id, demonstration }))
}

pub(in crate::http) async fn logout(State(host): State<Host>, headers: HeaderMap) -> Answer<Response> {
    same_origin(&headers, &host)?;
    if let Some(token) = cookie(&headers, &host) {
        host.services.channels.sign_out(&token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(&host, "", 0))]).into_response())
}

fn set_cookie(host: &Host, token: &str, seconds: u64) -> String {
    let secure = if host.is_https() { "; Secure" } else { "" };
    format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", cookie_name(host))
}
