//! Personal data of one connection: sealed bodies, and pseudonyms by which a person is found without being named.
//!
//! The keys come from the connection's data key. When that is destroyed, bodies cannot be read and pseudonyms cannot be made
//! any more.

use std::sync::Arc;

use connector_api::domain::ConnectionId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    cipher::{Key, context},
    error::{Error, Result},
    vault::Vault,
};
use crate::model::rows::{Pseudonym, SealedBody};

/// Seals and opens what one connection holds about people. Cheap to clone.
#[derive(Clone)]
pub struct PersonalSeal(Arc<Keys>);

struct Keys {
    data: Key,
    /// Of digests and pseudonyms.
    index: Zeroizing<Vec<u8>>,
    tenant: String,
    connection: String,
}

impl std::fmt::Debug for PersonalSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonalSeal").field("connection", &self.0.connection).finish_non_exhaustive()
    }
}

impl Vault {
    /// What seals and opens the personal data of a connection. `DataKeyDestroyed` after it was disconnected.
    pub async fn personal(&self, connection: &ConnectionId) -> Result<PersonalSeal> {
        let data = self.data_key(connection).await?;
        Ok(PersonalSeal::new(data, &self.tenant, connection))
    }
}

impl PersonalSeal {
    /// What seals with this data key.
    pub fn new(data: Key, tenant: &str, connection: &ConnectionId) -> Self {
        let index = hash(data.expose(), &context(&["personal index", tenant, connection.as_str()]));
        let (tenant, connection) = (tenant.to_owned(), connection.0.clone());
        Self(Arc::new(Keys { data, index: Zeroizing::new(index), tenant, connection }))
    }

    /// Seals a body for its place: the kind of record and its id.
    pub fn seal(&self, kind: &str, id: &str, body: &[u8]) -> Result<SealedBody> {
        let blob = self.0.data.seal(body, &self.place(kind, id))?;
        Ok(SealedBody { blob, digest: self.digest("body", body) })
    }

    /// Opens a body that was sealed for this place.
    pub fn open(&self, kind: &str, id: &str, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let refused = || Error::ValueRefused { connection: self.0.connection.clone(), field: format!("{kind} {id}") };
        self.0.data.open(blob, &self.place(kind, id)).ok_or_else(refused)
    }

    /// The pseudonym of an e-mail address; case and spaces around it make no difference.
    pub fn email(&self, address: &str) -> Pseudonym {
        Pseudonym(self.digest("email", address.trim().to_lowercase().as_bytes()))
    }

    /// The pseudonym of a customer by the platform's id.
    pub fn customer(&self, id: &str) -> Pseudonym {
        Pseudonym(self.digest("customer", id.as_bytes()))
    }

    /// The pseudonym of an order by the platform's id.
    pub fn order(&self, id: &str) -> Pseudonym {
        Pseudonym(self.digest("order", id.as_bytes()))
    }

    /// A hash that says whether two requests are the same, and nothing else of them.
    pub fn fingerprint(&self, request: &[u8]) -> Vec<u8> {
        self.digest("request", request)
    }

    fn digest(&self, what: &str, bytes: &[u8]) -> Vec<u8> {
        let mut message = context(&[what]);
        message.extend_from_slice(bytes);
        hash(&self.0.index, &message)
    }

    fn place(&self, kind: &str, id: &str) -> Vec<u8> {
        context(&["record", &self.0.tenant, &self.0.connection, kind, id])
    }
}

fn hash(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(connection: &str) -> PersonalSeal {
        PersonalSeal::new(Key::from_slice(&[7; 32]).unwrap(), "default", &connection.into())
    }

    #[test]
    fn a_body_opens_only_in_its_place() {
        let sealed = seal("conn_a").seal("order", "1", b"Ada").unwrap();
        assert_eq!(seal("conn_a").open("order", "1", &sealed.blob).unwrap().as_slice(), b"Ada");
        for (connection, kind, id) in [("conn_b", "order", "1"), ("conn_a", "customer", "1"), ("conn_a", "order", "2")]
        {
            assert!(seal(connection).open(kind, id, &sealed.blob).is_err(), "{connection} {kind} {id}");
        }
        assert!(!sealed.blob.windows(3).any(|bytes| bytes == b"Ada"));
    }

    #[test]
    fn equal_bodies_have_equal_digests_within_a_connection_only() {
        let digest = |connection, body: &[u8]| seal(connection).seal("order", "1", body).unwrap().digest;
        assert_eq!(digest("conn_a", b"Ada"), digest("conn_a", b"Ada"));
        assert_ne!(digest("conn_a", b"Ada"), digest("conn_a", b"Bob"));
        assert_ne!(digest("conn_a", b"Ada"), digest("conn_b", b"Ada"));
    }

    #[test]
    fn a_person_is_found_however_the_address_is_written() {
        let seal = seal("conn_a");
        assert_eq!(seal.email(" Ada@Example.com "), seal.email("ada@example.com"));
        assert_ne!(seal.email("ada@example.com"), seal.email("bob@example.com"));
        assert_ne!(seal.customer("7"), seal.order("7"), "a mark says what it is of");
    }
}
