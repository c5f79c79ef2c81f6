//! Connectors kept open between calls: opening one reads and opens its sealed credentials, and a connector may keep
//! sessions on the platform.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::domain::ConnectionId;
use quick_cache::sync::Cache;

use super::{ConnectionService, Error, service::Opened};
use crate::model::connection::Connection;

/// Most connectors kept open; those used least go first.
const MOST_OPEN: usize = 5_000;
/// How long it is taken for granted that a connection is as it was, by those who do not read it themselves.
const FRESH: Duration = Duration::from_secs(1);

/// Opened connectors, each kept while its connection stays as it was opened. Cheap to clone; a host has one.
#[derive(Clone)]
pub struct ConnectorPool {
    /// Opens them.
    pub connections: ConnectionService,
    open: Arc<Cache<ConnectionId, Kept>>,
}

#[derive(Clone)]
struct Kept {
    opened: Arc<Opened>,
    /// When the connection was last seen to be as it was opened.
    seen_at: Instant,
}

impl ConnectorPool {
    /// An empty pool.
    pub fn new(connections: ConnectionService) -> Self {
        Self { connections, open: Arc::new(Cache::new(MOST_OPEN)) }
    }

    /// The connector of a connection that was just read, opened now or before. Credentials, settings, a check, a change
    /// of health: any change of the connection opens it anew.
    pub async fn get(&self, connection: &Connection) -> Result<Arc<Opened>, Error> {
        let seen_at = Instant::now();
        let kept = self.open.get(&connection.id).filter(|kept| kept.opened.connection.version >= connection.version);
        let opened = match kept {
            Some(kept) => kept.opened,
            None => Arc::new(self.connections.open(&connection.id).await?),
        };
        self.open.insert(connection.id.clone(), Kept { opened: Arc::clone(&opened), seen_at });
        Ok(opened)
    }

    /// The same by id, mostly without a look at the store: a change of the connection is noticed within a second.
    pub async fn named(&self, id: &ConnectionId) -> Result<Arc<Opened>, Error> {
        if let Some(kept) = self.open.get(id).filter(|kept| kept.seen_at.elapsed() < FRESH) {
            return Ok(kept.opened);
        }
        let connection = self.connections.get(id).await?;
        self.get(&connection).await
    }

    /// Lets go of a connection's connector: the next call opens it anew.
    pub fn forget(&self, id: &ConnectionId) {
        self.open.remove(id);
    }
}
