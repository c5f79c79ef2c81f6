//! The settings of one connection, read leniently: what is absent or blank is not chosen.

use connector_api::domain::Timestamp;
use serde_json::{Map, Value};

/// The settings in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "settings of yes or no that do not depend on each other")]
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
    /// Whether channels may sell what is not in stock yet.
    pub sell_preorders: bool,
    /// Address of a product page in the merchant's shop, with `{uri}` for the product's own part.
    pub product_page: Option<String>,
    /// Path of the Checkout API plugin below `/api/`.
    pub checkout_path: String,
    /// Whether the shop talks to Centra through the Storefront API.
    pub storefront: bool,
    /// How old or how far in the future a webhook's signature may be, in seconds.
    pub webhook_max_age_s: u32,
    /// Whether the queue of events is read.
    pub event_queue: bool,
    /// How orders are placed.
    pub order_route: OrderRoute,
    /// URI of the External Payment plugin.
    pub external_payment_uri: String,
    /// Path of the Order API plugin below `/api/`.
    pub order_api_path: String,
    /// Numbers the Order API may give to the channel's orders, first and last.
    pub order_numbers: Option<(i32, i32)>,
    /// Attribute and element that hold the channel's number, as `attribute_element`.
    pub order_attribute: Option<String>,
    /// Id of the payment plugin that stands for money taken by the channel.
    pub order_payment_plugin: Option<i64>,
    /// Whether orders are confirmed as soon as they are placed.
    pub confirm_orders: bool,
}

/// How orders are placed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderRoute {
    /// Not at all.
    #[default]
    None,
    /// Through the Order API plugin.
    OrderApi,
    /// Through the Checkout API with the External Payment plugin.
    ExternalPayment,
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
            webhook_max_age_s: id("webhook_max_age_s")
                .and_then(|seconds| u32::try_from(seconds).ok())
                .unwrap_or(DEFAULT_MAX_AGE_S),
            sell_preorders: settings.get("sell_preorders").and_then(Value::as_bool).unwrap_or(false),
            product_page: text("product_page").filter(|page| page.contains("{uri}")),
            event_queue: settings.get("event_queue").and_then(Value::as_bool).unwrap_or(false),
            storefront: text("shop_api").as_deref() == Some("storefront_api"),
            checkout_path: plugin_path(text("checkout_plugin_path"), "checkout"),
            order_route: match text("order_route").as_deref() {
                Some("order_api") => OrderRoute::OrderApi,
                Some("external_payment") => OrderRoute::ExternalPayment,
                _ => OrderRoute::None,
            },
            external_payment_uri: text("external_payment_uri").unwrap_or_else(|| "external-payment".to_owned()),
            order_api_path: plugin_path(text("order_api_path"), "order-api"),
            order_numbers: numbers(id("order_number_first"), id("order_number_last")),
            order_attribute: text("order_reference_attribute"),
            order_payment_plugin: id("order_payment_plugin_id"),
            confirm_orders: settings.get("confirm_orders").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

/// A plugin's path as people write it: with or without `/api/`.
fn plugin_path(text: Option<String>, default: &str) -> String {
    text.map(|path| path.trim_matches('/').trim_start_matches("api/").to_owned())
        .filter(|path| !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != ".."))
        .unwrap_or_else(|| default.to_owned())
}

/// A range of order numbers; half a range, or one the wrong way round, is none.
fn numbers(first: Option<i64>, last: Option<i64>) -> Option<(i32, i32)> {
    let (first, last) = (i32::try_from(first?).ok()?, i32::try_from(last?).ok()?);
    (first >= 1 && first <= last).then_some((first, last))
}

fn end_of_day(day: &str) -> Option<Timestamp> {
    let date = day.split('T').next()?;
    format!("{date}T23:59:59Z").parse().ok()
}
