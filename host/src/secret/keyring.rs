//! The operator's keys, from text: `name:base64,name2:base64`. The first one is current, the others open what they sealed.

use async_trait::async_trait;
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::{
    cipher::{Key, context},
    error::{Error, Result},
    provider::KeyProvider,
};
use crate::model::secret::WrappedKey;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
const MAX_KID_BYTES: usize = 32;
/// Most keys of a keyring.
const MAX_KEYS: usize = 100;

/// Named keys, the current one first.
#[derive(Debug)]
pub struct Keyring {
    current: NamedKey,
    older: Vec<NamedKey>,
}

#[derive(Debug)]
struct NamedKey {
    kid: String,
    key: Key,
}

impl Keyring {
    /// A keyring of one random key.
    pub fn generate() -> Result<Self> {
        Ok(Self { current: NamedKey::generate()?, older: Vec::new() })
    }

    /// Reads keys separated by commas or line ends, after a byte-order mark or none. Empty lines and lines that begin with `#` are skipped.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
        let mut keys: Vec<NamedKey> = Vec::new();
        for (position, entry) in (1..).zip(entries) {
            let wrong = |problem| Error::KeyringFormat { position, problem };
            if position > MAX_KEYS {
                return Err(wrong("is one too many: at most 100 keys are read"));
            }
            let key = NamedKey::parse(entry).map_err(wrong)?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(wrong("has a name that an earlier key has"));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(Error::KeyringEmpty)?;
        Ok(Self { current, older: keys.collect() })
    }

    /// The text that [`Self::parse`] reads, one key a line.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for NamedKey { kid, key } in self.keys() {
            text.push_str(kid);
            text.push(':');
            text.push_str(&Zeroizing::new(BASE64.encode(key.expose())));
            text.push('\n');
        }
        text
    }

    /// Adds a random key and makes it the current one.
    pub(super) fn add_current(&mut self) -> Result<()> {
        let before = std::mem::replace(&mut self.current, NamedKey::generate()?);
        self.older.insert(0, before);
        Ok(())
    }

    /// Whether it holds the same keys in the same order.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        *self.to_text() == *other.to_text()
    }

    /// Names of the keys, the current one first.
    #[cfg(test)]
    pub(super) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys().map(|named| named.kid.as_str())
    }

    fn keys(&self) -> impl Iterator<Item = &NamedKey> {
        std::iter::once(&self.current).chain(&self.older)
    }

    fn key(&self, kid: &str) -> Option<&Key> {
        self.keys().find(|named| named.kid == kid).map(|named| &named.key)
    }
}

impl NamedKey {
    fn generate() -> Result<Self> {
        let mut name = [0; 4];
        getrandom::fill(&mut name).map_err(|error| Error::Random(error.to_string()))?;
        Ok(Self { kid: format!("k{}", hex::encode(name)), key: Key::random()? })
    }

    fn parse(entry: &str) -> std::result::Result<Self, &'static str> {
        let (kid, base64) = entry.split_once(':').ok_or("has no `:` between its name and its bytes")?;
        let kid_is_plain = kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if kid.is_empty() || kid.len() > MAX_KID_BYTES || !kid_is_plain {
            return Err("has a name that is not 1 to 32 letters, digits, `_`, `-` or `.`");
        }
        let bytes = BASE64.decode(base64).or_else(|_| BASE64_URL.decode(base64));
        let bytes = Zeroizing::new(bytes.map_err(|_| "is not base64")?);
        let key = Key::from_slice(&bytes).ok_or("does not have 32 bytes")?;
        Ok(Self { kid: kid.to_owned(), key })
    }
}

fn place(kid: &str, tenant: &str, connection: &str) -> Vec<u8> {
    context(&["data_key", kid, tenant, connection])
}

#[async_trait]
impl KeyProvider for Keyring {
    fn current_kid(&self) -> String {
        self.current.kid.clone()
    }

    fn has(&self, kid: &str) -> bool {
        self.key(kid).is_some()
    }

    fn place(&self) -> String {
        "the configured keyring (`secrets.keys`)".to_owned()
    }

    async fn wrap(&self, key: &Key, tenant: &str, connection: &str) -> Result<WrappedKey> {
        let kid = self.current.kid.clone();
        let blob = self.current.key.seal(key.expose(), &place(&kid, tenant, connection))?;
        Ok(WrappedKey { kid, blob })
    }

    async fn unwrap(&self, wrapped: &WrappedKey, tenant: &str, connection: &str) -> Result<Key> {
        let kid = &wrapped.kid;
        let key = self.key(kid).ok_or_else(|| Error::KeyMissing { kid: kid.clone() })?;
        let opened = key.open(&wrapped.blob, &place(kid, tenant, connection));
        let refused = || Error::DataKeyRefused { connection: connection.to_owned(), kid: kid.clone() };
        opened.and_then(|bytes| Key::from_slice(&bytes)).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn the_first_key_is_current() {
        let text = format!("# made in May\n{A},\nb:{}\n", "_".repeat(42) + "8");
        let keyring = Keyring::parse(&text).unwrap();
        assert_eq!(keyring.current_kid(), "a");
        assert_eq!(keyring.kids().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_wrong_key_is_named_by_its_place_and_not_shown() {
        let refusal = |text: &str| Keyring::parse(text).unwrap_err().to_string();
        for (text, problem) in [
            ("sesame", "has no `:`"),
            ("a b:sesame", "has a name that is not"),
            ("b:sesame!", "is not base64"),
            ("b:c2VzYW1l", "does not have 32 bytes"),
            (A, "has a name that an earlier key has"),
        ] {
            let refusal = refusal(&format!("{A},{text}"));
            assert!(refusal.starts_with(&format!("key 2 of the keyring {problem}")), "{refusal}");
            assert!(!refusal.contains("sesame") && !refusal.contains("c2Vz"), "{refusal}");
        }
        assert!(refusal(" \n# nothing\n").contains("contains no key"));
    }

    #[tokio::test]
    async fn a_data_key_opens_only_for_its_connection_and_with_its_key() {
        let keyring = Keyring::parse(A).unwrap();
        let wrapped = keyring.wrap(&Key::random().unwrap(), "t", "conn_1").await.unwrap();
        assert!(keyring.unwrap(&wrapped, "t", "conn_1").await.is_ok());
        let moved = keyring.unwrap(&wrapped, "t", "conn_2").await.unwrap_err();
        assert!(matches!(moved, Error::DataKeyRefused { .. }), "{moved}");
        let other = Keyring::parse(&A.replace("AAA=", "AAE=")).unwrap();
        let wrong = other.unwrap(&wrapped, "t", "conn_1").await.unwrap_err();
        assert!(wrong.to_string().contains("the keyring holds another key of that name"), "{wrong}");
        let missing = Keyring::generate().unwrap().unwrap(&wrapped, "t", "conn_1").await.unwrap_err();
        assert!(missing.to_string().starts_with("key `a` is not in the keyring"), "{missing}");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_name() {
        assert_eq!(Keyring::parse(&format!("\u{feff}{A}")).unwrap().current_kid(), "a");
    }

    #[test]
    fn debug_shows_names_but_no_keys() {
        let shown = format!("{:?}", Keyring::parse(A).unwrap());
        assert!(shown.contains("\"a\"") && shown.contains("[redacted]") && !shown.contains("AAAA"), "{shown}");
    }
}
