//! Opens connectors, and keeps them open between calls. Budgets and pooled connectors belong to the connection id: whoever opens
//! a connection shares them.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use connector_api::{
    domain::ConnectionId,
    wire::{credentials::OpenConnection, manifest::Manifest, validate::Check},
};
use sha2::{Digest, Sha256};

use super::{
    Error,
    pool::{Opened, Pool},
    rotation::take_previous,
    services::{LiveServices, StateKeeper},
    stored,
    values::{open_message, unseal_settings},
};
use crate::{
    clock::Clock,
    model::connection::Connection,
    net::{BudgetConfig, ConnectionNetwork, Network, Scrubber, Shared, Tap},
    plugin::{PluginHandle, Registry, quarantine::Behaviour},
    secret::Vault,
    store::Store,
};

/// How platforms are reached.
#[derive(Clone)]
pub struct Reach {
    /// The network.
    pub network: Arc<Network>,
    /// How much of a platform's quota is used.
    pub budget: BudgetConfig,
    /// Longest wait for one answer of a platform, its retries included.
    pub http_deadline: Duration,
}

/// Opens connectors. Cheap to clone.
#[derive(Clone)]
pub struct Connectors {
    store: Store,
    vault: Vault,
    clock: Arc<dyn Clock>,
    registry: Arc<Registry>,
    reach: Reach,
    pool: Pool,
}

impl Connectors {
    /// Connectors of these plugins.
    pub fn new(store: Store, vault: Vault, clock: Arc<dyn Clock>, registry: Arc<Registry>, reach: Reach) -> Self {
        Self { store, vault, clock, registry, reach, pool: Pool::new() }
    }

    /// The same, with a pool of its own: what is asked of a connector from there is not mixed with what others ask.
    #[must_use]
    pub fn with_own_pool(&self) -> Self {
        Self { pool: Pool::new(), ..self.clone() }
    }

    /// Opens a connection for calls.
    pub async fn open(&self, id: &ConnectionId) -> Result<Opened, Error> {
        self.open_with(id, Tap::Live, |_| {}).await
    }

    /// Opens a connection whose requests go through `tap`.
    pub async fn open_with(
        &self,
        id: &ConnectionId,
        tap: Tap,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Opened, Error> {
        let connection = stored::get(&self.store, id).await?;
        let plugin = self.plugin(&connection.connector_id)?;
        let open = self.opening(&connection).await?;
        let state = StateKeeper::Stored(self.vault.clone());
        let services = self.services(plugin, &open, self.shared(id), state, tap, on_check);
        let connector = plugin.open(Arc::clone(&services) as Arc<_>, &open).await?;
        let seal = self.vault.personal(id).await?;
        Ok(Opened { connection, connector, services, seal })
    }

    /// What a connector is opened with.
    async fn opening(&self, connection: &Connection) -> Result<OpenConnection, Error> {
        let mut sealed = self.vault.credentials(&connection.id).await?;
        let previous_credentials = take_previous(&mut sealed);
        let (credentials, settings) = unseal_settings(sealed, connection.settings.clone());
        Ok(OpenConnection { previous_credentials, ..open_message(&connection.id, credentials, settings) })
    }

    /// What takes the secrets of a connection out of texts, those it replaced lately included.
    pub async fn scrubber(&self, connection: &Connection) -> Result<Scrubber, Error> {
        let open = self.opening(connection).await?;
        Ok(self.plugin(&connection.connector_id)?.scrubber(&open))
    }

    /// The pooled connector of a connection that was just read, opened now or before. Credentials, settings, a check, a change
    /// of health: any change of the connection opens it anew.
    pub async fn get(&self, connection: &Connection) -> Result<Arc<Opened>, Error> {
        let seen_at = Instant::now();
        let opened = match self.pool.of_version(connection) {
            Some(opened) => opened,
            None => Arc::new(self.open(&connection.id).await?),
        };
        self.pool.keep(&opened, seen_at);
        Ok(opened)
    }

    /// The same by id, mostly without a look at the store: a change of the connection is noticed within a second.
    pub async fn named(&self, id: &ConnectionId) -> Result<Arc<Opened>, Error> {
        if let Some(opened) = self.pool.fresh(id) {
            return Ok(opened);
        }
        let connection = stored::get(&self.store, id).await?;
        self.get(&connection).await
    }

    /// The connector of a connection, if one is open.
    pub(super) fn pooled(&self, id: &ConnectionId) -> Option<Arc<Opened>> {
        self.pool.any(id)
    }

    /// Lets go of a connection's connector: the next call opens it anew.
    pub fn forget(&self, id: &ConnectionId) {
        self.pool.forget(id);
    }

    /// Connections whose platforms were asked within the last while.
    pub fn used_within(&self, last: Duration) -> Vec<String> {
        self.reach.network.used_within(last)
    }

    /// Divides the requests that may be in flight for a connection among so many replicas.
    pub fn share_with(&self, connection: &str, sharers: u32) {
        self.reach.network.share_with(connection, sharers);
    }

    /// The platform's clock minus the host's, in milliseconds, once an answer of it has said so.
    pub fn clock_offset_ms(&self, id: &ConnectionId) -> Option<i64> {
        self.shared(id).clock_offset_ms()
    }

    /// What a connector says of itself.
    pub fn manifest(&self, connector: &str) -> Result<&Manifest, Error> {
        Ok(self.plugin(connector)?.manifest())
    }

    /// How a connector's plugin behaves.
    pub fn behaviour(&self, connector: &str) -> Result<Behaviour, Error> {
        Ok(self.plugin(connector)?.behaviour())
    }

    /// Whether the plugin of a connector is there and may be called at the moment.
    pub fn can_be_asked(&self, connector: &str) -> bool {
        self.registry.get(connector).is_some_and(|plugin| !plugin.behaviour().quarantined)
    }

    /// Connectors that connections need and no loaded plugin has, with how many connections wait for each.
    pub async fn missing(&self) -> Result<Vec<(String, u64)>, Error> {
        let mut in_use = self.store.connectors_in_use().await?;
        in_use.retain(|(connector, _)| self.registry.get(connector).is_none());
        Ok(in_use)
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Plugins in use, and files that are not.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn plugin(&self, connector: &str) -> Result<&PluginHandle, Error> {
        self.registry.get(connector).ok_or_else(|| Error::NoConnector(connector.to_owned()))
    }

    /// What a plugin may ask of the host for one connection.
    pub(super) fn services(
        &self,
        plugin: &PluginHandle,
        open: &OpenConnection,
        shared: Arc<Shared>,
        state: StateKeeper,
        tap: Tap,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Arc<LiveServices> {
        let network = Arc::clone(&self.reach.network);
        Arc::new(LiveServices {
            connection: open.connection_id.clone(),
            network: ConnectionNetwork::new(network, shared, tap, plugin.scrubber(open)),
            clock: Arc::clone(&self.clock),
            state,
            on_check: Box::new(on_check),
            http_deadline: self.reach.http_deadline,
            waited_us: AtomicU64::new(0),
        })
    }

    /// What all handles of a connection share.
    pub(super) fn shared(&self, id: &ConnectionId) -> Arc<Shared> {
        self.reach.network.shared(id.as_str(), self.reach.budget)
    }

    /// The same of values that are only tried out. What a platform asks of whoever mistyped an address must not keep the right
    /// address from being tried.
    pub(super) fn shared_while_tried(&self, open: &OpenConnection) -> Arc<Shared> {
        let mut hash = Sha256::new();
        for (name, value) in &open.credentials {
            for part in [name.as_str(), value.expose()] {
                hash.update(part.len().to_le_bytes());
                hash.update(part);
            }
        }
        let name = format!("{} {}", open.connection_id, hex::encode(hash.finalize()));
        self.reach.network.shared(&name, self.reach.budget)
    }
}
