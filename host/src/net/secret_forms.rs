//! The spellings under which a secret may stand in a request, an answer, or what a plugin says.

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

/// Shorter texts occur everywhere by chance; they are replaced only where they are a whole value.
pub(super) const SHORTEST_ANYWHERE: usize = 4;
/// So many characters of the beginning of a secret are taken for it.
const SHORTEST_PREFIX: usize = 8;
/// Base64 of a part keeps at least this much of itself wherever the part stands in a longer text.
const SHORTEST_BASE64: usize = 6;
/// Parts of a secret at least this long, such as the token of `Bearer token`, are secrets of their own.
const SHORTEST_PART: usize = 12;

/// One spelling of a secret.
pub(super) struct Form {
    /// The whole of it.
    pub text: Zeroizing<String>,
    /// How many bytes of its beginning are enough to know it by.
    pub shortest: usize,
    /// Whether it is base64, whose ends depend on what stands beside it.
    pub base64: bool,
    /// How long the secret itself is, in bytes.
    pub secret_bytes: usize,
}

/// Every spelling of a secret: as it is, escaped for JSON, HTML or a URL, in hexadecimal, and in base64 at each of the three
/// positions it can have inside a longer text; and the same of its parts.
///
/// A beginning that stands in `public`, a text that knows no secret, says nothing: more characters are needed there.
pub(super) fn forms_of(secret: &str, public: &str) -> Vec<Form> {
    let mut forms = spellings(secret, public);
    if !secret.contains("://") {
        let parts = secret.split(|c: char| c.is_whitespace() || c == ':');
        forms.extend(
            parts
                .filter(|part| part.len() >= SHORTEST_PART && *part != secret)
                .flat_map(|part| spellings(part, public)),
        );
    }
    forms
}

fn spellings(secret: &str, public: &str) -> Vec<Form> {
    let prefix = prefix_of(secret, public);
    let mut seen = BTreeSet::new();
    let mut forms = vec![];
    let mut add = |text: String, shortest: usize, base64: bool| {
        if shortest > 0 && seen.insert(text.clone()) {
            forms.push(Form { text: Zeroizing::new(text), shortest, base64, secret_bytes: secret.len() });
        }
    };
    let encoders: [fn(char) -> String; 13] = [
        |c| c.to_string(),
        |c| json_escaped(c, false),
        |c| json_escaped(c, true),
        |c| html_escaped(c, "&#39;"),
        |c| html_escaped(c, "&#x27;"),
        |c| percent_encoded(c, "-_.~", false),
        |c| percent_encoded(c, "-_.~", true),
        |c| percent_encoded(c, "", false),
        |c| percent_encoded(c, "", true),
        |c| bytes_of(c, |byte| format!("%{byte:02X}")),
        |c| bytes_of(c, |byte| format!("%{byte:02x}")),
        |c| bytes_of(c, |byte| format!("{byte:02x}")),
        |c| bytes_of(c, |byte| format!("{byte:02X}")),
    ];
    for encode in encoders {
        let shortest = prefix.chars().map(encode).map(|text| text.len()).sum();
        add(secret.chars().map(encode).collect(), shortest, false);
    }
    let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    add(form(secret), form(prefix).len(), false);
    for position in 0..3 {
        for text in base64_inside(secret, position) {
            if text.len() >= SHORTEST_BASE64 {
                let shortest = base64_length(prefix, position).max(SHORTEST_BASE64).min(text.len());
                add(text, shortest, true);
            }
        }
    }
    forms
}

/// The beginning by which a secret is known: a short one by the whole of it, an address not by its `https://` alone, and none
/// by words that everybody may read.
fn prefix_of<'a>(secret: &'a str, public: &str) -> &'a str {
    let scheme = secret.find("://").filter(|end| *end < 12).map_or(0, |end| end + 3);
    let ends = secret.char_indices().map(|(end, _)| end).filter(|end| *end >= scheme).skip(SHORTEST_PREFIX);
    ends.map(|end| &secret[..end]).find(|beginning| !public.contains(beginning)).unwrap_or(secret)
}

fn bytes_of(c: char, encode: impl Fn(u8) -> String) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(encode).collect::<Vec<_>>().concat()
}

/// As inside a JSON text, without the quotes; `all` also escapes what is not ASCII and the slash.
fn json_escaped(c: char, all: bool) -> String {
    if all && c == '/' {
        "\\/".to_owned()
    } else if all && !c.is_ascii() {
        let units = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>();
        units.concat()
    } else {
        let quoted = serde_json::Value::from(c.to_string()).to_string();
        quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
    }
}

fn html_escaped(c: char, apostrophe: &str) -> String {
    match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => apostrophe.to_owned(),
        _ => c.to_string(),
    }
}

fn percent_encoded(c: char, kept: &str, lower: bool) -> String {
    if c.is_ascii_alphanumeric() || kept.contains(c) {
        return c.to_string();
    }
    bytes_of(c, |byte| if lower { format!("%{byte:02x}") } else { format!("%{byte:02X}") })
}

/// The part of its base64 that does not depend on what stands around it, when `position` bytes stand before it in the
/// first group of three.
fn base64_inside(secret: &str, position: usize) -> Vec<String> {
    let padded: Zeroizing<Vec<u8>> = Zeroizing::new(std::iter::repeat_n(0, position).chain(secret.bytes()).collect());
    let start = (position * 8).div_ceil(6);
    let end = start + base64_length(secret, position);
    [STANDARD_NO_PAD.encode(&*padded), URL_SAFE_NO_PAD.encode(&*padded)]
        .into_iter()
        .filter_map(|text| text.get(start..end).map(str::to_owned))
        .collect()
}

/// How long that part is.
fn base64_length(secret: &str, position: usize) -> usize {
    ((position + secret.len()) * 8 / 6).saturating_sub((position * 8).div_ceil(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_secret_is_known_by_its_beginning_and_a_short_one_by_the_whole() {
        let shortest = |secret: &str| forms_of(secret, "")[0].shortest;
        assert_eq!(shortest("s3cret_and_more"), 8);
        assert_eq!(shortest("s3cret"), 6);
        assert_eq!(shortest("https://hooks.example/T0/B0"), 16);
        assert_eq!(shortest("åäöåäöåäöåäö"), 16, "bytes of eight characters");
    }

    #[test]
    fn public_words_are_no_beginning_of_a_secret() {
        let shortest = |secret: &str| forms_of(secret, r#"{"checkout_path":"The checkout-api"}"#)[0].shortest;
        assert_eq!(shortest("checkout-secret-1"), "checkout-s".len());
        assert_eq!(shortest("checkout"), "checkout".len(), "the whole of a secret is always one");
        assert_eq!(shortest("s3cret_and_more"), 8);
    }

    #[test]
    fn the_parts_of_a_secret_are_secrets_too() {
        let forms = forms_of("Bearer tok_0123456789", "");
        assert!(forms.iter().any(|form| form.text.as_str() == "tok_0123456789"));
        assert!(!forms_of("a b", "").iter().any(|form| form.text.as_str() == "a"));
    }
}
