//! The settings of one connection, read leniently: what is absent or blank is not chosen.

use connector_api::domain::Timestamp;
use serde_json::{Map, Value};

/// The settings in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Store.
    pub store: Option<i64>,
    /// Market; all of the store when none.
    pub market: Option<i64>,
    /// Pricelist; all active ones of the store when none.
    pub pricelist: Option<i64>,
    /// BCP 47 tag of the language shoppers see.
    pub language: Option<String>,
    /// When the token runs out, at the end of the day the merchant named.
    pub token_expires_at: Option<Timestamp>,
    /// Path of the Checkout API plugin below `/api/`.
    pub checkout_path: String,
    /// Whether a way to place orders was chosen.
    pub has_order_route: bool,
    /// How old or how far in the future a webhook's signature may be, in seconds.
    pub webhook_max_age_s: u32,
}

/// Centra's own code allows 300 s. With the longest timeout and all retries a delivery takes 247 s.
const DEFAULT_MAX_AGE_S: u32 = 300;

impl Chosen {
    /// Reads the settings.
    pub fn read(settings: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            settings.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let id = |name: &str| match settings.get(name)? {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_i64(),
        };
        Self {
            store: id("store_id"),
            market: id("market_id"),
            pricelist: id("pricelist_id"),
            language: text("language"),
            token_expires_at: text("token_expires_at").and_then(|day| end_of_day(&day)),
            checkout_path: text("checkout_plugin_path")
                .map(|path| path.trim_matches('/').trim_start_matches("api/").to_owned())
                .filter(|path| !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != ".."))
                .unwrap_or_else(|| "checkout".to_owned()),
            has_order_route: text("order_route").is_some_and(|route| route != "none"),
            webhook_max_age_s: id("webhook_max_age_s")
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(DEFAULT_MAX_AGE_S),
        }
    }
}

fn end_of_day(day: &str) -> Option<Timestamp> {
    let date = day.split('T').next()?;
    format!("{date}T23:59:59Z").parse().ok()
}
