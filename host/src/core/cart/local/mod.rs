//! The local calculator: a cart and synced data become a quote. Pure functions: no clock, no store, no platform.
//!
//! [`place`] (market, pricelist, country) → [`goods`] (price, stock and quantity rules of each line) → [`tax`] →
//! [`shipping`] → [`quote`](mod@quote) (sums, parts, messages). [`data`] is what they read. Whatever the data leave open
//! is decided by a rule and said: in a message, or as the reason of the part it concerns.

pub mod arithmetic;
pub mod data;
mod goods;
#[cfg(test)]
mod goods_tests;
mod place;
mod postal_code;
#[cfg(test)]
mod price_tests;
mod quote;
mod region;
mod said;
mod shipping;
mod tax;
#[cfg(test)]
mod tests;

pub use arithmetic::TooLarge;
pub use data::{Ages, LocalSettings, OfferFacts, Tables, VariantFacts, Variants};
pub use quote::quote;
