//! Whether the keys of the keyring open what they sealed: by trying, never by name alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    envelope::{self, EVENT_ENDPOINT, kid_of},
    error::{Error, Result},
    provider::KeyProvider,
    vault::Vault,
};
use crate::{
    model::{
        outbox::Audience,
        paging::{MAX_LIMIT, PageQuery},
        secret::WrappedKey,
    },
    store::Store,
};

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

/// Everything that is sealed for long, by the name of the key that sealed it.
///
/// Read it before the keys: a rotation beside this process adds its key to the keyring first and seals with it then, so
/// that a keyring which is read later has every key that is named here.
#[derive(Debug)]
pub struct Sealed {
    tenant: String,
    by_kid: BTreeMap<String, Vec<SealedSecret>>,
}

/// Something sealed that a key can be tried on.
#[derive(Debug)]
struct SealedSecret {
    /// The connection or endpoint.
    id: String,
    /// What its wrapped key is bound to.
    owner: String,
    wrapped: WrappedKey,
    /// What the wrapped key seals, where that lies beside it.
    body: Option<Vec<u8>>,
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

/// Ids of endpoints, with their sealed secrets.
async fn sealed_endpoints(store: &Store) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = vec![];
    let mut page = PageQuery::first(MAX_LIMIT);
    loop {
        let listing = store.endpoints(&Audience::default(), &page).await?;
        for endpoint in listing.data {
            let secrets = [Some(endpoint.secret), endpoint.former_secret].into_iter().flatten();
            found.extend(secrets.map(|sealed| (endpoint.id.clone(), sealed)));
        }
        match listing.next_cursor {
            Some(cursor) => page = PageQuery::after(MAX_LIMIT, Some(cursor)),
            None => return Ok(found),
        }
    }
}

impl Sealed {
    /// Names of the keys that sealed something.
    pub(super) fn kids(&self) -> impl Iterator<Item = &str> {
        self.by_kid.keys().map(String::as_str)
    }

    /// Whether the key of that name opens anything that it sealed. One secret is enough: another may be damaged or moved,
    /// which proves nothing against the key.
    pub(super) async fn opens(&self, keys: &dyn KeyProvider, kid: &str) -> bool {
        for secret in self.by_kid.get(kid).into_iter().flatten() {
            if secret.opens(keys, &self.tenant).await {
                return true;
            }
        }
        false
    }

    /// Refuses keys of which none opens anything, although there is something to open.
    async fn refuse_foreign(&self, keys: &dyn KeyProvider) -> Result<()> {
        for kid in self.by_kid.keys() {
            if self.opens(keys, kid).await {
                return Ok(());
            }
        }
        if self.by_kid.is_empty() {
            return Ok(());
        }
        let kids = self.by_kid.keys().map(|kid| format!("`{kid}`")).collect::<Vec<_>>();
        Err(Error::KeyringWrong { kids: kids.join(", ") })
    }

    /// Refuses a key of that name that opens nothing of what the name sealed. `place` says where the keys come from.
    pub(super) async fn refuse_wrong(&self, keys: &dyn KeyProvider, kid: &str, place: &str) -> Result<()> {
        let Some(secrets) = self.by_kid.get(kid) else { return Ok(()) };
        if !keys.has(kid) || self.opens(keys, kid).await {
            return Ok(());
        }
        Err(Error::KeyWrong { kid: kid.to_owned(), place: place.to_owned(), secrets: secrets.len() })
    }
}

impl SealedSecret {
    async fn opens(&self, keys: &dyn KeyProvider, tenant: &str) -> bool {
        let Ok(key) = keys.unwrap(&self.wrapped, tenant, &self.owner).await else { return false };
        let body = self.body.as_deref();
        body.is_none_or(|sealed| key.open(sealed, &envelope::body_place(tenant, &self.owner)).is_some())
    }
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

    /// Makes sure that the current key may seal: it opens what its name sealed, or is new in a keyring that opens something.
    pub(super) async fn check_current_key(&self) -> Result<()> {
        let sealed = self.sealed().await?;
        self.keys.renew(&sealed).await?;
        sealed.refuse_wrong(&*self.keys, &self.keys.current_kid(), &self.keys.place()).await?;
        sealed.refuse_foreign(&*self.keys).await
    }

    pub(super) async fn sealed(&self) -> Result<Sealed> {
        let mut by_kid: BTreeMap<String, Vec<SealedSecret>> = BTreeMap::new();
        let mut add = |secret: SealedSecret| by_kid.entry(secret.wrapped.kid.clone()).or_default().push(secret);
        for (connection, wrapped) in self.store.data_key_samples(u32::MAX).await? {
            let id = connection.0;
            add(SealedSecret { owner: id.clone(), id, wrapped, body: None });
        }
        for (id, bytes) in sealed_endpoints(&self.store).await? {
            if let Some((wrapped, body)) = envelope::parts(&bytes) {
                let owner = envelope::owner(EVENT_ENDPOINT, &id);
                add(SealedSecret { id, owner, wrapped, body: Some(body.to_vec()) });
            }
        }
        Ok(Sealed { tenant: self.tenant.clone(), by_kid })
    }
}
