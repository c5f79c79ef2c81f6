//! `/_sim/webhooks…`: setting up the webhook plugins, and waiting for them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::store::Store;
use crate::webhook::plugin::PluginSettings;

/// Longest wait for the queues to become empty.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// `GET /_sim/webhooks`: each plugin with its counters, without its secret.
pub async fn show(State(store): State<Arc<Store>>) -> Json<Value> {
    Json(counters(&store))
}

/// `POST /_sim/webhooks [...]`: replaces the plugins.
pub async fn set(State(store): State<Arc<Store>>, body: String) -> Result<StatusCode, (StatusCode, String)> {
    let plugins = PluginSettings::parse_list(&body).map_err(|reason| (StatusCode::BAD_REQUEST, reason))?;
    store.webhooks().set(plugins);
    Ok(StatusCode::NO_CONTENT)
}

/// Whether to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    paused: bool,
}

/// `POST /_sim/webhooks/pause {"paused": true}`: changes only wait.
pub async fn pause(State(store): State<Arc<Store>>, Json(pause): Json<Pause>) -> StatusCode {
    for plugin in store.webhooks().plugins() {
        plugin.pause(pause.paused);
    }
    StatusCode::NO_CONTENT
}

/// `POST /_sim/webhooks/drain`: answers, with the counters, when everything that waited was sent, lost or dropped.
pub async fn drain(State(store): State<Arc<Store>>) -> (StatusCode, Json<Value>) {
    let all = async {
        for plugin in store.webhooks().plugins() {
            plugin.drained().await;
        }
    };
    let status = match tokio::time::timeout(LONGEST_WAIT, all).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::GATEWAY_TIMEOUT,
    };
    (status, Json(counters(&store)))
}

fn counters(store: &Store) -> Value {
    let plugins = store.webhooks().plugins();
    let plugins = plugins.iter().map(|plugin| {
        let settings = plugin.settings();
        json!({ "url": settings.url, "version": settings.version, "counters": plugin.counters() })
    });
    Value::Array(plugins.collect())
}
