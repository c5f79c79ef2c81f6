//! Sealed credentials and wrapped data keys: bytes that only `crate::secret` can read.

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
