//! The conformance list, run on a loaded plugin file.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, Host,
    testing::{Finding, Subject, SubjectCall, run_conformance},
    wire::{credentials::OpenConnection, manifest::Manifest},
};

use super::{PluginHandle, services::ScriptedServices};

/// How long one call of the list may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Runs the list on a plugin.
pub async fn verify(plugin: &PluginHandle) -> Vec<Finding> {
    run_conformance(&LoadedSubject(plugin.clone())).await
}

struct LoadedSubject(PluginHandle);

impl Subject for LoadedSubject {
    fn manifest(&self) -> Result<Manifest, ConnectorError> {
        Ok(self.0.manifest().clone())
    }

    fn call(&self, host: Host, connection: OpenConnection, op: &str, meta: Vec<u8>, body: Vec<u8>) -> SubjectCall {
        let (plugin, op) = (self.0.clone(), op.to_owned());
        Box::pin(async move {
            let connector = plugin.open(Arc::new(ScriptedServices(host)), &connection).await?;
            connector.send(&op, meta, body, DEADLINE).await
        })
    }
}
