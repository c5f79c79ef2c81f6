//! `/_sim/…` controls of the Checkout API: a cart's price without any session, and what the sessions saw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::basket::Basket;
use super::pricing::{self, Ledger};
use crate::store::Store;

/// `POST /_sim/price {"country": "SE", "lines": [{"item": "10-100", "quantity": 2}]}`
pub async fn price(State(store): State<Arc<Store>>, Json(basket): Json<Basket>) -> Json<Ledger> {
    Json(priced(&store, &basket))
}

/// What a cart costs, without HTTP.
pub fn priced(store: &Store, basket: &Basket) -> Ledger {
    let overlay = store.overlay();
    pricing::price(store.view(&overlay), &store.config.checkout, basket)
}

/// `GET /_sim/checkout`: sessions open and ever made, e-mail addresses seen, e-mails about abandoned carts asked for.
pub async fn sessions(State(store): State<Arc<Store>>) -> Json<Value> {
    let sessions = store.sessions();
    let (open, made) = sessions.counts();
    Json(
        json!({ "open": open, "made": made, "emails": sessions.emails, "abandonment_mails": sessions.abandonment_mails }),
    )
}

/// What may happen to sessions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meddling {
    /// All expire.
    Expire,
    /// Somebody else puts this item into every cart.
    Add(String),
}

/// `POST /_sim/checkout "expire"` or `{"add": "10-100"}`
pub async fn meddle(State(store): State<Arc<Store>>, Json(meddling): Json<Meddling>) -> StatusCode {
    let mut sessions = store.sessions();
    match meddling {
        Meddling::Expire => sessions.expire(),
        Meddling::Add(item) => sessions.meddle(&item),
    }
    StatusCode::NO_CONTENT
}
