//! Seals things apart from any connection: each carries its own wrapped data key, and is kept for a short time.

use zeroize::Zeroizing;

use super::{
    cipher::Key,
    envelope::{body_place, owner, parts},
    error::{Error, Result},
    vault::Vault,
};

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
