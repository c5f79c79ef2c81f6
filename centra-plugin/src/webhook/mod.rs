//! Centra's webhooks, without a host: the proof of who sent one, and what it says. Pure functions over bytes.
//!
//! Order matters: [`signature`] judges the raw body and parses nothing; only what it found authentic may go through
//! [`envelope`] and on to [`events`] or [`changes`].

pub mod changes;
mod diagnosis;
pub mod envelope;
pub mod events;
mod label;
mod member;
pub mod signature;

pub use diagnosis::likely_cause;
