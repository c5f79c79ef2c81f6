//! Small values a plugin keeps per connection, sealed: its adapted queries, pooled session tokens.

/// Most bytes of one value, before sealing.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;
/// Most values of one connection.
pub const MAX_VALUES: u32 = 200;
/// Most bytes of a key.
pub const MAX_KEY_BYTES: usize = 200;
/// Bytes that sealing may add to a value.
pub(crate) const SEAL_OVERHEAD: usize = 64;
