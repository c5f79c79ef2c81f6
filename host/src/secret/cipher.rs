//! Sealing bytes with a key and a context.
//!
//! Sealed bytes: one byte of format (1), 24 bytes of random nonce, ciphertext with its tag.

use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use super::error::{Error, Result};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const FORMAT: u8 = 1;

/// A key. Never shown, overwritten in memory when dropped.
pub struct Key(SecretBox<[u8; KEY_BYTES]>);

impl Key {
    /// A random key.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(|error| Error::Random(error.to_string()))?;
        Ok(Self::from_bytes(&bytes))
    }

    /// The key with these bytes; `None` unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(SecretBox::init_with_mut(|key: &mut [u8; KEY_BYTES]| key.copy_from_slice(bytes)))
    }

    /// The bytes, to be wrapped, written to the key file or turned into another key, and nowhere else.
    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Seals `plain` for the place that `context` names.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| Error::Random(error.to_string()))?;
        let payload = Payload { msg: plain, aad: context };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::Limit { what: "a secret".to_owned(), limit: u32::MAX as usize })?;
        Ok([&[FORMAT], nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens what was sealed with this key for this place; `None` for anything else.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&FORMAT, rest) = sealed.split_first()? else { return None };
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: context };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where sealed bytes belong. Each part carries its length, so that no two places give the same context.
pub(super) fn context(parts: &[&str]) -> Vec<u8> {
    let mut context = Vec::new();
    for part in parts {
        context.extend_from_slice(&(part.len() as u64).to_be_bytes());
        context.extend_from_slice(part.as_bytes());
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_only_whole_with_its_key_and_in_its_place() {
        let key = Key::random().unwrap();
        let sealed = key.seal(b"hunter2", b"here").unwrap();
        assert_eq!(key.open(&sealed, b"here").unwrap().as_slice(), b"hunter2");
        assert!(key.open(&sealed, b"there").is_none());
        assert!(Key::random().unwrap().open(&sealed, b"here").is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed, b"here").is_none(), "byte {at} can be changed");
            assert!(key.open(&sealed[..at], b"here").is_none(), "can be cut to {at} bytes");
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let key = Key::random().unwrap();
        assert_ne!(key.seal(b"hunter2", b"here").unwrap(), key.seal(b"hunter2", b"here").unwrap());
    }

    #[test]
    fn parts_of_a_context_cannot_run_into_each_other() {
        assert_ne!(context(&["ab", "c"]), context(&["a", "bc"]));
        assert_ne!(context(&["a", ""]), context(&["a"]));
    }

    #[test]
    fn debug_does_not_show_a_key() {
        assert_eq!(format!("{:?}", Key::from_slice(&[65; 32]).unwrap()), "[redacted]");
    }
}
