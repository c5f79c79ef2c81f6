//! Connectors in use.

use axum::{Json, extract::State};
use connector_api::wire::manifest::Manifest;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    connection::{Viewer, reading::Connectors},
    http::{
        Host,
        auth::Signed,
        extract::{JsonAnswer, Place},
        problem::Problem,
    },
};

/// What a connector says of itself.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct PluginView {
    #[serde(flatten)]
    manifest: Manifest,
}

pub(in crate::http) async fn list(State(host): State<Host>, caller: Signed) -> JsonAnswer<Connectors> {
    let viewer = caller.viewer();
    let mut connectors = host.services.connections.connectors();
    if let Viewer::Channel(channel) = viewer {
        let allowed = host.services.channels.get(&channel).await?.allowed_connectors;
        connectors.data.retain(|connector| allowed.is_empty() || allowed.contains(&connector.id));
        connectors.refused.clear();
    }
    Ok(Json(connectors))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(connector): Place<String>,
) -> JsonAnswer<PluginView> {
    if let Viewer::Channel(channel) = caller.viewer() {
        let allowed = host.services.channels.get(&channel).await?.allowed_connectors;
        if !allowed.is_empty() && !allowed.contains(&connector) {
            return Err(Problem::new("not_found", "there is no such connector"));
        }
    }
    let manifest = host.services.connections.manifest(&connector)?.clone();
    Ok(Json(PluginView { manifest }))
}
