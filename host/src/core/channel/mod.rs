//! Channels: the platform's customers, and the keys that they and operators use.
//!
//! [`key`] (what a key looks like) → [`profile`] (what may stand in a channel) → [`service`] (make, change, issue keys,
//! recognise callers).

mod error;
pub mod key;
pub mod profile;
pub mod service;

pub use error::Error;
pub use profile::ChannelProfile;
pub use service::{Caller, ChannelService, IssuedKey};

pub use crate::model::channel::{ApiKey, Channel, LocalQuotes};
