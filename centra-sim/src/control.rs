//! `/_sim/…`: what tests and demonstrations ask of the simulator. No part of Centra.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::alteration::Alteration;
use crate::faults::FaultPlan;
use crate::stats::Stats;
use crate::store::{Store, Token};
use crate::value::Kind;

/// `GET /_sim/stats`
pub async fn stats(State(store): State<Arc<Store>>) -> Json<Stats> {
    let stats = store.stats().clone();
    Json(stats)
}

/// `POST /_sim/stats/reset`. Also restarts the count that the fault plan goes by.
pub async fn reset_stats(State(store): State<Arc<Store>>) -> StatusCode {
    *store.stats() = Stats::default();
    store.faults().restart();
    StatusCode::NO_CONTENT
}

/// The row a control is about: exactly one of these.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    display: Option<i64>,
    product: Option<i64>,
    variant: Option<i64>,
    size: Option<i64>,
}

impl Target {
    fn row(&self) -> Option<(Kind, i64)> {
        let kinds = [
            (Kind::Display, self.display),
            (Kind::Product, self.product),
            (Kind::ProductVariant, self.variant),
            (Kind::ProductSize, self.size),
        ];
        kinds.into_iter().find_map(|(kind, id)| Some((kind, id?)))
    }
}

fn outcome(found: bool) -> (StatusCode, Json<Value>) {
    if found {
        (StatusCode::OK, Json(json!({ "ok": true })))
    } else {
        (StatusCode::NOT_FOUND, Json(json!({ "ok": false, "error": "no such display, product, variant or size" })))
    }
}

/// `POST /_sim/touch {"display": 3}`: `updatedAt` becomes now, and the name says how often this was done.
pub async fn touch(State(store): State<Arc<Store>>, Json(target): Json<Target>) -> (StatusCode, Json<Value>) {
    outcome(target.row().is_some_and(|(kind, id)| store.alter(Alteration::Touch(kind, id))))
}

/// `POST /_sim/remove {"display": 3}`: the row disappears.
pub async fn remove(State(store): State<Arc<Store>>, Json(target): Json<Target>) -> (StatusCode, Json<Value>) {
    outcome(target.row().is_some_and(|(kind, id)| store.alter(Alteration::Remove(kind, id))))
}

/// A price to set.
#[derive(Debug, Deserialize)]
pub struct NewPrice {
    /// The product variant.
    variant: i64,
    /// The pricelist.
    pricelist: i64,
    /// Sub-units.
    minor: i64,
}

/// `POST /_sim/prices {"variant": 100, "pricelist": 1, "minor": 12900}`: it moves no `updatedAt`.
pub async fn set_price(State(store): State<Arc<Store>>, Json(new): Json<NewPrice>) -> StatusCode {
    let NewPrice { variant, pricelist, minor } = new;
    let found = store.alter(Alteration::Price { variant, pricelist, minor });
    if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// A new token.
#[derive(Debug, Deserialize)]
pub struct NewToken {
    token: String,
}

/// `POST /_sim/token {"token": "…"}`: the token accepted from now on, as after a merchant made a new one.
pub async fn set_token(State(store): State<Arc<Store>>, Json(new): Json<NewToken>) -> StatusCode {
    *store.token() = Token { text: new.token, is_valid: true };
    StatusCode::NO_CONTENT
}

/// `POST /_sim/faults [...]`: replaces the fault plan.
pub async fn set_faults(State(store): State<Arc<Store>>, body: String) -> Result<StatusCode, (StatusCode, String)> {
    let plan = FaultPlan::parse(&body).map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
    *store.faults() = plan;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /_sim/channel`: where a demonstration's merchant is sent back to: stands for the channel's own page.
pub async fn channel() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Back at the channel</title>\
         <body style=\"font-family:system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem\">\
         <h1>Back at the channel</h1><p>A real channel would now redeem the <code>result_token</code> in the address \
         and show its merchant that the store is connected. You can close this page.</p>",
    )
}
