//! Secrets at rest: every connection has a random data key of its own, wrapped by a key of the operator's keyring.
//!
//! Both levels are XChaCha20-Poly1305. What a seal protects includes where the sealed bytes belong (tenant, connection,
//! field, version), so that rows of the database cannot be swapped or moved. Rotation re-wraps data keys and touches no
//! credential; removing a connection destroys its data key, and with it all copies of its secrets.

mod apart;
pub mod cipher;
pub mod envelope;
pub mod error;
pub mod key_file;
mod key_state;
pub mod keyring;
pub mod live_key_file;
pub mod personal;
pub mod provider;
pub mod rotation;
#[cfg(test)]
mod tests;
pub mod vault;

pub use error::{Error, Result};
pub use key_state::{KeyState, keys_in_use};
pub use keyring::Keyring;
pub use live_key_file::LiveKeyFile;
pub use personal::PersonalSeal;
pub use provider::{KeyProvider, Sealed};
pub use rotation::RotationReport;
pub use vault::Vault;
