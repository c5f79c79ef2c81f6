//! Journey 2: a merchant's store becomes a connection.
//!
//! [`form`] (values against the plugin's schema) → [`service`] (validate visibly, seal, keep) with [`services`] (what
//! the plugin may ask of the host meanwhile) and [`health`] (what the outcome means for the connection).

pub mod error;
pub mod form;
pub mod health;
pub mod probe;
pub mod service;
pub mod services;

pub use error::Error;
pub use service::{Added, ConnectionService, NewConnection};
pub use services::LiveServices;
