//! Channels: the platform's customers, and the keys that they and operators use.
//!
//! [`key`] (what a key looks like) → [`profile`] (what may stand in a channel) → [`channels`] (make, change, issue keys,
//! recognise callers).

mod channel_error;
pub mod channels;
pub mod key;
pub mod profile;

pub use channel_error::Error;
pub use channels::{Caller, ChannelService, IssuedKey};
pub use profile::ChannelProfile;

pub use crate::model::channel::{ApiKey, Channel, LocalQuotes};
