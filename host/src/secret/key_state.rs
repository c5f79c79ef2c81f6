//! Whether the keys of the keyring open what they sealed: by trying, never by name alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    envelope::kid_of,
    error::{Error, Result},
    vault::{Vault, sealed_endpoints},
};
use crate::store::Store;

/// A key that seals something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyState {
    /// Its name.
    pub kid: String,
    /// Secrets it protects: data keys of connections, and secrets of endpoints for events.
    pub secrets: u64,
    /// Whether the keyring has no key of that name.
    pub is_missing: bool,
    /// Connections and endpoints whose secrets it does not open, each as often as it has such a secret.
    pub unopened: Vec<String>,
}

impl KeyState {
    /// How many of its secrets it opens.
    pub fn opened(&self) -> u64 {
        self.secrets.saturating_sub(u64::try_from(self.unopened.len()).unwrap_or(u64::MAX))
    }
}

/// How many secrets each key protects: data keys of connections, and secrets of endpoints for events.
pub async fn keys_in_use(store: &Store) -> Result<Vec<(String, u64)>> {
    let mut counts: BTreeMap<String, u64> = store.data_key_counts().await?.into_iter().collect();
    for (_, sealed) in sealed_endpoints(store).await? {
        if let Some(kid) = kid_of(&sealed) {
            *counts.entry(kid.to_owned()).or_default() += 1;
        }
    }
    Ok(counts.into_iter().collect())
}

impl Vault {
    /// Every key that is in use, and what of all that it sealed it does not open.
    pub async fn key_states(&self) -> Result<Vec<KeyState>> {
        let sealed = self.sealed().await?;
        self.keys.renew(&sealed).await?;
        let mut states = vec![];
        for (kid, secrets) in &sealed.by_kid {
            let mut unopened = vec![];
            for secret in secrets {
                if !secret.opens(&*self.keys, &self.tenant).await {
                    unopened.push(secret.id.clone());
                }
            }
            let is_missing = !self.keys.has(kid);
            states.push(KeyState { kid: kid.clone(), secrets: secrets.len() as u64, is_missing, unopened });
        }
        Ok(states)
    }

    /// Whether every key that is in use is there and opens what it sealed. `KeyMissing` or `KeyWrong` says which does not.
    pub async fn check_keys(&self) -> Result<()> {
        let sealed = self.sealed().await?;
        self.keys.renew(&sealed).await?;
        for kid in sealed.kids() {
            if !self.keys.has(kid) {
                return Err(Error::KeyMissing { kid: kid.to_owned() });
            }
            sealed.refuse_wrong(&*self.keys, kid, &self.keys.place()).await?;
        }
        Ok(())
    }

    /// Refuses to rotate while any key of the keyring is another one than the key that its name stands for: what a wrong key
    /// wraps is lost as soon as the right one is back.
    pub async fn check_rotation(&self) -> Result<()> {
        let sealed = self.sealed().await?;
        self.keys.renew(&sealed).await?;
        for kid in sealed.kids() {
            sealed.refuse_wrong(&*self.keys, kid, &self.keys.place()).await?;
        }
        sealed.refuse_foreign(&*self.keys).await
    }

    /// Refuses a keyring that opens nothing of what is there: what would be sealed with it was lost as soon as the right
    /// one is back.
    pub async fn refuse_wrong_keys(&self) -> Result<()> {
        let sealed = self.sealed().await?;
        self.keys.renew(&sealed).await?;
        sealed.refuse_foreign(&*self.keys).await
    }
}
