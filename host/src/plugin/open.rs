//! Opens connections of a plugin.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    abi::{read_error, v1::HostObject},
    wire::credentials::OpenConnection,
};
use tokio::runtime::Handle;

use super::{
    ConnectorHandle, PluginHandle,
    handle::{fault, host_ended},
    services::{HostServices, Listener, host_object},
    speech::Speech,
};

/// How long opening a connection may take: it must not wait for anything.
const OPEN_DEADLINE: Duration = Duration::from_secs(5);

impl PluginHandle {
    /// Opens one connection. Everything that comes from it is scrubbed of the connection's secrets.
    pub async fn open(
        &self,
        services: Arc<dyn HostServices>,
        connection: &OpenConnection,
    ) -> Result<ConnectorHandle, ConnectorError> {
        let scrubber = services.scrubber().unwrap_or_else(|| Arc::new(self.scrubber(connection)));
        let speech = Speech::new(&self.0.manifest, Arc::clone(&self.0.public), scrubber);
        self.open_with(services, connection, speech).await
    }

    /// Opens one connection for the conformance list, which looks for secrets in what comes from it.
    pub(super) async fn open_unscrubbed(
        &self,
        services: Arc<dyn HostServices>,
        connection: &OpenConnection,
    ) -> Result<ConnectorHandle, ConnectorError> {
        self.open_with(services, connection, Speech::unscrubbed()).await
    }

    async fn open_with(
        &self,
        services: Arc<dyn HostServices>,
        connection: &OpenConnection,
        speech: Speech,
    ) -> Result<ConnectorHandle, ConnectorError> {
        self.admit()?;
        let connection = serde_json::to_vec(connection)
            .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let (plugin, root) = (Arc::downgrade(&self.0), self.0.library.root());
        let on_fault = Box::new(move |kind, message: &str| fault(&plugin, kind, message));
        let host: HostObject =
            host_object(Arc::clone(&services), Handle::current(), Listener { speech: speech.clone(), on_fault });
        let runtime = self.runtime()?.handle().clone();
        let opened = self.within(OPEN_DEADLINE, "open", move |mark| async move {
            let work = runtime.spawn_blocking(move || {
                let opened = root.open()(host, connection.into()).into_result();
                drop(mark);
                opened
            });
            work.await.map_err(|_| host_ended())
        });
        let connector =
            opened.await??.map_err(|error| speech.error(read_error(&error))).inspect_err(|error| self.note(error))?;
        Ok(ConnectorHandle::new(self.clone(), connector, speech, services))
    }
}
