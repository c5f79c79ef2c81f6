//! Centra as a connector: which credentials a merchant gives, how they are checked, and how the catalog is read.
//!
//! The plugin does no input or output of its own: it asks the [`Host`](connector_api::Host) for the network, the clock
//! and small values. Reading order: [`form`] (what the merchant is asked) and [`manifest`] → [`flows`] (what the host asks) →
//! [`client`] (one question to Centra) → [`schema`] (queries that follow the live schema) → [`wire`] and [`map`] (Centra's
//! JSON, and the domain). [`checkout`] and [`storefront`] are the store's two shop interfaces. [`webhook`] reads what Centra sends by itself, with names of [`entity`] for what it is about. `README.md` says what is known of Centra, and how surely.
#![forbid(unsafe_code)]

pub mod address;
pub mod checkout;
pub mod client;
pub mod connector;
pub mod entity;
mod error;
pub mod external_payment;
pub mod flows;
pub mod form;
pub mod manifest;
pub mod map;
pub mod operation;
pub mod order_api;
pub mod order_draft;
pub mod payment_notification;
mod reported;
pub mod schema;
pub mod storefront;
mod swedish;
pub mod webhook;
pub mod wire;

connector_api::export_connector!(connector::Centra);
