//! Why a secret cannot be sealed or opened, and what to do about it.

use std::path::PathBuf;

use crate::{
    model::{Code, Fault, message::no_random_bytes},
    store,
};

/// What operations on secrets return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a secret cannot be sealed or opened. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The keyring's text cannot be read.
    #[error(
        "key {position} of the keyring {problem}; write `name:base64 of 32 bytes`, keys separated by commas, the current one first"
    )]
    KeyringFormat {
        /// Which key, counted from 1.
        position: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The keyring is empty.
    #[error("the keyring contains no key; restore it from a backup, or write `name:base64 of 32 bytes`")]
    KeyringEmpty,
    /// The key file is gone, and there is what it sealed.
    #[error(
        "the key file {} is missing, and {secrets} secrets in the database are sealed with its keys ({kids}); restore the file from its backup, with mode 0600. No new key is created, because it could not decrypt them. If no backup exists, see Keys in docs/operations.md",
        path.display()
    )]
    KeyFileLost {
        /// The key file.
        path: PathBuf,
        /// How many secrets it sealed.
        secrets: u64,
        /// Names of its keys.
        kids: String,
    },
    /// No key of the keyring opens anything.
    #[error(
        "no key of the keyring decrypts the database, which is encrypted with {kids}: the keyring belongs to another database, or was changed; restore the right keyring"
    )]
    KeyringWrong {
        /// Names of the keys in use.
        kids: String,
    },
    /// A key opens nothing of what its name sealed.
    #[error(
        "key `{kid}` in {place} opens none of the {secrets} secrets that a key of this name sealed: it is another key. Nothing is sealed or rotated with it; put the right `{kid}` back from the backup of the keyring, and give a new key a new name"
    )]
    KeyWrong {
        /// Name of the key.
        kid: String,
        /// The keyring it stands in.
        place: String,
        /// How many secrets it should open.
        secrets: usize,
    },
    /// The key file lost a key that is in use.
    #[error(
        "key `{kid}` is not in {place} any more but wraps secrets that are in use. Nothing is sealed until it is put back behind the current key; to remove it, run `keys rotate` first"
    )]
    KeyRemoved {
        /// Name of the key.
        kid: String,
        /// The keyring it is missing in.
        place: String,
    },
    /// Others can read the key file.
    #[error("{} can be read by others (mode {mode:o}); run `chmod 600` on it, and rotate the keys if someone may have read it", path.display())]
    KeyFileMode {
        /// The key file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The key file cannot be read or written.
    #[error("cannot use the key file {}: {detail}; check that it exists, is a regular file, and belongs to the user the program runs as", path.display())]
    KeyFile {
        /// The key file.
        path: PathBuf,
        /// What went wrong.
        detail: String,
    },
    /// The keyring lacks a key that is still needed.
    #[error(
        "key `{kid}` is not in the keyring but wraps secrets that are in use; put it back behind the current key, run `keys rotate`, then remove it"
    )]
    KeyMissing {
        /// Name of the key.
        kid: String,
    },
    /// A data key does not open.
    #[error(
        "the data key of connection {connection} does not open with key `{kid}`: the keyring holds another key of that name, or the row was changed or moved; put the right key back or have the merchant renew the credentials"
    )]
    DataKeyRefused {
        /// The connection.
        connection: String,
        /// Name of the key.
        kid: String,
    },
    /// A sealed value does not open.
    #[error(
        "`{field}` of connection {connection} does not open: the row was changed, swapped or moved; have the merchant renew the credentials"
    )]
    ValueRefused {
        /// The connection.
        connection: String,
        /// Credential field or state key.
        field: String,
    },
    /// A connection has sealed values but no data key.
    #[error(
        "connection {connection} has no data key; its secrets are destroyed, have the merchant renew the credentials"
    )]
    DataKeyDestroyed {
        /// The connection.
        connection: String,
    },
    /// Too large to be a secret of ours.
    #[error("{what} is over the limit of {limit} bytes; make it smaller")]
    Limit {
        /// What is too large.
        what: String,
        /// How much is allowed.
        limit: usize,
    },
    /// The operating system gives no random bytes.
    #[error("{}", no_random_bytes(.0))]
    Random(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A connection whose key is destroyed was disconnected, even if it was there when the request came.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::DataKeyDestroyed { .. } => {
                Self::new(Code::NotReady, "the connection was disconnected; its secrets are destroyed")
            }
            Error::Store(error) => error.into(),
            error => Self::new(Code::Keys, error.to_string()).internal(),
        }
    }
}
