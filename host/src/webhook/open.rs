//! Connectors kept open, so that a delivery does not open one: by connection, for as long as the connection stays as it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use connector_api::{domain::ConnectionId, wire::Op};

use crate::{
    connection::{self, Connection, ConnectionService},
    plugin::ConnectorHandle,
    secret::PersonalSeal,
};

/// How long it is taken for granted that a connection is as it was.
const FRESH: Duration = Duration::from_secs(1);
/// Connectors kept open at most; those that were not used lately go first.
const MANY: usize = 5_000;
const IDLE: Duration = Duration::from_mins(10);

/// A connection, ready for its webhooks.
pub struct Ready {
    /// The connection as it is stored.
    pub connection: Connection,
    /// Its connector.
    pub connector: ConnectorHandle,
    /// Seals what is kept of its deliveries.
    pub seal: PersonalSeal,
    /// Whether deliveries without proof are let in as hints.
    pub allow_unsigned: bool,
}

impl Ready {
    /// Whether the connector answers an operation.
    pub fn does(&self, op: &Op) -> bool {
        self.connector.plugin().manifest().operations.contains(op)
    }
}

/// Opens connectors and keeps them open.
pub struct Opener {
    /// Opens them.
    pub connections: ConnectionService,
    open: Mutex<HashMap<ConnectionId, Kept>>,
}

struct Kept {
    ready: Arc<Ready>,
    looked_at: Instant,
}

impl Opener {
    /// With nothing open.
    pub fn new(connections: ConnectionService) -> Self {
        Self { connections, open: Mutex::default() }
    }

    /// A connection, ready for its webhooks. A change of its credentials or settings is noticed within a second.
    pub async fn get(&self, id: &ConnectionId) -> Result<Arc<Ready>, connection::Error> {
        let kept = self.kept(id);
        if let Some((ready, true)) = kept {
            return Ok(ready);
        }
        let connection = self.connections.get(id).await?;
        let allow_unsigned = self.connections.stores.unsigned_allowed(id).await?;
        if let Some((ready, _)) = kept
            && ready.connection.version == connection.version
            && ready.allow_unsigned == allow_unsigned
        {
            self.keep(id, &ready);
            return Ok(ready);
        }
        let seal = self.connections.vault.personal(id).await?;
        let opened = self.connections.open(id).await?;
        let ready =
            Arc::new(Ready { connection: opened.connection, connector: opened.connector, seal, allow_unsigned });
        self.keep(id, &ready);
        Ok(ready)
    }

    fn kept(&self, id: &ConnectionId) -> Option<(Arc<Ready>, bool)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).map(|kept| (Arc::clone(&kept.ready), kept.looked_at.elapsed() < FRESH))
    }

    fn keep(&self, id: &ConnectionId, ready: &Arc<Ready>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MANY {
            open.retain(|_, kept| kept.looked_at.elapsed() < IDLE);
        }
        if open.len() < MANY {
            open.insert(id.clone(), Kept { ready: Arc::clone(ready), looked_at: Instant::now() });
        }
    }
}
