//! Configuration: defaults → file → environment → command line; every value is documented, unknown ones are refused.
//!
//! Environment: `CONNECTOR__SECTION__NAME=value`, or `CONNECTOR__SECTION__NAME_FILE=path` to read it from a file.

mod load;

pub use load::{ConfigError, Overrides, load};

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the database, the keyring and the copies of plugins.
    pub data_dir: PathBuf,
    /// Which plugins are loaded.
    pub plugins: PluginSection,
    /// How secrets are sealed.
    pub secrets: SecretSection,
    /// How stores are reached.
    pub network: NetworkSection,
    /// How catalogs are synced.
    pub sync: SyncSection,
    /// How orders are placed.
    pub orders: OrderSection,
    /// What is logged.
    pub log: LogSection,
    /// How `serve` listens and works.
    pub server: ServerSection,
    /// How carts are quoted.
    pub quotes: QuoteSection,
    /// How webhooks are taken in and worked off.
    pub webhooks: WebhookSection,
    /// How channels are told what happens.
    pub events: EventSection,
}

/// Which plugins are loaded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PluginSection {
    /// Folders with plugin files; `plugins` in the data folder when empty.
    pub directories: Vec<PathBuf>,
    /// SHA-256 of the files that may be loaded, in hexadecimal; any file when empty.
    pub allow: BTreeSet<String>,
}

/// How secrets are sealed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSection {
    /// Keyring as `kid:base64,kid2:base64`, the first is used for new seals. Secret: never printed. When empty, the
    /// file `keyring` in the data folder is used, and made on the first start.
    pub keys: String,
}

impl std::fmt::Debug for SecretSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretSection([redacted])")
    }
}

/// How stores are reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSection {
    /// Private networks that may be reached, as `127.0.0.0/8`, over plain http and any port as well. For tests and
    /// demonstrations only.
    #[schemars(with = "Vec<String>")]
    pub allow_private: Vec<IpNet>,
    /// Most seconds to wait for a connection.
    pub connect_timeout_s: u64,
    /// Most seconds to wait for an answer.
    pub timeout_s: u64,
    /// Largest answer, in bytes.
    pub max_body_bytes: u64,
    /// Share of a platform's quota left to the merchant's other integrations, in per cent.
    pub headroom_percent: u8,
}

/// How catalogs are synced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncSection {
    /// Records asked for in one page.
    pub page_limit: u32,
    /// Seconds an increment goes back before the last one, for clocks that differ.
    pub overlap_s: u32,
    /// Hours after which a stream is read as a whole again, to notice what is gone.
    pub full_every_h: u32,
    /// Most seconds one page may take.
    pub page_timeout_s: u64,
    /// How often a page is tried before the run is put off.
    pub page_attempts: u32,
    /// Seconds a sync keeps its connection to itself without a sign of life: how long others wait for a host that died.
    pub lease_s: u32,
}

/// How orders are placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSection {
    /// Most seconds one call of a connector may take.
    pub timeout_s: u32,
    /// Seconds after an attempt whose end is unknown before a search that finds nothing is believed. Longer than the
    /// platform may take for an order whose caller has gone away.
    pub settle_s: u32,
    /// Seconds after which an order that could not be placed is given up.
    pub submit_within_s: u32,
    /// Most seconds a caller waits for the end; the work goes on, and the same key hears of it.
    pub answer_within_s: u32,
    /// Orders looked after at the same time, beside those that callers wait for.
    pub resolvers: u32,
    /// Whether an order is held against a quote before it is taken; otherwise whatever was agreed is believed.
    pub check_quotes: bool,
}

/// How `serve` listens and works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// Address and port to listen on; port 0 takes a free one.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Address under which browsers reach the host, such as `https://connect.example`; `http://` and `listen` when
    /// absent. Links to merchants begin with it.
    #[schemars(with = "Option<String>")]
    pub public_url: Option<Url>,
    /// Minutes a merchant's link holds.
    pub session_minutes: u32,
    /// Hours an operator stays signed in to the dashboard.
    pub login_hours: u32,
    /// Requests worked on at the same time; more are answered 503.
    pub max_requests: u32,
    /// Seconds a request may take.
    pub request_timeout_s: u64,
    /// Seconds between not being ready any more and not accepting requests any more, when the host is told to end.
    pub drain_s: u64,
    /// Minutes between two syncs of a connection; 0 for none but those that are asked for.
    pub sync_every_min: u32,
    /// Syncs at work at the same time.
    pub sync_workers: u32,
    /// Hours after which a connection is validated again; 0 for never.
    pub check_every_h: u32,
}

/// How carts are quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuoteSection {
    /// Milliseconds a quote may take when the caller names no deadline; 50 to 30000.
    pub deadline_ms: u64,
    /// Seconds a quote from synced data may be relied on.
    pub local_valid_s: u32,
    /// Failures in a row after which a platform is left alone for a while.
    pub circuit_failures: u32,
    /// Seconds it is left alone at first; twice as long each time it fails again, at most 300.
    pub circuit_open_s: u32,
    /// Seconds that synced data are kept in memory before they are read again; 0 for never.
    pub cache_s: u32,
    /// Most variants kept in memory.
    pub cache_variants: usize,
}

/// How webhooks are taken in and worked off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSection {
    /// Deliveries that may wait to be written; more are answered 503.
    pub queue: u32,
    /// Connections worked for at the same time; 0 for none, and deliveries are only kept.
    pub workers: u32,
    /// Milliseconds that events are gathered before their entities are read: a burst becomes one reading.
    pub settle_ms: u32,
    /// How often a delivery or an entity is tried before it is given up.
    pub attempts: u32,
    /// Seconds that work is kept to a worker without a sign of life: how long others wait for a host that died.
    pub lease_s: u32,
    /// Seconds between two looks at the same platform's queue of events; 0 for never.
    pub poll_s: u32,
    /// Days for which deliveries are kept.
    pub keep_days: u32,
    /// Hours without a delivery, while syncs find changes, after which webhooks count as silent; 0 for never.
    pub silent_after_h: u32,
    /// Hours for which a secret that was replaced is still accepted.
    pub previous_secret_h: u32,
}

/// How channels are told what happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventSection {
    /// Days that events are kept, to be read and sent again.
    pub retention_days: u32,
    /// Days that it is kept how attempts to send them went.
    pub attempts_days: u32,
    /// Endpoints that events are sent to at the same time.
    pub workers: u32,
    /// Seconds an endpoint may take to answer.
    pub timeout_s: u64,
    /// Seconds a host keeps an endpoint to itself without a sign of life: how long others wait for a host that died.
    pub lease_s: u32,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,connector_host=debug`.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            plugins: PluginSection::default(),
            secrets: SecretSection::default(),
            network: NetworkSection::default(),
            sync: SyncSection::default(),
            orders: OrderSection::default(),
            log: LogSection::default(),
            server: ServerSection::default(),
            quotes: QuoteSection::default(),
            webhooks: WebhookSection::default(),
            events: EventSection::default(),
        }
    }
}

impl Default for NetworkSection {
    fn default() -> Self {
        Self {
            allow_private: vec![],
            connect_timeout_s: 5,
            timeout_s: 30,
            max_body_bytes: 10 * 1024 * 1024,
            headroom_percent: 20,
        }
    }
}

impl Default for SyncSection {
    fn default() -> Self {
        Self { page_limit: 200, overlap_s: 300, full_every_h: 24, page_timeout_s: 120, page_attempts: 6, lease_s: 15 }
    }
}

impl Default for OrderSection {
    fn default() -> Self {
        Self {
            timeout_s: 30,
            settle_s: 60,
            submit_within_s: 900,
            answer_within_s: 25,
            resolvers: 2,
            check_quotes: true,
        }
    }
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            session_minutes: 60,
            login_hours: 12,
            max_requests: 256,
            request_timeout_s: 150,
            drain_s: 0,
            sync_every_min: 60,
            sync_workers: 2,
            check_every_h: 24,
        }
    }
}

impl Default for QuoteSection {
    fn default() -> Self {
        Self {
            deadline_ms: 3_000,
            local_valid_s: 300,
            circuit_failures: 5,
            circuit_open_s: 15,
            cache_s: 5,
            cache_variants: 50_000,
        }
    }
}

impl Default for WebhookSection {
    fn default() -> Self {
        Self {
            queue: 4_096,
            workers: 4,
            settle_ms: 250,
            attempts: 12,
            lease_s: 30,
            poll_s: 60,
            keep_days: 7,
            silent_after_h: 24,
            previous_secret_h: 24,
        }
    }
}

impl Default for EventSection {
    fn default() -> Self {
        Self { retention_days: 30, attempts_days: 7, workers: 8, timeout_s: 15, lease_s: 20 }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "warn".to_owned(), format: LogFormat::Auto }
    }
}

impl Config {
    /// Folders with plugin files.
    pub fn plugin_directories(&self) -> Vec<PathBuf> {
        if self.plugins.directories.is_empty() {
            return vec![self.data_dir.join("plugins")];
        }
        self.plugins.directories.clone()
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("connector.db")
    }

    /// The keyring file, used when no keys are configured.
    pub fn keyring_file(&self) -> PathBuf {
        self.data_dir.join("keyring")
    }

    /// The configuration as it may be shown.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut shown = self.clone();
        if !shown.secrets.keys.is_empty() {
            "[redacted]".clone_into(&mut shown.secrets.keys);
        }
        shown
    }
}
