//! Signatures as <https://www.standardwebhooks.com> describes them: HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;

/// A fresh secret, as its owner gets to see it once.
pub fn fresh_secret() -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(bytes.as_mut())?;
    Ok(Zeroizing::new(format!("{PREFIX}{}", *Zeroizing::new(STANDARD.encode(bytes.as_ref())))))
}

/// The header `webhook-signature`: one signature for each secret, separated by spaces. A secret that is none of ours
/// signs nothing.
pub fn sign(secrets: &[&str], id: &str, unix_seconds: i64, body: &[u8]) -> String {
    let signatures = secrets.iter().filter_map(|secret| {
        let key = Zeroizing::new(STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{unix_seconds}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_example_comes_out() {
        let signed = sign(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_live_secret_signs_and_what_is_no_secret_does_not() {
        let (one, two) = (fresh_secret().unwrap(), fresh_secret().unwrap());
        assert!(one.starts_with(PREFIX) && one.len() == 50 && *one != *two);
        let both = sign(&[one.as_str(), two.as_str(), "sesame"], "evt_1", 7, b"{}");
        assert_eq!(
            both,
            format!("{} {}", sign(&[one.as_str()], "evt_1", 7, b"{}"), sign(&[two.as_str()], "evt_1", 7, b"{}"))
        );
    }
}
