//! Credentials and state values, sealed on their way into the store and opened on their way out.

use std::{collections::BTreeMap, sync::Arc};

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::credentials::Secret,
};
use zeroize::Zeroizing;

use super::{
    cipher::{Key, context},
    envelope::{self, EVENT_ENDPOINT},
    error::{Error, Result},
    provider::{KeyProvider, Sealed, SealedSecret},
};
use crate::{
    model::{
        audit::AuditEntry,
        outbox::Audience,
        paging::{MAX_LIMIT, PageQuery},
        secret::{NewSecrets, SealedValue, WrappedKey},
        state::MAX_VALUE_BYTES,
    },
    store::Store,
};

/// Most bytes of one credential.
pub const MAX_CREDENTIAL_BYTES: usize = 64 * 1024;

/// Seals and opens the secrets of connections.
#[derive(Clone)]
pub struct Vault {
    pub(super) store: Store,
    pub(super) keys: Arc<dyn KeyProvider>,
    pub(super) tenant: String,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys).field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over a store. `tenant` is part of what every seal protects and must never change for a database.
    pub fn new(store: Store, keys: Arc<dyn KeyProvider>, tenant: &str) -> Self {
        Self { store, keys, tenant: tenant.to_owned() }
    }

    /// Seals the credentials and state values of a connection that is yet to be added.
    pub async fn seal_new(
        &self,
        connection: &ConnectionId,
        credentials: &BTreeMap<String, Secret>,
        state: &BTreeMap<String, Vec<u8>>,
    ) -> Result<NewSecrets> {
        let key = Key::random()?;
        let data_key = Some(self.wrap(&key, connection.as_str()).await?);
        let values = self.seal_credentials(&key, connection, credentials, 1)?;
        let seal =
            |(name, value): (&String, &Vec<u8>)| Ok((name.clone(), self.seal_state(&key, connection, name, value)?));
        Ok(NewSecrets { data_key, values, state: state.iter().map(seal).collect::<Result<_>>()? })
    }

    /// Replaces all credentials of a connection.
    pub async fn put_credentials(
        &self,
        connection: &ConnectionId,
        credentials: &BTreeMap<String, Secret>,
        audit: &AuditEntry,
    ) -> Result<()> {
        let key = self.ensure_data_key(connection).await?;
        let before = self.store.sealed_values(connection).await?.iter().map(|value| value.version).max().unwrap_or(0);
        let values = self.seal_credentials(&key, connection, credentials, before + 1)?;
        Ok(self.store.replace_sealed_values(connection, before, &values, audit).await?)
    }

    /// All credentials of a connection; empty when none were put.
    pub async fn credentials(&self, connection: &ConnectionId) -> Result<BTreeMap<String, Secret>> {
        let values = self.store.sealed_values(connection).await?;
        if values.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = self.data_key(connection).await?;
        let open = |value: SealedValue| {
            let opened = key.open(&value.blob, &self.credential_place(connection, &value.name, value.version));
            let text = opened.and_then(|plain| std::str::from_utf8(&plain).ok().map(Secret::new));
            text.map(|secret| (value.name.clone(), secret)).ok_or_else(|| refused(connection, &value.name))
        };
        values.into_iter().map(open).collect()
    }

    /// A state value of a connection.
    pub async fn state(&self, connection: &ConnectionId, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(blob) = self.store.state_value(connection, name).await? else { return Ok(None) };
        let key = self.data_key(connection).await?;
        let opened = key.open(&blob, &self.state_place(connection, name));
        opened.map(Some).ok_or_else(|| refused(connection, name))
    }

    /// Sets a state value; the store limits size and number.
    pub async fn put_state(&self, connection: &ConnectionId, name: &str, value: &[u8], now: Timestamp) -> Result<()> {
        let key = self.ensure_data_key(connection).await?;
        let blob = self.seal_state(&key, connection, name, value)?;
        Ok(self.store.put_state_value(connection, name, &blob, now).await?)
    }

    /// Removes a state value; `false` when there is none.
    pub async fn delete_state(&self, connection: &ConnectionId, name: &str) -> Result<bool> {
        Ok(self.store.delete_state_value(connection, name).await?)
    }

    /// Names of the state values of a connection, in order.
    pub async fn state_names(&self, connection: &ConnectionId) -> Result<Vec<String>> {
        Ok(self.store.state_keys(connection).await?)
    }

    pub(super) async fn data_key(&self, connection: &ConnectionId) -> Result<Key> {
        let wrapped = self.store.data_key(connection).await?;
        let wrapped = wrapped.ok_or_else(|| Error::DataKeyDestroyed { connection: connection.0.clone() })?;
        self.unwrap(&wrapped, connection.as_str()).await
    }

    async fn ensure_data_key(&self, connection: &ConnectionId) -> Result<Key> {
        let wrapped = if let Some(wrapped) = self.store.data_key(connection).await? {
            wrapped
        } else {
            let fresh = self.wrap(&Key::random()?, connection.as_str()).await?;
            self.store.ensure_data_key(connection, &fresh).await?
        };
        self.unwrap(&wrapped, connection.as_str()).await
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

    /// Wraps a new data key with the current key, which is tried first: what a wrong key wraps is lost as soon as the right
    /// one is back.
    pub(super) async fn wrap(&self, key: &Key, owner: &str) -> Result<WrappedKey> {
        self.check_current_key().await?;
        self.keys.wrap(key, &self.tenant, owner).await
    }

    /// Unwraps a data key. The keys are refetched when it does not open: a rotation beside this process may have wrapped it
    /// with a new key, or a right key may be back.
    pub(super) async fn unwrap(&self, wrapped: &WrappedKey, owner: &str) -> Result<Key> {
        let error = match self.keys.unwrap(wrapped, &self.tenant, owner).await {
            Err(error @ (Error::KeyMissing { .. } | Error::DataKeyRefused { .. })) => error,
            other => return other,
        };
        let sealed = self.sealed().await?;
        match (self.keys.renew(&sealed).await, error) {
            (Ok(()), _) => self.keys.unwrap(wrapped, &self.tenant, owner).await,
            // The key may be in the keyring that is not used: why it is not says more.
            (Err(refused), Error::KeyMissing { .. }) => Err(refused),
            (Err(_), error) => Err(error),
        }
    }

    fn seal_credentials(
        &self,
        key: &Key,
        connection: &ConnectionId,
        credentials: &BTreeMap<String, Secret>,
        version: i64,
    ) -> Result<Vec<SealedValue>> {
        let seal = |(name, secret): (&String, &Secret)| {
            let plain = secret.expose().as_bytes();
            if plain.len() > MAX_CREDENTIAL_BYTES {
                return Err(Error::Limit { what: format!("credential `{name}`"), limit: MAX_CREDENTIAL_BYTES });
            }
            let blob = key.seal(plain, &self.credential_place(connection, name, version))?;
            Ok(SealedValue { name: name.clone(), version, blob })
        };
        credentials.iter().map(seal).collect()
    }

    fn seal_state(&self, key: &Key, connection: &ConnectionId, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(Error::Limit { what: format!("state value `{name}`"), limit: MAX_VALUE_BYTES });
        }
        key.seal(value, &self.state_place(connection, name))
    }

    fn credential_place(&self, connection: &ConnectionId, field: &str, version: i64) -> Vec<u8> {
        context(&["credential", &self.tenant, connection.as_str(), field, &version.to_string()])
    }

    fn state_place(&self, connection: &ConnectionId, name: &str) -> Vec<u8> {
        context(&["state", &self.tenant, connection.as_str(), name])
    }
}

/// Ids of endpoints, with their sealed secrets.
pub(super) async fn sealed_endpoints(store: &Store) -> Result<Vec<(String, Vec<u8>)>> {
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

fn refused(connection: &ConnectionId, field: &str) -> Error {
    Error::ValueRefused { connection: connection.0.clone(), field: field.to_owned() }
}
