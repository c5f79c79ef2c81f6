//! This process as one of several over a database.
//!
//! [`owner`] (its name) → [`member`] (that it lives) → [`heartbeat`] (what it does for that, again and again) → [`hints`] (work that others
//! have written down).

pub mod heartbeat;
pub mod hints;
pub mod member;
pub mod owner;

pub use heartbeat::Heartbeat;
pub use member::Member;
