//! The platform's side of orders: one question, one answer.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use connector_api::{ConnectorError, domain::ConnectionId, wire::Op};
use serde_json::Value;

use crate::{
    connection::{self, ConnectorPool},
    plugin::ConnectorHandle,
};

/// Opens the platform behind a connection.
#[async_trait]
pub trait Platforms: Send + Sync {
    /// Opens it; nothing is sent.
    async fn open(&self, connection: &ConnectionId) -> Result<Arc<dyn Platform>, connection::Error>;
}

/// The platform behind one connection.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Asks its connector; `key` is the idempotency key of what changes something. The answer is JSON text.
    async fn ask(
        &self,
        op: &Op,
        request: Value,
        key: Option<&str>,
        deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError>;
}

#[async_trait]
impl Platforms for ConnectorPool {
    async fn open(&self, connection: &ConnectionId) -> Result<Arc<dyn Platform>, connection::Error> {
        let connection = self.connections.get(connection).await?;
        Ok(Arc::new(self.get(&connection).await?.connector.clone()))
    }
}

#[async_trait]
impl Platform for ConnectorHandle {
    async fn ask(
        &self,
        op: &Op,
        request: Value,
        key: Option<&str>,
        deadline: Duration,
    ) -> Result<Vec<u8>, ConnectorError> {
        self.call_keyed(op, &request, key, deadline).await
    }
}
