//! `X-Centra-Signature: t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t`, a dot and the raw body. The key is the secret's
//! characters as typed.

use connector_api::wire::service::Header;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header's name.
pub const HEADER: &str = "x-centra-signature";

/// Most bytes of the header that are looked at.
const MOST_BYTES: usize = 4_096;
/// Most times and most signatures that are looked at, so that a hostile header cannot cost more than a few hashes.
const MOST_TIMES: usize = 2;
const MOST_SIGNATURES: usize = 8;

/// A signature as it came. Nothing in it is proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    times: Vec<String>,
    signatures: Vec<[u8; 32]>,
}

/// A signature that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// When Centra signed, in seconds since 1970.
    pub signed_at: i64,
    /// The same for the same time and body only.
    pub digest: [u8; 32],
}

impl Claim {
    /// Reads the header; `None` when there is none. Repeated headers count as one, folded lines as spaces, unknown keys
    /// not at all.
    pub fn read(headers: &[Header]) -> Option<Self> {
        let values: Vec<&str> = headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(HEADER))
            .map(|header| header.value.as_str())
            .collect();
        if values.is_empty() {
            return None;
        }
        let mut claim = Self::default();
        for (key, value) in values.iter().filter(|value| value.len() <= MOST_BYTES).flat_map(|value| elements(value)) {
            match key {
                "t" if claim.times.len() < MOST_TIMES && is_time(value) => claim.times.push(value.to_owned()),
                "v1" if claim.signatures.len() < MOST_SIGNATURES => {
                    let mut bytes = [0; 32];
                    if hex::decode_to_slice(value, &mut bytes).is_ok() {
                        claim.signatures.push(bytes);
                    }
                }
                _ => {}
            }
        }
        Some(claim)
    }

    /// What it lacks to be checked at all.
    pub fn lacks(&self) -> Option<&'static str> {
        match (self.times.is_empty(), self.signatures.is_empty()) {
            (true, _) => Some("`t=` with a number of seconds"),
            (_, true) => Some("`v1=` with 64 hexadecimal digits"),
            _ => None,
        }
    }

    /// The proof, when one of the secrets made one of the signatures at one of the times. Compares in constant time.
    pub fn check(&self, secrets: &[&str], body: &[u8]) -> Option<Proof> {
        secrets.iter().find_map(|secret| {
            self.times.iter().find_map(|time| {
                let mac = mac_of(secret, time, body)?;
                let right = self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok());
                let signed_at = time.parse().ok()?;
                right.then(|| Proof { signed_at, digest: mac.finalize().into_bytes().into() })
            })
        })
    }
}

fn elements(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(',').filter_map(|element| {
        let (key, value) = element.split_once('=')?;
        Some((key.trim(), value.trim()))
    })
}

fn is_time(value: &str) -> bool {
    value.len() <= 18 && value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse::<i64>().is_ok()
}

fn mac_of(secret: &str, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}
