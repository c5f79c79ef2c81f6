//! Wires everything once, from the configuration.

use std::{sync::Arc, time::Duration};

use url::Url;

use crate::{
    clock::{Clock, FollowingClock, SystemClock},
    config::Config,
    core::{
        cart::{QuoteReader, QuoteService, QuoteSettings, circuit::CircuitRules},
        channel::ChannelService,
        connection::{Checker, Connections, Connectors, Ctx, Onboarding, Reach},
        job::{SyncQueue, outcome::Outcomes},
        order::{self, OrderService, OrderSettings},
        outbox::{Deliverer, EventService, Sender},
        replica::{heartbeat::follow, owner},
        session::{self, SessionService},
        sync::{Ceilings, SyncEngine, SyncSettings, plan::Freshness},
        webhook::{self, Webhooks, Work},
    },
    model::{Code, Fault, doubt::DeletionRule},
    net::{BudgetConfig, Network, NetworkPolicy, NetworkSetupError},
    plugin::{LoadOptions, Registry, trial::Trial},
    secret::{self, KeyProvider, Keyring, LiveKeyFile, Vault, key_file},
    store::{
        self, Store,
        disk::{DiskGuard, DiskOf},
        server::Sessions,
    },
};

/// Part of what every seal protects; one host serves one tenant.
const TENANT: &str = "default";

/// Everything a command may need.
pub struct App {
    /// The configuration it was made from.
    pub config: Config,
    /// Where things are kept.
    pub store: Store,
    /// Seals secrets.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The same when it follows the database's.
    pub following: Option<Arc<FollowingClock>>,
    /// Names this process, and no other ever.
    pub owner: Arc<str>,
    /// What the operator should see once, such as that a keyring was made.
    pub notes: Vec<String>,
}

/// Why the host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The keys cannot be used.
    #[error(transparent)]
    Secret(#[from] secret::Error),
    /// The network client cannot be made.
    #[error(transparent)]
    Network(#[from] NetworkSetupError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::Secret(error) => error.into(),
            Error::Network(error) => Self::new(Code::Unexpected, error.to_string()),
        }
    }
}

impl App {
    /// Opens database and keys.
    pub async fn open(config: Config) -> Result<Self, Error> {
        let file = config.database_file();
        let is_new = file.as_ref().is_some_and(|file| !file.try_exists().unwrap_or(true));
        let store: Store = if let Some(file) = &file {
            Store::open(file).await?
        } else {
            let (writers, readers) = (config.advanced.database_writers, config.advanced.database_readers);
            Store::open_server(&config.database.url, Sessions { writers, readers }).await?
        };
        let mut notes = vec![];
        let keys: Arc<dyn KeyProvider> = if config.secrets.keys.is_empty() {
            let has_file = key_file::exists(&config.keyring_file())?;
            let in_use = secret::keys_in_use(&store).await?;
            if !has_file && !in_use.is_empty() {
                let secrets = in_use.iter().map(|(_, secrets)| secrets).sum();
                let kids = in_use.into_iter().map(|(kid, _)| kid).collect::<Vec<_>>().join(", ");
                return Err(secret::Error::KeyFileLost { path: config.keyring_file(), secrets, kids }.into());
            }
            if has_file && is_new {
                tracing::warn!(
                    database = store.location(),
                    "created a new database beside an existing keyring; if this host had a database before, stop it and restore that one"
                );
            }
            let loaded = key_file::load_or_create(&config.keyring_file())?;
            notes.extend(loaded.created.map(|created| created.to_string()));
            Arc::new(LiveKeyFile::new(config.keyring_file(), loaded.keyring))
        } else {
            Arc::new(Keyring::parse(&config.secrets.keys)?)
        };
        let vault = Vault::new(store.clone(), keys, TENANT);
        vault.refuse_wrong_keys().await?;
        let following = store.has_replicas().then(|| Arc::new(FollowingClock::default()));
        let clock: Arc<dyn Clock> = match &following {
            Some(following) => {
                follow(&store, following).await?;
                Arc::clone(following) as Arc<dyn Clock>
            }
            None => Arc::new(SystemClock),
        };
        Ok(Self { config, store, vault, clock, following, owner: owner::fresh(), notes })
    }

    /// The way to the network.
    fn network(&self) -> Result<Arc<Network>, Error> {
        let network = &self.config.network;
        let policy = NetworkPolicy {
            allow_private: network.allow_private.clone(),
            connect_timeout: Duration::from_secs(network.connect_timeout_s),
            total_timeout: Duration::from_secs(network.timeout_s),
            max_body: usize::try_from(network.max_body_bytes).unwrap_or(usize::MAX),
            ..NetworkPolicy::default()
        };
        Ok(Arc::new(Network::new(policy)?))
    }

    /// Events out. Endpoints are reached through clients of their own: many of them are slow, and none is a store.
    pub fn events(&self) -> Result<EventService, Error> {
        let sender = Sender {
            network: self.network()?,
            vault: self.vault.clone(),
            clock: Arc::clone(&self.clock),
            deadline: Duration::from_secs(self.config.events.timeout_s),
        };
        Ok(EventService { store: self.store.clone(), sender })
    }

    /// Who sends events.
    pub fn deliverer(&self, events: &EventService) -> Deliverer {
        let lease_s = self.config.advanced.lease_s;
        Deliverer { store: self.store.clone(), sender: events.sender.clone(), lease_s }
    }

    /// Connections.
    pub fn connections(&self) -> Connections {
        Connections::new(self.store.clone(), self.vault.clone())
    }

    /// Connectors of the plugins loaded.
    pub fn connectors(&self, registry: Registry) -> Result<Connectors, Error> {
        let network = &self.config.network;
        let reach = Reach {
            network: self.network()?,
            budget: BudgetConfig { headroom_percent: network.headroom_percent, ..BudgetConfig::default() },
            http_deadline: Duration::from_secs(self.config.sync.page_timeout_s),
        };
        Ok(Connectors::new(self.store.clone(), self.vault.clone(), self.clock(), Arc::new(registry), reach))
    }

    /// Checks of connections.
    pub fn checker(&self, connectors: &Connectors) -> Checker {
        Checker::new(self.store.clone(), connectors.clone(), self.clock())
    }

    /// How connections are made.
    pub fn onboarding(&self, connectors: &Connectors) -> Onboarding {
        Onboarding::new(self.store.clone(), self.vault.clone(), connectors.clone(), self.clock())
    }

    /// How the end of a sync is noted on its connection.
    pub fn outcomes(&self, connectors: &Connectors) -> Outcomes {
        let checker = self.checker(connectors);
        Outcomes::new(self.store.clone(), self.clock(), self.connections(), connectors.clone(), checker)
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The context of a command. Users are named by number: names are of people.
    pub fn ctx(&self) -> Ctx {
        Ctx::operator(&format!("command line ({})", user()), self.clock.now())
    }

    /// Orders.
    pub fn orders(&self, connectors: &Connectors, quotes: QuoteService) -> OrderService {
        let Config { orders, advanced, .. } = &self.config;
        let settings = OrderSettings {
            timeout_s: orders.timeout_s,
            settle_s: advanced.order_settle_s,
            submit_within_s: orders.submit_within_s,
            answer_within_s: advanced.order_answer_within_s,
        };
        let parts = order::Parts {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: self.clock(),
            connections: self.connections(),
            platform: Arc::new(connectors.clone()),
            checker: self.checker(connectors),
            quotes: orders.check_quotes.then_some(quotes),
        };
        OrderService::new(parts, settings)
    }

    /// Quotes.
    pub fn quotes(&self, connectors: &Connectors) -> QuoteService {
        let Config { quotes, advanced, .. } = &self.config;
        let reader = QuoteReader::new(self.store.clone(), advanced.quote_cache_s, advanced.quote_cache_variants);
        let settings = QuoteSettings {
            deadline: Duration::from_millis(quotes.deadline_ms),
            local_valid_s: quotes.local_valid_s,
            circuit: CircuitRules { failures: advanced.quote_circuit_failures, open_s: advanced.quote_circuit_open_s },
        };
        let (platform, checker) = (Arc::new(connectors.clone()), self.checker(connectors));
        QuoteService::new(self.store.clone(), self.clock(), platform, checker, reader, settings)
    }

    /// Connect sessions, whose links begin with `public_url`.
    pub fn sessions(
        &self,
        connectors: &Connectors,
        channels: ChannelService,
        queue: SyncQueue,
        public_url: Url,
    ) -> SessionService {
        let parts = session::Parts {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: self.clock(),
            channels,
            connections: self.connections(),
            connectors: connectors.clone(),
            checker: self.checker(connectors),
            onboarding: self.onboarding(connectors),
            queue,
            owner: Arc::clone(&self.owner),
        };
        SessionService::new(parts, public_url, self.config.server.session_minutes)
    }

    /// Webhooks. What a webhook's `fetch` has asked must not be mixed with what carts and orders ask: connectors of its own.
    pub fn webhooks(&self, connectors: &Connectors, queue: SyncQueue) -> std::io::Result<Webhooks> {
        let parts = webhook::Parts {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: self.clock(),
            connections: self.connections(),
            connectors: connectors.with_own_pool(),
            checker: self.checker(connectors),
            queue,
        };
        Webhooks::start(parts, self.webhook_settings())
    }

    /// The sync engine.
    pub fn sync_engine(&self) -> SyncEngine {
        let Config { sync, advanced, .. } = &self.config;
        let settings = SyncSettings {
            page_limit: sync.page_limit,
            page_timeout: Duration::from_secs(sync.page_timeout_s),
            page_attempts: advanced.sync_page_attempts,
            lease_s: advanced.lease_s,
            freshness: Freshness { overlap_s: advanced.sync_overlap_s, full_every_h: sync.full_every_h },
            deletions: DeletionRule {
                max_percent: sync.max_delete_percent,
                confirm_after_ms: i64::from(advanced.sync_confirm_after_s) * 1_000,
            },
            ceilings: Ceilings {
                stream_records: advanced.sync_max_stream_records,
                stream_pages: advanced.sync_max_stream_pages,
                stream_bytes: advanced.sync_max_stream_bytes,
                stream_time: Duration::from_secs(u64::from(advanced.sync_max_stream_hours) * 3_600),
                connection_rows: advanced.sync_max_connection_rows,
                connection_bytes: advanced.sync_max_connection_bytes,
            },
        };
        let owner = self.owner.to_string();
        let (store, vault, clock) = (self.store.clone(), self.vault.clone(), Arc::clone(&self.clock));
        SyncEngine::new(store, vault, clock, settings, self.disk(), owner)
    }

    /// Watches the disk of the data folder.
    pub fn disk(&self) -> DiskGuard {
        let probe = DiskOf(self.config.data_dir.clone());
        DiskGuard::new(Arc::new(probe), self.config.storage.min_free_bytes)
    }

    /// How webhooks are taken in and worked off.
    fn webhook_settings(&self) -> webhook::Settings {
        let Config { webhooks, advanced, .. } = &self.config;
        webhook::Settings {
            workers: advanced.webhook_workers,
            work: Work {
                settle_ms: advanced.webhook_settle_ms,
                lease_s: advanced.lease_s,
                fetch_timeout: Duration::from_secs(self.config.sync.page_timeout_s),
                ..Work::default()
            },
            poll_s: webhooks.poll_s,
            keep_days: webhooks.keep_days,
            silent_after_h: advanced.webhook_silent_after_h,
            previous_secret_h: advanced.webhook_previous_secret_h,
        }
    }
}

/// Who runs this program, and who signed in to the machine, where the system keeps that: `sudo` does not change it.
fn user() -> String {
    const NOBODY: &str = "4294967295";
    let uid = rustix::process::getuid().as_raw().to_string();
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    match login.as_deref().map(str::trim).filter(|login| !login.is_empty() && *login != uid && *login != NOBODY) {
        Some(login) => format!("uid {uid}, signed in as uid {login}"),
        None => format!("uid {uid}"),
    }
}

/// Where the configuration says plugins are.
pub fn load_options(config: &Config) -> LoadOptions {
    LoadOptions {
        directories: config.plugin_directories(),
        vault: config.data_dir.join("plugin-copies"),
        allowed: (!config.plugins.allow.is_empty()).then(|| config.plugins.allow.clone()),
        trial: Trial::with_this_program(),
        try_again: false,
    }
}
