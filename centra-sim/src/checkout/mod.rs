//! The Checkout API: carts in sessions, priced with the same prices, shipping options and tax rules that the Integration
//! API says, so that a client's own calculation can be compared. `README.md` states the rules of rounding.
//!
//! [`payment`] makes orders of selections, [`notification`] receives notifications about them. [`pricing`] computes what a [`basket`] costs and knows no session; [`api`] is the HTTP side with its sessions;
//! [`answer`] writes a selection the way Centra does, with the [`writer`] that knows the quirks of [`settings`].

pub(crate) mod amount;
pub(crate) mod answer;
pub mod api;
pub mod basket;
pub(crate) mod change;
pub(crate) mod coin;
pub(crate) mod context;
pub(crate) mod goods;
pub mod ledger;
pub mod notification;
pub(crate) mod payment;
pub mod pricing;
mod product_price;
pub(crate) mod products;
pub(crate) mod selection;
pub mod settings;
mod shipping;
mod tax;
pub(crate) mod writer;

pub use selection::Sessions;
pub use settings::{Quirk, Settings, StockMode};
