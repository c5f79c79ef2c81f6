//! Connectors in use.

use axum::{Json, extract::State};
use connector_api::wire::manifest::Manifest;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    core::connection::connector_list::{Behaviour, ConnectorList},
    http::{
        Host,
        auth::Signed,
        extract::{JsonAnswer, Place},
        problem::Problem,
    },
    model::{Code, message::no_connector},
};

/// A connector: its manifest, and how its plugin behaves.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectorDetail")]
pub(in crate::http) struct PluginView {
    #[serde(flatten)]
    manifest: Manifest,
    /// How its plugin behaves, for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    behaviour: Option<Behaviour>,
}

pub(in crate::http) async fn list(State(host): State<Host>, caller: Signed) -> JsonAnswer<ConnectorList> {
    let viewer = caller.viewer();
    let mut connectors = host.services.connectors.list();
    if let Some(channel) = viewer.channel() {
        let allowed = host.services.channels.get(channel).await?.allowed_connectors;
        connectors.data.retain(|connector| allowed.is_empty() || allowed.contains(&connector.id));
        connectors.refused.clear();
        // Faults may have to do with another channel's stores.
        for connector in &mut connectors.data {
            connector.last_fault.clear();
            connector.faults.clear();
            connector.held = None;
        }
    }
    Ok(Json(connectors))
}

pub(in crate::http) async fn get(
    State(host): State<Host>,
    caller: Signed,
    Place(connector): Place<String>,
) -> JsonAnswer<PluginView> {
    if let Some(channel) = caller.viewer().channel() {
        let allowed = host.services.channels.get(channel).await?.allowed_connectors;
        if !allowed.is_empty() && !allowed.contains(&connector) {
            return Err(Problem::new(Code::NotFound, no_connector(&connector)));
        }
    }
    let loaded = &host.services.connectors;
    let manifest = match loaded.manifest(&connector) {
        Ok(manifest) => manifest.clone(),
        Err(error) => {
            // One that connections have is only not there at the moment.
            let missing = loaded.missing().await?;
            let is_known = missing.iter().any(|(known, _)| *known == connector);
            let unknown = || Problem::new(Code::NotFound, no_connector(&connector));
            return Err(if is_known { error.into() } else { unknown() });
        }
    };
    let is_operator = caller.viewer().channel().is_none();
    let behaviour = is_operator.then(|| loaded.behaviour(&connector)).transpose()?;
    Ok(Json(PluginView { manifest, behaviour }))
}
