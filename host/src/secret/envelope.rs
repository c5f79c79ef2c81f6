//! Things that are sealed apart from any connection: each carries its own wrapped data key, and is kept for a short time.

use zeroize::Zeroizing;

use super::{
    cipher::{Key, context},
    error::{Error, Result},
    vault::Vault,
};
use crate::model::secret::WrappedKey;

/// Kind under which the secrets of endpoints for events are sealed. They live long, so that a rotation seals them anew.
pub const EVENT_ENDPOINT: &str = "event_endpoint";

/// Name of the key that an envelope was sealed with.
pub(super) fn kid_of(envelope: &[u8]) -> Option<&str> {
    part(envelope).and_then(|(kid, _)| std::str::from_utf8(kid).ok())
}

/// The wrapped key of an envelope, and what it seals.
pub(super) fn parts(envelope: &[u8]) -> Option<(WrappedKey, &[u8])> {
    let (kid, rest) = part(envelope)?;
    let (blob, sealed) = part(rest)?;
    let kid = std::str::from_utf8(kid).ok()?.to_owned();
    Some((WrappedKey { kid, blob: blob.to_vec() }, sealed))
}

/// The place of what an envelope seals.
pub(super) fn body_place(tenant: &str, owner: &str) -> Vec<u8> {
    context(&["apart", tenant, owner])
}

impl Vault {
    /// Seals bytes for the place that `kind` and `name` say, such as a connect session and its id.
    pub async fn seal_apart(&self, kind: &str, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let key = Key::random()?;
        let owner = owner(kind, name);
        let wrapped = self.wrap(&key, &owner).await?;
        let sealed = key.seal(plain, &body_place(&self.tenant, &owner))?;
        let mut envelope = Vec::with_capacity(sealed.len() + wrapped.blob.len() + wrapped.kid.len() + 4);
        for part in [wrapped.kid.as_bytes(), &wrapped.blob] {
            let length = u16::try_from(part.len())
                .map_err(|_| Error::Limit { what: "a wrapped key".to_owned(), limit: u16::MAX.into() })?;
            envelope.extend_from_slice(&length.to_be_bytes());
            envelope.extend_from_slice(part);
        }
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }

    /// Opens what was sealed for that place.
    pub async fn open_apart(&self, what: &str, name: &str, envelope: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let owner = owner(what, name);
        let refused = || Error::ValueRefused { connection: owner.clone(), field: what.to_owned() };
        let (wrapped, sealed) = parts(envelope).ok_or_else(refused)?;
        let key = self.unwrap(&wrapped, &owner).await?;
        key.open(sealed, &body_place(&self.tenant, &owner)).ok_or_else(refused)
    }
}

/// No connection's id has a `/`, so that an envelope never opens as a connection's data key.
pub(super) fn owner(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
