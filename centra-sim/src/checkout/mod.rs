//! The Checkout API: carts in sessions, priced with the same prices, shipping options and tax rules that the Integration
//! API tells, so that a client's own calculation can be compared. `README.md` states the rules of rounding.
//!
//! [`payment`] makes orders of selections. [`pricing`] computes what a [`basket`] costs and knows no session; [`api`] is the HTTP side with its sessions;
//! [`answer`] writes a selection the way Centra does, with the quirks of [`settings`].

mod amount;
mod answer;
pub mod api;
pub mod basket;
mod change;
mod context;
mod goods;
pub mod ledger;
mod payment;
pub mod pricing;
mod products;
mod selection;
pub mod settings;
mod shipping;
mod tax;

pub use selection::Sessions;
pub use settings::{Quirk, Settings, StockMode};
