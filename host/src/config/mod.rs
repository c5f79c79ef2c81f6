//! Configuration: defaults → file → environment → command line; every value is documented, unknown ones are refused.
//! Everyday values stand in the section of their subject, the others in `advanced`.
//!
//! Environment: `CONNECTOR__SECTION__NAME=value`, or `CONNECTOR__SECTION__NAME_FILE=path` to read it from a file.

mod advanced;
mod defaults;
mod error;
mod load;
mod log;
mod moved;
mod rules;
mod source;

pub use advanced::AdvancedSection;
pub use error::ConfigError;
pub use load::{Overrides, load};
pub use log::{LogFormat, LogSection};

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
    /// How much the host may fill its disk.
    pub storage: StorageSection,
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
    /// Values that hardly anybody changes.
    pub advanced: AdvancedSection,
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
    #[schemars(range(min = 1, max = 60))]
    pub connect_timeout_s: u64,
    /// Most seconds to wait for an answer.
    #[schemars(range(min = 1, max = 300))]
    pub timeout_s: u64,
    /// Largest answer, in bytes.
    #[schemars(range(min = 1_024, max = 67_108_864))]
    pub max_body_bytes: u64,
    /// Share of a platform's quota left to the merchant's other integrations, in per cent.
    #[schemars(range(min = 0, max = 90))]
    pub headroom_percent: u8,
}

/// How catalogs are synced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncSection {
    /// Records asked for in one page.
    #[schemars(range(min = 1, max = 1_000))]
    pub page_limit: u32,
    /// Hours after which a stream is read as a whole again, to notice what is gone.
    #[schemars(range(min = 1, max = 8_760))]
    pub full_every_h: u32,
    /// Most seconds one page may take.
    #[schemars(range(min = 1, max = 3_600))]
    pub page_timeout_s: u64,
    /// Largest share of a stream's rows that a full pass deletes unconfirmed, in per cent; fewer than 50 rows always may.
    #[schemars(range(min = 0, max = 100))]
    pub max_delete_percent: u8,
}

/// How much the host may fill its disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSection {
    /// Bytes of the database's disk that syncs leave free: below, they are deferred, so that webhooks, orders and events
    /// still find room; 0 for no look at the disk.
    #[schemars(range(min = 0, max = 1_125_899_906_842_624_u64))]
    pub min_free_bytes: u64,
}

/// How orders are placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSection {
    /// Most seconds one call of a connector may take.
    #[schemars(range(min = 1, max = 300))]
    pub timeout_s: u32,
    /// Seconds after which an order that could not be placed is given up.
    #[schemars(range(min = 1, max = 86_400))]
    pub submit_within_s: u32,
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
    #[schemars(range(min = 1, max = 1_440))]
    pub session_minutes: u32,
    /// Requests worked on at the same time; more are answered 503.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_requests: u32,
    /// Seconds a request may take.
    #[schemars(range(min = 1, max = 600))]
    pub request_timeout_s: u64,
    /// Networks of proxies before the host, as `10.0.0.0/8`: what they say in `X-Forwarded-For` is believed.
    #[schemars(with = "Vec<String>")]
    pub trusted_proxies: Vec<IpNet>,
    /// Minutes between two syncs of a connection; 0 for none but those that are asked for.
    #[schemars(range(min = 0, max = 43_200))]
    pub sync_every_min: u32,
    /// Syncs at work at the same time.
    #[schemars(range(min = 1, max = 64))]
    pub sync_workers: u32,
    /// Hours after which a connection is validated again; 0 for never.
    #[schemars(range(min = 0, max = 720))]
    pub check_every_h: u32,
}

/// How carts are quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuoteSection {
    /// Milliseconds a quote may take when the caller names no deadline; 50 to 30000.
    #[schemars(range(min = 50, max = 30_000))]
    pub deadline_ms: u64,
    /// Seconds a quote from synced data may be relied on.
    #[schemars(range(min = 1, max = 86_400))]
    pub local_valid_s: u32,
}

/// How webhooks are taken in and worked off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSection {
    /// Seconds between two looks at the same platform's queue of events; 0 for never.
    #[schemars(range(min = 0, max = 3_600))]
    pub poll_s: u32,
    /// Days for which deliveries are kept.
    #[schemars(range(min = 1, max = 366))]
    pub keep_days: u32,
}

/// How channels are told what happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventSection {
    /// Days that events are kept, to be read and sent again.
    #[schemars(range(min = 1, max = 365))]
    pub retention_days: u32,
    /// Endpoints that events are sent to at the same time.
    #[schemars(range(min = 1, max = 64))]
    pub workers: u32,
    /// Seconds an endpoint may take to answer.
    #[schemars(range(min = 1, max = 60))]
    pub timeout_s: u64,
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
