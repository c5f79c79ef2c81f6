//! Who wraps data keys (the keyring here, a key management service elsewhere), and what its keys are tried on.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{
    cipher::Key,
    envelope::body_place,
    error::{Error, Result},
};
use crate::model::secret::WrappedKey;

/// Wraps data keys with a key that never leaves it.
#[async_trait]
pub trait KeyProvider: Send + Sync + std::fmt::Debug {
    /// Name of the key that new data keys are wrapped with.
    fn current_kid(&self) -> String;

    /// Whether it has the key of that name.
    fn has(&self, kid: &str) -> bool;

    /// Where the keys come from, for people.
    fn place(&self) -> String;

    /// Reads the keys again where they can change, and uses them from then on if they open `sealed`. Otherwise an error: the
    /// keys that were there stay in use to open, and nothing may be sealed.
    async fn renew(&self, _sealed: &Sealed) -> Result<()> {
        Ok(())
    }

    /// Wraps a data key with the current key, for the connection that `tenant` and `connection` name.
    async fn wrap(&self, key: &Key, tenant: &str, connection: &str) -> Result<WrappedKey>;

    /// Unwraps a data key of that connection. `KeyMissing` without the key, `DataKeyRefused` when it does not open.
    async fn unwrap(&self, wrapped: &WrappedKey, tenant: &str, connection: &str) -> Result<Key>;
}

/// Everything that is sealed for long, by the name of the key that sealed it.
///
/// Read it before the keys: a rotation beside this process adds its key to the keyring first and seals with it then, so
/// that a keyring which is read later has every key that is named here.
#[derive(Debug)]
pub struct Sealed {
    pub(super) tenant: String,
    pub(super) by_kid: BTreeMap<String, Vec<SealedSecret>>,
}

/// Something sealed that a key can be tried on.
#[derive(Debug)]
pub(super) struct SealedSecret {
    /// The connection or endpoint.
    pub(super) id: String,
    /// What its wrapped key is bound to.
    pub(super) owner: String,
    pub(super) wrapped: WrappedKey,
    /// What the wrapped key seals, where that lies beside it.
    pub(super) body: Option<Vec<u8>>,
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
    pub(super) async fn refuse_foreign(&self, keys: &dyn KeyProvider) -> Result<()> {
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
    pub(super) async fn opens(&self, keys: &dyn KeyProvider, tenant: &str) -> bool {
        let Ok(key) = keys.unwrap(&self.wrapped, tenant, &self.owner).await else { return false };
        let body = self.body.as_deref();
        body.is_none_or(|sealed| key.open(sealed, &body_place(tenant, &self.owner)).is_some())
    }
}
