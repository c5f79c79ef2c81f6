//! Sealed credentials and wrapped data keys: bytes that only `crate::secret` can read.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};

use super::error::Result;

/// A credential, sealed with the data key of its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Field of the credential schema.
    pub name: String,
    /// Version of the set of credentials it belongs to; part of what the seal protects.
    pub version: i64,
    /// The sealed bytes.
    pub blob: Vec<u8>,
}

/// A connection's data key, wrapped by a key of the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which key of the keyring wraps it.
    pub kid: String,
    /// The wrapped bytes.
    pub blob: Vec<u8>,
}

/// What the name of a credential begins with that was replaced: no field of a form has a `/`.
pub const PREVIOUS: &str = "previous/";

/// What is sealed for a new connection.
#[derive(Debug, Default)]
pub struct NewSecrets {
    /// Its data key; without one there is nothing else.
    pub data_key: Option<WrappedKey>,
    /// Its credentials.
    pub values: Vec<SealedValue>,
    /// State values by key.
    pub state: Vec<(String, Vec<u8>)>,
}

/// Keeps what is sealed.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The data key of a connection.
    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<WrappedKey>>;

    /// Keeps a first data key and returns the one that holds: an earlier one, if somebody was faster.
    /// `Gone` when the connection does not exist.
    async fn ensure_data_key(&self, connection: &ConnectionId, key: &WrappedKey) -> Result<WrappedKey>;

    /// Puts `new` in place of `old`; `false` when the stored key is not `old` any more.
    async fn replace_data_key(&self, connection: &ConnectionId, old: &WrappedKey, new: &WrappedKey) -> Result<bool>;

    /// Data keys wrapped by another key than `kid`, at most `limit`, in order of connection ids after `after`.
    async fn data_keys_not_wrapped_by(
        &self,
        kid: &str,
        after: Option<&ConnectionId>,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, WrappedKey)>>;

    /// How many data keys each key of the keyring wraps.
    async fn data_key_counts(&self) -> Result<Vec<(String, u64)>>;

    /// Some data keys of each key that wraps any, at most `each`.
    async fn data_key_samples(&self, each: u32) -> Result<Vec<(ConnectionId, WrappedKey)>>;

    /// All sealed credentials of a connection.
    async fn sealed_values(&self, connection: &ConnectionId) -> Result<Vec<SealedValue>>;

    /// Replaces the whole set of credentials. `before` is the version the caller read (0 for none); `Conflict` when it
    /// has changed, `Gone` when the connection does not exist.
    async fn replace_sealed_values(
        &self,
        connection: &ConnectionId,
        before: i64,
        values: &[SealedValue],
        now: Timestamp,
    ) -> Result<()>;

    /// Destroys sealed credentials whose name begins with [`PREVIOUS`] and that were put before `before`; returns how many.
    async fn drop_previous_secrets(&self, before: Timestamp) -> Result<u64>;

    /// Destroys the data key of a connection and everything sealed with it; the connection itself stays.
    async fn destroy_secrets(&self, connection: &ConnectionId) -> Result<()>;
}
