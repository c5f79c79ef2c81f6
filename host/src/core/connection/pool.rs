//! Connectors kept open between calls: opening one reads and opens its sealed credentials, and a connector may keep
//! sessions on the platform.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{domain::ConnectionId, wire::Op};
use quick_cache::sync::Cache;

use super::LiveServices;
use crate::{model::connection::Connection, plugin::ConnectorHandle, secret::PersonalSeal};

/// Most connectors kept open; those used least go first.
const MOST_OPEN: usize = 5_000;
/// How long it is taken for granted that a connection is as it was, by those who do not read it themselves.
const FRESH: Duration = Duration::from_secs(1);

/// A connection, open for calls.
pub struct Opened {
    /// The connection as it is stored.
    pub connection: Connection,
    /// Its connector.
    pub connector: ConnectorHandle,
    /// Its services, which know what was sent.
    pub services: Arc<LiveServices>,
    /// Seals what is kept of its people.
    pub seal: PersonalSeal,
}

impl Opened {
    /// Whether the connector answers an operation.
    pub fn does(&self, op: &Op) -> bool {
        self.connector.plugin().manifest().operations.contains(op)
    }
}

/// Opened connectors by connection id, each kept while its connection stays as it was opened. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pool(Arc<Cache<ConnectionId, Kept>>);

#[derive(Clone)]
struct Kept {
    opened: Arc<Opened>,
    /// When the connection was last seen to be as it was opened.
    seen_at: Instant,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self(Arc::new(Cache::new(MOST_OPEN)))
    }

    /// The connector that was opened of this version of a connection, or of a later one.
    pub(super) fn of_version(&self, connection: &Connection) -> Option<Arc<Opened>> {
        let kept = self.0.get(&connection.id).filter(|kept| kept.opened.connection.version >= connection.version);
        kept.map(|kept| kept.opened)
    }

    /// The connector of a connection that was as it was opened a moment ago.
    pub(super) fn fresh(&self, id: &ConnectionId) -> Option<Arc<Opened>> {
        self.0.get(id).filter(|kept| kept.seen_at.elapsed() < FRESH).map(|kept| kept.opened)
    }

    /// The connector of a connection, however it was opened.
    pub(super) fn any(&self, id: &ConnectionId) -> Option<Arc<Opened>> {
        self.0.get(id).map(|kept| kept.opened)
    }

    /// Keeps a connector whose connection was as it was opened at `seen_at`.
    pub(super) fn keep(&self, opened: &Arc<Opened>, seen_at: Instant) {
        self.0.insert(opened.connection.id.clone(), Kept { opened: Arc::clone(opened), seen_at });
    }

    pub(super) fn forget(&self, id: &ConnectionId) {
        self.0.remove(id);
    }
}
