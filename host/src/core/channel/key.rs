//! What a key looks like: `cck_<live|test>_<id>_<30 random letters and digits><6 of checksum>`.
//!
//! Secret scanners find it by its beginning and its checksum. It carries 178 bits of chance, so one pass of SHA-256 is
//! enough to keep it: there is nothing to guess.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::model::connection::Environment;

const PREFIX: &str = "cck";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LETTERS: usize = 12;
const SECRET_LETTERS: usize = 30;
const CHECKSUM_LETTERS: usize = 6;

/// A key as it is shown once: whole, with the parts the host keeps.
pub struct FreshKey {
    /// Its id.
    pub id: String,
    /// The whole key.
    pub text: Zeroizing<String>,
    /// What is kept of its secret.
    pub hash: Vec<u8>,
}

/// A key as somebody presents it.
pub struct PresentedKey {
    /// Its id.
    pub id: String,
    /// What would be kept of its secret.
    pub hash: Vec<u8>,
}

impl FreshKey {
    /// A random key.
    pub fn random(environment: Environment) -> Result<Self, getrandom::Error> {
        let id = random_base62(ID_LETTERS)?;
        let secret = Zeroizing::new(random_base62(SECRET_LETTERS)?);
        let body = Zeroizing::new(format!("{PREFIX}_{}_{id}_{}", environment.as_str(), *secret));
        let text = Zeroizing::new(format!("{}{}", *body, checksum(&body)));
        let hash = sha256(&text);
        Ok(Self { id, text, hash })
    }
}

/// Reads a key; `None` when its form or checksum is wrong.
pub fn parse(text: &str) -> Option<PresentedKey> {
    let mut parts = text.split('_');
    let (prefix, environment, id, secret) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = parts.next().is_none()
        && prefix == PREFIX
        && Environment::from_word(environment).is_some()
        && id.len() == ID_LETTERS
        && secret.len() == SECRET_LETTERS + CHECKSUM_LETTERS
        && [id, secret].iter().all(|part| part.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    if !well_formed {
        return None;
    }
    let (body, sum) = text.split_at_checked(text.len() - CHECKSUM_LETTERS)?;
    (checksum(body) == sum).then(|| PresentedKey { id: id.to_owned(), hash: sha256(text) })
}

/// Random letters and digits.
pub fn random_base62(length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(length);
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        getrandom::fill(bytes.as_mut())?;
        // 248 is the largest multiple of 62 in a byte: what is above would make some letters likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let letters = fair.map(|byte| char::from(BASE62[usize::from(byte % 62)]));
        text.extend(letters.take(length - text.len()));
    }
    Ok(text)
}

/// What is kept of a secret of high entropy.
pub fn sha256(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes()) as usize;
    let mut letters = ['0'; CHECKSUM_LETTERS];
    for letter in letters.iter_mut().rev() {
        *letter = char::from(BASE62[rest % 62]);
        rest /= 62;
    }
    letters.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_any_changed_letter_is_noticed() {
        let key = FreshKey::random(Environment::Live).unwrap();
        let read = parse(&key.text).unwrap();
        assert_eq!((read.id, read.hash), (key.id.clone(), key.hash));
        assert!(key.text.starts_with(&format!("cck_live_{}_", key.id)), "{}", *key.text);
        for at in 0..key.text.len() {
            let mut changed = key.text.to_string();
            let other = if changed.as_bytes()[at] == b'a' { "b" } else { "a" };
            changed.replace_range(at..=at, other);
            assert!(parse(&changed).is_none(), "letter {at} can be changed");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "cck_live", "cck_live_aaaaaaaaaaaa_", "Bearer x", &"_".repeat(100), "cck_prod_aaaaaaaaaaaa_x"]
        {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
