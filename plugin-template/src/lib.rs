//! The smallest honest connector. Its platform is a JSON document at an address the merchant gives; copy this folder
//! and put your platform in its place. `README.md` says how.
//!
//! Reading order: [`form`] (what the merchant is asked) → [`connector`] (what the host may ask) → [`shop`] (the
//! platform's own format, and its mapping to the domain).
#![forbid(unsafe_code)]

pub mod connector;
pub mod form;
pub mod shop;

connector_api::export_connector!(connector::Template);
