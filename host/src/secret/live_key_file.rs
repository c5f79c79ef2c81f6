//! The keyring of a key file, as a host uses it that goes on while the keys are rotated.
//!
//! A rotation by another process puts a new key into the file and wraps data keys with it. The file is therefore read
//! again when a key is asked for that was not there, and before anything is wrapped.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;

use super::{cipher::Key, error::Result, key_file, keyring::Keyring, provider::KeyProvider};
use crate::store::secret::WrappedKey;

/// A key file and what it held when it was read last.
#[derive(Debug)]
pub struct LiveKeyFile {
    path: PathBuf,
    read: RwLock<Arc<Keyring>>,
}

impl LiveKeyFile {
    /// A key file that was just read.
    pub fn new(path: PathBuf, keyring: Keyring) -> Self {
        Self { path, read: RwLock::new(Arc::new(keyring)) }
    }

    fn last(&self) -> Arc<Keyring> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the file holds now; what it held last when it cannot be read.
    fn newest(&self) -> Arc<Keyring> {
        match key_file::load(&self.path) {
            Ok(keyring) => {
                let keyring = Arc::new(keyring);
                *self.read.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keyring);
                keyring
            }
            Err(error) => {
                tracing::warn!(%error, "the key file cannot be read again; the keys read before stay in use");
                self.last()
            }
        }
    }

    fn with(&self, kid: &str) -> Arc<Keyring> {
        let last = self.last();
        if last.has(kid) { last } else { self.newest() }
    }
}

#[async_trait]
impl KeyProvider for LiveKeyFile {
    fn current_kid(&self) -> String {
        self.newest().current_kid()
    }

    fn has(&self, kid: &str) -> bool {
        self.with(kid).has(kid)
    }

    async fn wrap(&self, key: &Key, tenant: &str, connection: &str) -> Result<WrappedKey> {
        self.newest().wrap(key, tenant, connection).await
    }

    async fn unwrap(&self, wrapped: &WrappedKey, tenant: &str, connection: &str) -> Result<Key> {
        self.with(&wrapped.kid).unwrap(wrapped, tenant, connection).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_added_by_another_process_is_found_and_used_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = LiveKeyFile::new(path.clone(), key_file::load_or_create(&path).unwrap().keyring);
        let data_key = Key::random().unwrap();
        let before = keys.wrap(&data_key, "t", "conn_1").await.unwrap();

        let rotated = key_file::add_current_key(&path).unwrap();
        let wrapped_there = rotated.wrap(&data_key, "t", "conn_1").await.unwrap();
        assert_ne!(wrapped_there.kid, before.kid);
        assert!(keys.unwrap(&wrapped_there, "t", "conn_1").await.is_ok());
        assert!(keys.unwrap(&before, "t", "conn_1").await.is_ok(), "the older key is still there");
        assert_eq!(keys.wrap(&data_key, "t", "conn_2").await.unwrap().kid, wrapped_there.kid);
    }

    #[tokio::test]
    async fn a_key_file_that_is_gone_leaves_the_keys_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = LiveKeyFile::new(path.clone(), key_file::load_or_create(&path).unwrap().keyring);
        let wrapped = keys.wrap(&Key::random().unwrap(), "t", "conn_1").await.unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(keys.unwrap(&wrapped, "t", "conn_1").await.is_ok());
        assert!(!keys.has("another"));
    }
}
