//! The platform behind a connection, as carts and orders ask it. The one port in front of connectors: in tests a platform in
//! memory takes their place.

use std::time::Duration;

use async_trait::async_trait;
use connector_api::{ConnectorError, ErrorCode, domain::ConnectionId, wire::Op};
use serde_json::Value;

use super::{Connectors, Error};
use crate::model::connection::Connection;

/// One question to a platform.
#[derive(Debug, Clone)]
pub struct Question {
    /// The operation of the contract.
    pub op: Op,
    /// Its message.
    pub request: Value,
    /// Idempotency key of what changes something.
    pub key: Option<String>,
    /// How long the caller waits. It stops waiting by itself.
    pub deadline: Duration,
}

/// Where platforms are asked.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Opens the connector of a connection that was just read, unless it is open. Nothing is sent.
    async fn open(&self, connection: &Connection) -> Result<(), Error>;

    /// Asks the connector of a connection that was just read. The answer is JSON text.
    async fn ask(&self, connection: &Connection, question: Question) -> Result<Vec<u8>, ConnectorError>;

    /// The error for an answer that cannot be read; counts against the plugin.
    fn broken(&self, connection: &ConnectionId, op: &Op, problem: &str) -> ConnectorError;

    /// The connection's credentials were refused: what is kept of it must not be used again.
    fn forget(&self, connection: &ConnectionId);
}

#[async_trait]
impl Platform for Connectors {
    async fn open(&self, connection: &Connection) -> Result<(), Error> {
        self.get(connection).await.map(drop)
    }

    async fn ask(&self, connection: &Connection, question: Question) -> Result<Vec<u8>, ConnectorError> {
        let opened = self.get(connection).await.map_err(|error| match error {
            Error::Connector(error) => error,
            error => {
                tracing::warn!(connection = %connection.id, %error, "cannot open a connection");
                let text =
                    "the connection cannot be opened: its plugin is not loaded, or its credentials cannot be read";
                ConnectorError::new(ErrorCode::HostFailed, text)
            }
        })?;
        let Question { op, request, key, deadline } = question;
        opened.connector.call_patiently(&op, &request, key.as_deref(), deadline).await
    }

    fn broken(&self, connection: &ConnectionId, op: &Op, problem: &str) -> ConnectorError {
        match self.pooled(connection) {
            Some(opened) => opened.connector.broken(op, &problem),
            None => ConnectorError::new(ErrorCode::PluginContractBroken, problem),
        }
    }

    fn forget(&self, connection: &ConnectionId) {
        Self::forget(self, connection);
    }
}
