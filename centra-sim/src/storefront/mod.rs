//! The Storefront API (GraphQL): the catalog with every price at once, without a session; carts and their totals, with one.
//!
//! A plugin of Centra is either of the two, each with its own address and token. [`serve`] is the HTTP side, [`modes`] says which
//! field needs which mode, [`mod@write`] writes answers, [`display_item`] and [`cart`] say what is in them, and [`mutate`] changes
//! carts. Goods, shipping, tax and vouchers are those of the Checkout API, so that both come to the same totals.

mod bundle;
mod cart;
mod display_item;
mod item;
mod modes;
mod mutate;
mod outcome;
mod payment;
mod places;
mod run;
pub mod serve;
pub mod settings;
mod write;

pub use settings::Settings;
