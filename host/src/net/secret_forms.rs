//! The spellings under which a secret may stand in a request or an answer.

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

/// Shorter texts occur everywhere by chance; they are replaced only where they are a whole value.
pub(super) const SHORTEST_ANYWHERE: usize = 4;

/// Base64 of a part keeps at least this much of itself wherever the part stands in a longer text.
const SHORTEST_BASE64: usize = 8;

/// Every spelling of a secret, longest first: as it is, escaped for JSON or a URL, in hexadecimal, and in base64 at each
/// of the three positions it can have inside a longer text.
pub(super) fn forms_of(secret: &str) -> Vec<Zeroizing<String>> {
    let mut forms = BTreeSet::from([secret.to_owned(), hex::encode(secret), hex::encode_upper(secret)]);
    for escaped in [json_escaped(secret, false), json_escaped(secret, true)] {
        forms.insert(escaped);
    }
    forms.insert(percent_encoded(secret, false));
    forms.insert(percent_encoded(secret, true));
    forms.insert(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    for position in 0..3 {
        forms.extend(base64_inside(secret, position));
    }
    let mut forms: Vec<_> = forms.into_iter().map(Zeroizing::new).collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms
}

/// As inside a JSON text, without the quotes; `all` also escapes what is not ASCII and the slash.
fn json_escaped(secret: &str, all: bool) -> String {
    let mut out = String::new();
    for c in secret.chars() {
        if all && c == '/' {
            out.push_str("\\/");
        } else if all && !c.is_ascii() {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str("\\u");
                out.push_str(&hex::encode(unit.to_be_bytes()));
            }
        } else {
            let quoted = serde_json::Value::from(c.to_string()).to_string();
            out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
        }
    }
    out
}

fn percent_encoded(secret: &str, lower: bool) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if lower => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    };
    secret.bytes().map(encode).collect()
}

/// The part of its base64 that does not depend on what stands around it, when `position` bytes stand before it in the
/// first group of three.
fn base64_inside(secret: &str, position: usize) -> Vec<String> {
    let padded: Vec<u8> = std::iter::repeat_n(0, position).chain(secret.bytes()).collect();
    let start = (position * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)]
        .into_iter()
        .filter_map(|text| text.get(start..end).map(str::to_owned))
        .filter(|text| text.len() >= SHORTEST_BASE64)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_caught(secret: &str, text: &str) -> bool {
        forms_of(secret).iter().any(|form| text.contains(form.as_str()))
    }

    #[test]
    fn escaped_spellings_are_caught() {
        let secret = "pa\"ss/wörd+&= 1";
        for text in [
            "x pa\"ss/wörd+&= 1 x",
            r#"{"a":"pa\"ss/wörd+&= 1"}"#,
            r#"{"a":"pa\"ss\/w\u00f6rd+&= 1"}"#,
            "?a=pa%22ss%2Fw%C3%B6rd%2B%26%3D%201",
            "?a=pa%22ss%2fw%c3%b6rd%2b%26%3d%201",
            "a=pa%22ss%2Fw%C3%B6rd%2B%26%3D+1",
        ] {
            assert!(is_caught(secret, text), "{text}");
        }
        assert!(is_caught(secret, &hex::encode(secret)));
        assert!(!is_caught(secret, "pa ss word"));
    }

    proptest! {
        #[test]
        fn base64_of_a_longer_text_is_caught(before in "\\PC{0,7}", secret in "[!-~]{12,40}", after in "\\PC{0,7}") {
            let whole = format!("{before}{secret}{after}");
            prop_assert!(is_caught(&secret, &STANDARD_NO_PAD.encode(&whole)));
            prop_assert!(is_caught(&secret, &URL_SAFE_NO_PAD.encode(&whole)));
        }

        #[test]
        fn json_and_urls_are_caught(secret in "\\PC{4,30}") {
            let json = serde_json::json!({ "value": format!("<{secret}>") }).to_string();
            prop_assert!(is_caught(&secret, &json));
            let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("a", &secret).finish();
            prop_assert!(is_caught(&secret, &form));
        }
    }
}
