//! The control of the store's clock: what a test asks of it and sets.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::date;
use crate::store::Store;

/// A change of the clock. Without `at` and `advance_s` it keeps its time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// RFC 3339.
    at: Option<String>,
    /// Seconds, after `at`.
    advance_s: i64,
    /// Whether it stands still from now on.
    stopped: Option<bool>,
}

/// `GET /_sim/clock`
pub async fn show(State(store): State<Arc<Store>>) -> Json<Value> {
    Json(reported(&store))
}

/// `POST /_sim/clock {"at": "2026-06-01T00:00:00+02:00", "stopped": true}` or `{"advance_s": 3600}`
pub async fn set(
    State(store): State<Arc<Store>>,
    Json(change): Json<Change>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let at = match &change.at {
        None => store.now(),
        Some(text) => {
            let wrong = || format!("at: {text:?} is not a time; write it as 2026-06-01T00:00:00+02:00");
            date::read(text).ok_or_else(|| (StatusCode::BAD_REQUEST, wrong()))?
        }
    };
    store.set_clock(|clock| clock.at(at.saturating_add(change.advance_s), change.stopped));
    Ok(Json(reported(&store)))
}

fn reported(store: &Store) -> Value {
    let now = store.now();
    let stopped = matches!(store.clock(), Clock::Stopped { .. });
    json!({ "now": date::write(now, None), "seconds": now, "stopped": stopped })
}
