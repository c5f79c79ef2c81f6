//! Connectors kept open between calls: opening one reads and opens its sealed credentials, and a connector may keep
//! sessions on the platform.

use std::sync::Arc;

use connector_api::domain::ConnectionId;
use quick_cache::sync::Cache;

use super::{ConnectionService, Error, service::Opened};
use crate::store::connection::Connection;

/// Most connectors kept open; those used least go first.
const MOST_OPEN: usize = 1_000;

/// Opened connectors, each kept while its connection stays as it was opened. Cheap to clone.
#[derive(Clone)]
pub struct ConnectorPool {
    connections: ConnectionService,
    open: Arc<Cache<ConnectionId, Arc<Opened>>>,
}

impl ConnectorPool {
    /// An empty pool.
    pub fn new(connections: ConnectionService) -> Self {
        Self { connections, open: Arc::new(Cache::new(MOST_OPEN)) }
    }

    /// The connector of a connection, opened now or before. Credentials, settings, a check, a change of health: any
    /// change of the connection opens it anew.
    pub async fn get(&self, connection: &Connection) -> Result<Arc<Opened>, Error> {
        if let Some(kept) = self.open.get(&connection.id)
            && kept.connection.version >= connection.version
        {
            return Ok(kept);
        }
        let opened = Arc::new(self.connections.open(&connection.id).await?);
        self.open.insert(connection.id.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    /// Lets go of a connection's connector: the next call opens it anew.
    pub fn forget(&self, id: &ConnectionId) {
        self.open.remove(id);
    }
}
