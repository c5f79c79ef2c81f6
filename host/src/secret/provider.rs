//! Who wraps data keys: the keyring here, a key management service elsewhere.

use async_trait::async_trait;

use super::{cipher::Key, error::Result, key_state::Sealed};
use crate::model::secret::WrappedKey;

/// Wraps data keys with a key that never leaves it.
#[async_trait]
pub trait KeyProvider: Send + Sync + std::fmt::Debug {
    /// Name of the key that new data keys are wrapped with.
    fn current_kid(&self) -> String;

    /// Whether it has the key of that name.
    fn has(&self, kid: &str) -> bool;

    /// Where the keys come from, for people.
    fn place(&self) -> String;

    /// Reads the keys again where they can change, and uses them from then on if they open `sealed`. Otherwise an error: the
    /// keys that were there stay in use to open, and nothing may be sealed.
    async fn renew(&self, _sealed: &Sealed) -> Result<()> {
        Ok(())
    }

    /// Wraps a data key with the current key, for the connection that `tenant` and `connection` name.
    async fn wrap(&self, key: &Key, tenant: &str, connection: &str) -> Result<WrappedKey>;

    /// Unwraps a data key of that connection. `KeyMissing` without the key, `DataKeyRefused` when it does not open.
    async fn unwrap(&self, wrapped: &WrappedKey, tenant: &str, connection: &str) -> Result<Key>;
}
