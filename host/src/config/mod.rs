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
mod role;
mod rules;
mod source;

pub use advanced::AdvancedSection;
pub use error::ConfigError;
pub use load::{Overrides, load};
pub use log::{LogFormat, LogSection};
pub use role::Role;

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Data folder: SQLite database, keyring, plugin copies.
    pub data_dir: PathBuf,
    /// Database.
    pub database: DatabaseSection,
    /// Plugins.
    pub plugins: PluginSection,
    /// Encryption of secrets.
    pub secrets: SecretSection,
    /// Requests to stores.
    pub network: NetworkSection,
    /// Syncs.
    pub sync: SyncSection,
    /// Disk usage.
    pub storage: StorageSection,
    /// Orders.
    pub orders: OrderSection,
    /// Logging.
    pub log: LogSection,
    /// Traces.
    pub telemetry: TelemetrySection,
    /// The server and scheduled work.
    pub server: ServerSection,
    /// Quotes.
    pub quotes: QuoteSection,
    /// Webhooks.
    pub webhooks: WebhookSection,
    /// Events for channels.
    pub events: EventSection,
    /// Rarely changed values.
    pub advanced: AdvancedSection,
}

/// Database.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSection {
    /// PostgreSQL database as `postgres://user:password@host:port/name`, with a comma between several `host:port` of which one
    /// accepts writes. Secret: never printed. When empty, the SQLite file
    /// `connector.db` in the data folder is used, and created on the first start.
    pub url: String,
}

impl std::fmt::Debug for DatabaseSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseSection([redacted])")
    }
}

/// Plugins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PluginSection {
    /// Folders with plugin files (default: `plugins` in the data folder).
    pub directories: Vec<PathBuf>,
    /// Allowed plugin files, by SHA-256 in hexadecimal (default: any file).
    pub allow: BTreeSet<String>,
}

/// Encryption of secrets.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSection {
    /// Keyring as `kid:base64,kid2:base64`, the first is used for new seals. Secret: never printed. When empty, the
    /// file `keyring` in the data folder is used, and created on the first start.
    pub keys: String,
}

impl std::fmt::Debug for SecretSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretSection([redacted])")
    }
}

/// Requests to stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSection {
    /// Allowed private networks, such as `127.0.0.0/8`, over plain http and any port as well. For tests and
    /// demonstrations only.
    #[schemars(with = "Vec<String>")]
    pub allow_private: Vec<IpNet>,
    /// Connect timeout in seconds.
    #[schemars(range(min = 1, max = 60))]
    pub connect_timeout_s: u64,
    /// Timeout of one attempt in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub timeout_s: u64,
    /// Maximum size of an answer, in bytes.
    #[schemars(range(min = 1_024, max = 67_108_864))]
    pub max_body_bytes: u64,
    /// Share of a platform's quota left to the merchant's other integrations, in per cent.
    #[schemars(range(min = 0, max = 90))]
    pub headroom_percent: u8,
}

/// Syncs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncSection {
    /// Records requested per page.
    #[schemars(range(min = 1, max = 1_000))]
    pub page_limit: u32,
    /// Hours between full passes over a stream, which detect deletions.
    #[schemars(range(min = 1, max = 8_760))]
    pub full_every_h: u32,
    /// Timeout of one page in seconds, retries included.
    #[schemars(range(min = 1, max = 3_600))]
    pub page_timeout_s: u64,
    /// Maximum share of a stream's rows that a full pass deletes unconfirmed, in per cent; fewer than 50 rows are always allowed.
    #[schemars(range(min = 0, max = 100))]
    pub max_delete_percent: u8,
}

/// Disk usage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSection {
    /// Bytes of the data folder's disk that syncs leave free: below that, syncs are deferred, so that webhooks, orders and events
    /// can continue; 0 disables the check. With `database.url` this does not measure the server's disk: monitor that yourself.
    #[schemars(range(min = 0, max = 1_125_899_906_842_624_u64))]
    pub min_free_bytes: u64,
    /// Days that audit entries are kept.
    #[schemars(range(min = 1, max = 36_500))]
    pub keep_audit_days: u32,
}

/// Orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSection {
    /// Timeout of one connector call in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub timeout_s: u32,
    /// Seconds after which an order that could not be placed is rejected.
    #[schemars(range(min = 1, max = 86_400))]
    pub submit_within_s: u32,
    /// Whether an order is compared with a quote before it is accepted; otherwise the agreed values are trusted.
    pub check_quotes: bool,
}

/// Traces.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySection {
    /// OpenTelemetry collector that traces are sent to, by OTLP over HTTP, such as `http://127.0.0.1:4318` (default: the
    /// environment variable `OTEL_EXPORTER_OTLP_ENDPOINT`, or else no traces). `/v1/traces` is appended.
    #[schemars(with = "Option<String>")]
    pub otlp_endpoint: Option<Url>,
}

/// The server and scheduled work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// What this process is for: `all`, `web` for requests only, or `worker` for background work only. Anything but `all` needs
    /// `database.url`.
    pub role: Role,
    /// Address and port to listen on; port 0 picks a free port.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Address and port for operators: metrics, liveness and readiness, without a key. `/metrics` is then not served on
    /// `listen`. Must not be reachable by others (default: none).
    #[schemars(with = "Option<String>")]
    pub admin_listen: Option<SocketAddr>,
    /// Public URL of the host, such as `https://connect.example` (default: `http://` and `listen`).
    /// Links to merchants begin with it.
    #[schemars(with = "Option<String>")]
    pub public_url: Option<Url>,
    /// Minutes a merchant's link is valid.
    #[schemars(range(min = 1, max = 1_440))]
    pub session_minutes: u32,
    /// Maximum concurrent requests; more are answered 503.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_requests: u32,
    /// Request timeout in seconds.
    #[schemars(range(min = 1, max = 600))]
    pub request_timeout_s: u64,
    /// Networks of proxies in front of the host, such as `10.0.0.0/8`: their `X-Forwarded-For` is trusted.
    #[schemars(with = "Vec<String>")]
    pub trusted_proxies: Vec<IpNet>,
    /// Minutes between scheduled syncs of a connection; 0 for manual syncs only.
    #[schemars(range(min = 0, max = 43_200))]
    pub sync_every_min: u32,
    /// Concurrent syncs.
    #[schemars(range(min = 1, max = 64))]
    pub sync_workers: u32,
    /// Hours between scheduled checks of a connection; 0 checks only connections with problems.
    #[schemars(range(min = 0, max = 720))]
    pub check_every_h: u32,
}

/// Quotes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuoteSection {
    /// Default deadline of a quote in milliseconds; 50 to 30000.
    #[schemars(range(min = 50, max = 30_000))]
    pub deadline_ms: u64,
    /// Seconds a quote from synced data is valid.
    #[schemars(range(min = 1, max = 86_400))]
    pub local_valid_s: u32,
}

/// Webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSection {
    /// Seconds between polls of a platform's event queue; 0 disables polling.
    #[schemars(range(min = 0, max = 3_600))]
    pub poll_s: u32,
    /// Days that deliveries are kept.
    #[schemars(range(min = 1, max = 366))]
    pub keep_days: u32,
}

/// Events for channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventSection {
    /// Days that events are kept for reading and replay.
    #[schemars(range(min = 1, max = 365))]
    pub retention_days: u32,
    /// Endpoints that events are sent to concurrently.
    #[schemars(range(min = 1, max = 64))]
    pub workers: u32,
    /// Timeout of an endpoint's answer in seconds.
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

    /// The database file; nothing when the database is on a server.
    pub fn database_file(&self) -> Option<PathBuf> {
        self.database.url.is_empty().then(|| self.data_dir.join("connector.db"))
    }

    /// The keyring file, used when no keys are configured.
    pub fn keyring_file(&self) -> PathBuf {
        self.data_dir.join("keyring")
    }

    /// The configuration as it may be shown.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut shown = self.clone();
        for secret in [&mut shown.secrets.keys, &mut shown.database.url] {
            if !secret.is_empty() {
                "[redacted]".clone_into(secret);
            }
        }
        shown
    }
}
