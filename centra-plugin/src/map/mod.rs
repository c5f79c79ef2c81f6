//! From Centra's JSON to the domain: pure functions, no host.

pub mod bundle;
pub mod campaign;
pub mod correlation_tag;
pub mod money;
pub mod offer;
pub mod order;
mod order_parts;
pub mod payment;
pub mod person;
pub mod platform_price;
pub mod price;
pub mod quote;
pub mod quote_line;
mod quote_sums;
pub mod rates;
pub mod said;
pub mod shipment;
pub mod status;
pub mod stock;
pub mod store;
pub mod storefront_cart;
pub mod text;

use connector_api::domain::Timestamp;

/// Whether a status says that something is in use. Unknown values say that it is not; no status at all, that it is.
pub fn is_active(status: Option<&str>) -> bool {
    status.is_none_or(|status| status == "ACTIVE")
}

/// A time, if it is one.
pub fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Upper-case country codes.
pub fn countries(codes: &[crate::wire::Code]) -> Vec<String> {
    codes.iter().filter_map(|country| country.code.as_deref()).map(str::to_ascii_uppercase).collect()
}
