//! A host's services over a temporary database, for tests: made once here, so that a test says only what is special about its own.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    clock::{Clock, SystemClock},
    core::{
        cart::{QuoteReader, QuoteService, QuoteSettings},
        channel::ChannelService,
        connection::{
            Checker, Connection, ConnectionStatus, Connections, Connectors, Ctx, Environment, Onboarding, Platform,
            Reach,
        },
        job::SyncQueue,
        order::{self, OrderService, OrderSettings},
        session::{self, SessionService},
        webhook::{self, Settings, Webhooks},
    },
    net::{BudgetConfig, Network, NetworkPolicy},
    plugin::Registry,
    secret::{Keyring, Vault},
    store::Store,
};

/// A keyring that a host keeps over its restarts.
const KEYS: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A clock that stands still until it is moved. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_unix_ms())))
    }

    /// A clock at some moment.
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_760_000_000_000)))
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.0.store(now.as_unix_ms(), Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A database of its own.
pub(crate) struct Database {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Database {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).await.unwrap();
        Self { folder, store }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }
}

/// What may differ from world to world.
pub(crate) struct Options {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: NetworkPolicy,
}

impl Default for Options {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), network: NetworkPolicy::default() }
    }
}

impl From<&SetClock> for Options {
    fn from(clock: &SetClock) -> Self {
        Self { clock: Arc::new(clock.clone()), ..Self::default() }
    }
}

/// A host without plugins, over a database of its own.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: Arc<Network>,
    pub(crate) connections: Connections,
    pub(crate) connectors: Connectors,
    pub(crate) checker: Checker,
    pub(crate) queue: SyncQueue,
}

impl World {
    pub(crate) async fn new(options: impl Into<Options>) -> Self {
        let Options { clock, network } = options.into();
        Self::over(Database::new().await, clock, Arc::new(Network::new(network).unwrap()))
    }

    fn over(database: Database, clock: Arc<dyn Clock>, network: Arc<Network>) -> Self {
        let store = database.store.clone();
        let vault = Vault::new(store.clone(), Arc::new(Keyring::parse(KEYS).unwrap()), "test");
        let (budget, http_deadline) = (BudgetConfig::default(), Duration::from_secs(1));
        let reach = Reach { network: Arc::clone(&network), budget, http_deadline };
        let connectors =
            Connectors::new(store.clone(), vault.clone(), Arc::clone(&clock), Arc::new(Registry::default()), reach);
        Self {
            connections: Connections::new(store.clone(), vault.clone()),
            checker: Checker::new(store.clone(), connectors.clone(), Arc::clone(&clock)),
            queue: SyncQueue::new(store.clone(), Arc::clone(&clock)),
            database,
            store,
            vault,
            clock,
            network,
            connectors,
        }
    }

    /// The host dies and starts again.
    pub(crate) async fn restarted(self) -> Self {
        self.store.close().await;
        let store = Store::open(&self.database.path()).await.unwrap();
        Self::over(Database { store, ..self.database }, self.clock, self.network)
    }

    /// The context of an operator's call.
    pub(crate) fn ctx(&self) -> Ctx {
        Ctx::operator("test", self.clock.now())
    }

    /// A connection that works, unless `change` says otherwise.
    pub(crate) async fn connect(&self, change: impl FnOnce(&mut Connection)) -> ConnectionId {
        let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Test, self.clock.now());
        connection.health.status = ConnectionStatus::Active;
        change(&mut connection);
        self.store.insert_connection(&mut connection).await.unwrap();
        connection.id
    }

    pub(crate) fn quotes(
        &self,
        platform: Arc<dyn Platform>,
        reader: QuoteReader,
        settings: QuoteSettings,
    ) -> QuoteService {
        let (store, clock, checker) = (self.store.clone(), Arc::clone(&self.clock), self.checker.clone());
        QuoteService::new(store, clock, platform, checker, reader, settings)
    }

    pub(crate) fn orders(&self, platform: Arc<dyn Platform>, settings: OrderSettings) -> OrderService {
        let parts = order::Parts {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: Arc::clone(&self.clock),
            connections: self.connections.clone(),
            platform,
            checker: self.checker.clone(),
            quotes: None,
        };
        OrderService::new(parts, settings)
    }

    pub(crate) fn sessions(&self, channels: ChannelService, public_url: url::Url) -> SessionService {
        let (store, vault, clock) = (self.store.clone(), self.vault.clone(), Arc::clone(&self.clock));
        let connectors = self.connectors.clone();
        let parts = session::Parts {
            onboarding: Onboarding::new(store.clone(), vault.clone(), connectors.clone(), Arc::clone(&clock)),
            store,
            vault,
            clock,
            channels,
            connections: self.connections.clone(),
            connectors,
            checker: self.checker.clone(),
            queue: self.queue.clone(),
            owner: "test".into(),
        };
        SessionService::new(parts, public_url, 60)
    }

    pub(crate) fn webhooks(&self) -> Webhooks {
        let parts = webhook::Parts {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: Arc::clone(&self.clock),
            connections: self.connections.clone(),
            connectors: self.connectors.with_own_pool(),
            checker: self.checker.clone(),
            queue: self.queue.clone(),
        };
        Webhooks::start(parts, Settings::default()).unwrap()
    }
}
