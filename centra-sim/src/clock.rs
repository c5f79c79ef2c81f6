//! The store's clock: it runs like this machine's, ahead of it or behind, until a test sets, advances or stops it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::date;
use crate::store::Store;

/// A clock in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It runs, so many seconds ahead of this machine's.
    Running {
        /// Seconds ahead.
        ahead: i64,
    },
    /// It stands still at this second.
    Stopped {
        /// Seconds since 1970.
        at: i64,
    },
}

impl Clock {
    /// What it says, in seconds since 1970.
    pub fn now(self) -> i64 {
        match self {
            Self::Running { ahead } => Timestamp::now().as_second() + ahead,
            Self::Stopped { at } => at,
        }
    }

    /// The same clock at another time; without `stopped` it goes on as it did.
    #[must_use]
    fn at(self, at: i64, stopped: Option<bool>) -> Self {
        let stops = stopped.unwrap_or(matches!(self, Self::Stopped { .. }));
        if stops { Self::Stopped { at } } else { Self::Running { ahead: at - Timestamp::now().as_second() } }
    }
}

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
    Json(told(&store))
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
    Ok(Json(told(&store)))
}

fn told(store: &Store) -> Value {
    let now = store.now();
    let stopped = matches!(store.clock(), Clock::Stopped { .. });
    json!({ "now": date::write(now, None), "seconds": now, "stopped": stopped })
}
