//! The keyring of a key file, as a host uses it that goes on while the keys are rotated.
//!
//! A rotation by another process puts a new key into the file and wraps data keys with it. The file is therefore read
//! again when something does not open, and before anything is wrapped. What it holds then is used only if it opens what is
//! sealed: a wrong key would seal secrets that are lost as soon as the right one is back.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{
    cipher::Key,
    error::{Error, Result},
    key_file,
    keyring::Keyring,
    provider::{KeyProvider, Sealed},
};
use crate::model::secret::WrappedKey;

/// A key file and the keys of it that are used.
#[derive(Debug)]
pub struct LiveKeyFile {
    path: PathBuf,
    used: RwLock<Arc<Keyring>>,
    /// What the log says of the file at the moment; nothing while all is well. Held while the file is read, so that what is
    /// read later is used later.
    complaint: Mutex<Option<String>>,
}

impl LiveKeyFile {
    /// A key file that was just read.
    pub fn new(path: PathBuf, keyring: Keyring) -> Self {
        Self { path, used: RwLock::new(Arc::new(keyring)), complaint: Mutex::new(None) }
    }

    fn used(&self) -> Arc<Keyring> {
        Arc::clone(&self.used.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses keys that open less than those that are used.
    async fn judge(&self, found: &Keyring, used: &Keyring, sealed: &Sealed) -> Result<()> {
        for kid in sealed.kids() {
            if !found.has(kid) && sealed.opens(used, kid).await {
                return Err(Error::KeyRemoved { kid: kid.to_owned(), place: self.place() });
            }
            sealed.refuse_wrong(found, kid, &self.place()).await?;
        }
        Ok(())
    }
}

/// Logs what is wrong with the file once, however often the file is read.
fn complain(complaint: &mut Option<String>, error: &Error, what: &str) {
    let text = error.to_string();
    if complaint.as_ref() != Some(&text) {
        tracing::error!("{what}: {text}");
        *complaint = Some(text);
    }
}

#[async_trait]
impl KeyProvider for LiveKeyFile {
    fn current_kid(&self) -> String {
        self.used().current_kid()
    }

    fn has(&self, kid: &str) -> bool {
        self.used().has(kid)
    }

    fn place(&self) -> String {
        format!("the key file {}", self.path.display())
    }

    async fn renew(&self, sealed: &Sealed) -> Result<()> {
        let mut complaint = self.complaint.lock().await;
        let found = match key_file::load(&self.path) {
            Ok(found) => found,
            Err(error) => {
                complain(&mut complaint, &error, "cannot reload the key file; the loaded keys stay in use");
                return Ok(());
            }
        };
        let used = self.used();
        if !found.is_same(&used) {
            if let Err(error) = self.judge(&found, &used, sealed).await {
                let what = "the changed key file is not used; the loaded keys stay in use, for opening only";
                complain(&mut complaint, &error, what);
                return Err(error);
            }
            *self.used.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        }
        if complaint.take().is_some() {
            tracing::info!("the key file is valid again");
        }
        Ok(())
    }

    async fn wrap(&self, key: &Key, tenant: &str, connection: &str) -> Result<WrappedKey> {
        self.used().wrap(key, tenant, connection).await
    }

    async fn unwrap(&self, wrapped: &WrappedKey, tenant: &str, connection: &str) -> Result<Key> {
        self.used().unwrap(wrapped, tenant, connection).await
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use super::*;
    use crate::secret::{Vault, tests::House};

    const OTHER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn put(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A vault over a key file that was just made, as `serve` has it.
    fn live(house: &House) -> (PathBuf, Vault) {
        let path = house.folder.path().join("keys");
        let keys = LiveKeyFile::new(path.clone(), key_file::load_or_create(&path).unwrap().keyring);
        (path, Vault::new(house.store.clone(), Arc::new(keys), "default"))
    }

    #[tokio::test]
    async fn a_key_added_by_another_process_is_found_and_used_from_then_on() {
        let house = House::new().await;
        let (path, vault) = live(&house);
        let before = house.connection(&vault).await;
        let rotated = key_file::add_current_key(&path).unwrap();
        let current = rotated.current_kid();
        let beside = Vault::new(house.store.clone(), Arc::new(rotated), "default");
        let there = house.connection(&beside).await;
        assert!(vault.credentials(&there).await.is_ok());
        assert!(vault.credentials(&before).await.is_ok(), "the older key is still there");
        let here = house.connection(&vault).await;
        assert_eq!(house.store.data_key(&here).await.unwrap().unwrap().kid, current);
    }

    #[tokio::test]
    async fn a_key_file_that_is_gone_leaves_the_keys_in_use() {
        let house = House::new().await;
        let (path, vault) = live(&house);
        let id = house.connection(&vault).await;
        fs::remove_file(&path).unwrap();
        assert!(vault.credentials(&id).await.is_ok());
        vault.check_keys().await.unwrap();
    }

    #[tokio::test]
    async fn a_wrong_key_file_is_not_used_and_the_right_one_is_again() {
        let house = House::new().await;
        let (path, vault) = live(&house);
        let id = house.connection(&vault).await;
        let right = fs::read_to_string(&path).unwrap();
        let name = right.split(':').next().unwrap();
        for (wrong, said) in [
            (format!("{name}:{OTHER}"), "opens none of the 1 secrets"),
            (format!("new:{OTHER}"), "is not in the key file"),
        ] {
            put(&path, &wrong);
            for refused in [
                vault.seal_apart("a", "b", b"c").await.map(drop),
                vault.check_keys().await,
                vault.rotate().await.map(drop),
            ] {
                let error = refused.unwrap_err().to_string();
                assert!(error.contains(said) && error.contains(&format!("`{name}`")), "{error}");
                assert!(error.contains(&path.display().to_string()), "names the file: {error}");
            }
            assert!(vault.credentials(&id).await.is_ok(), "what is sealed still opens");
            put(&path, &right);
            vault.check_keys().await.unwrap();
            let sealed = vault.seal_apart("a", "b", b"c").await.unwrap();
            assert_eq!(vault.open_apart("a", "b", &sealed).await.unwrap().as_slice(), b"c");
        }
    }
}
