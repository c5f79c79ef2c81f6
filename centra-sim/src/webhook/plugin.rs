//! The settings of one webhook plugin: Centra's own, switches for what is not known of Centra, and what goes wrong.

use serde::{Deserialize, Serialize};

/// Which payloads are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// Events of orders, shipments, returns and customers.
    Integration,
    /// Ids of what changed in the catalog.
    #[default]
    Storefront,
    /// The same in older words.
    Checkout,
}

/// How a space is written. No public delivery says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spaces {
    /// `+`, as PHP's `http_build_query`.
    #[default]
    Plus,
    /// `%20`, as `rawurlencode`.
    Percent,
}

/// How ids of the catalog are written; both are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ids {
    /// `"19"`.
    #[default]
    Text,
    /// `19`.
    Number,
}

/// The time in the signature of a repeated delivery. Not documented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryTime {
    /// That of the first try.
    #[default]
    Kept,
    /// That of the try.
    Renewed,
}

/// When a delivery is tried again. Centra says "after timeouts" in one place and "after failure" in another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// Without a 2xx.
    #[default]
    Failure,
    /// Only without any answer.
    Timeout,
}

/// One plugin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginSettings {
    /// Where to send.
    pub url: String,
    /// The endpoint secret; without one nothing is signed.
    pub secret: Option<String>,
    /// Which payloads.
    pub version: Version,
    /// Most events in one call, 1 to 100.
    pub events_per_call: usize,
    /// Seconds to wait for an answer, 1 to 60.
    pub timeout_s: u64,
    /// Tries after the first, 0 to 3.
    pub retries: u32,
    /// The pause before the first retry in milliseconds; each further one doubles it. Centra's is 1 s.
    pub retry_pause_ms: u64,
    /// How a space is written.
    pub spaces: Spaces,
    /// How ids of the catalog are written.
    pub ids: Ids,
    /// The time in the signature of a retry.
    pub retry_time: RetryTime,
    /// When to retry.
    pub retry_on: RetryOn,
    /// Decides what goes wrong.
    pub seed: u64,
    /// The share of deliveries that are never sent, 0 to 1.
    pub lose: f64,
    /// The share of deliveries that are sent twice, 0 to 1.
    pub double: f64,
    /// Events wait until so many are there, and are sent in any order. 0 keeps their order.
    pub shuffle: usize,
    /// Nothing is sent while true.
    pub paused: bool,
}

impl Default for PluginSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            secret: None,
            version: Version::Storefront,
            events_per_call: 100,
            timeout_s: 5,
            retries: 0,
            retry_pause_ms: 1_000,
            spaces: Spaces::Plus,
            ids: Ids::Text,
            retry_time: RetryTime::Kept,
            retry_on: RetryOn::Failure,
            seed: 1,
            lose: 0.0,
            double: 0.0,
            shuffle: 0,
            paused: false,
        }
    }
}

impl PluginSettings {
    /// Reads a JSON list of plugins.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let plugins: Vec<Self> = serde_json::from_str(text).map_err(|error| format!("webhooks: {error}"))?;
        plugins.iter().try_for_each(Self::check)?;
        Ok(plugins)
    }

    fn check(&self) -> Result<(), String> {
        let within = |name: &str, holds: bool, range: &str| {
            if holds { Ok(()) } else { Err(format!("webhooks: `{name}` must be {range}")) }
        };
        within("url", self.url.starts_with("http://") || self.url.starts_with("https://"), "an http or https address")?;
        within("events_per_call", (1..=100).contains(&self.events_per_call), "1 to 100")?;
        within("timeout_s", (1..=60).contains(&self.timeout_s), "1 to 60")?;
        within("retries", self.retries <= 3, "0 to 3")?;
        within("lose", (0.0..=1.0).contains(&self.lose), "0 to 1")?;
        within("double", (0.0..=1.0).contains(&self.double), "0 to 1")
    }
}
