//! What is kept of a delivery: its headers and its raw body, sealed with the connection's key.

use connector_api::wire::service::Header;

use crate::secret::{self, PersonalSeal};

/// The place that is part of the seal.
const KIND: &str = "webhook";
/// Headers that are not kept: nobody needs them to read a delivery, and they may carry secrets of their own.
const NOT_KEPT: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-forwarded-for"];
/// Most headers kept, and most bytes of them all.
const MOST_HEADERS: usize = 64;
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// A delivery as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Headers as they came, without those that are not kept.
    pub headers: Vec<Header>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Content {
    /// What is kept of it; too many headers are cut.
    pub fn new(headers: Vec<Header>, body: Vec<u8>) -> Self {
        let mut bytes = 0;
        let kept = headers.into_iter().filter(|header| !NOT_KEPT.contains(&header.name.to_ascii_lowercase().as_str()));
        let headers = kept.take(MOST_HEADERS).take_while(|header| {
            bytes += header.name.len() + header.value.len();
            bytes <= MOST_HEADER_BYTES
        });
        Self { headers: headers.collect(), body }
    }

    /// Seals it.
    pub fn seal(&self, seal: &PersonalSeal) -> secret::Result<Vec<u8>> {
        let headers = serde_json::to_vec(&self.headers).unwrap_or_default();
        let length = u32::try_from(headers.len()).unwrap_or(0);
        let plain = [&length.to_be_bytes(), headers.as_slice(), &self.body].concat();
        Ok(seal.seal(KIND, "", &plain)?.blob)
    }

    /// Opens it; `None` when the key does not fit or the bytes are no delivery.
    pub fn open(seal: &PersonalSeal, sealed: &[u8]) -> Option<Self> {
        let plain = seal.open(KIND, "", sealed).ok()?;
        let (length, rest) = plain.split_first_chunk::<4>()?;
        let (headers, body) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        Some(Self { headers: serde_json::from_slice(headers).ok()?, body: body.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::cipher::Key;

    #[test]
    fn a_delivery_is_kept_without_foreign_secrets_and_opens_with_its_key_only() {
        let seal = |byte| PersonalSeal::new(Key::from_slice(&[byte; 32]).unwrap(), "t", &"conn_1".into());
        let header = |name: &str| Header { name: name.to_owned(), value: "v".to_owned(), secret: false };
        let content =
            Content::new(vec![header("X-Sig"), header("Cookie"), header("authorization")], b"\xffbody".to_vec());
        assert_eq!(content.headers, [header("X-Sig")]);
        let sealed = content.seal(&seal(1)).unwrap();
        assert_eq!(Content::open(&seal(1), &sealed), Some(content));
        assert_eq!(Content::open(&seal(2), &sealed), None);
        assert_eq!(Content::open(&seal(1), b"short"), None);
        let many = Content::new((0..100).map(|_| header("a")).collect(), vec![]);
        assert_eq!(many.headers.len(), MOST_HEADERS);
    }
}
