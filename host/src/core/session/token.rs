//! The secret in a link, and the signed result a channel redeems.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connector_api::domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
/// Longest text that is looked at.
const LONGEST: usize = 2_000;

/// What a result token says. Its signature is made with a key of its session alone.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    /// The session.
    #[serde(rename = "s")]
    pub(super) session: String,
    /// When the token ends.
    #[serde(rename = "e")]
    pub(super) expires_at: Timestamp,
}

/// 256 random bits, for a link or as a key.
pub(super) fn random() -> Result<Zeroizing<[u8; SECRET_BYTES]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(bytes.as_mut())?;
    Ok(bytes)
}

/// A link's secret as text.
pub(super) fn text(secret: &[u8; SECRET_BYTES]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(secret))
}

/// What is kept of a link's secret.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A signed result.
pub(super) fn sign(claim: &Claim, key: &[u8]) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claim).ok()?);
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(payload.as_bytes());
    Some(format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}

/// What a result says, not yet trusted: only to find its session.
pub(super) fn read(token: &str) -> Option<Claim> {
    let (payload, _) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// Whether the signature is right, compared in constant time.
pub(super) fn is_signed(token: &str, key: &[u8]) -> bool {
    let Some((payload, signature)) = token.split_once('.') else { return false };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    Hmac::<Sha256>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(payload.as_bytes()).verify_slice(&signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_trusted_only_whole_and_with_its_key() {
        let claim = Claim { session: "cs_1".into(), expires_at: Timestamp::default() };
        let token = sign(&claim, &[1; 32]).unwrap();
        assert_eq!(read(&token), Some(claim));
        assert!(is_signed(&token, &[1; 32]) && !is_signed(&token, &[2; 32]));
        let other = sign(&Claim { session: "cs_2".into(), expires_at: Timestamp::default() }, &[2; 32]).unwrap();
        let mixed = format!("{}.{}", other.split_once('.').unwrap().0, token.split_once('.').unwrap().1);
        assert!(!is_signed(&mixed, &[1; 32]), "a signature was moved to another claim");
        for stray in ["", ".", "x.y", "e30.e30"] {
            assert!(read(stray).is_none() && !is_signed(stray, &[1; 32]), "{stray}");
        }
    }
}
