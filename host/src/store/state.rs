//! Small values a plugin keeps per connection, sealed: its adapted queries, pooled session tokens.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};

use super::error::Result;

/// Most bytes of one value, before sealing.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;
/// Most values of one connection.
pub const MAX_VALUES: u32 = 200;
/// Most bytes of a key.
pub const MAX_KEY_BYTES: usize = 200;
/// Bytes that sealing may add to a value.
pub(crate) const SEAL_OVERHEAD: usize = 64;

/// Keeps sealed state values.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// The sealed value of a key.
    async fn state_value(&self, connection: &ConnectionId, key: &str) -> Result<Option<Vec<u8>>>;

    /// Sets a sealed value. `Limit` when it is too large or there are too many, `Gone` without the connection.
    async fn put_state_value(&self, connection: &ConnectionId, key: &str, blob: &[u8], now: Timestamp) -> Result<()>;

    /// Removes a value; `false` when there is none.
    async fn delete_state_value(&self, connection: &ConnectionId, key: &str) -> Result<bool>;

    /// The keys that have a value, in order.
    async fn state_keys(&self, connection: &ConnectionId) -> Result<Vec<String>>;
}
