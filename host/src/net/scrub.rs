//! The one scrubber: takes the secrets of a connection out of everything that a plugin says, and secrets, personal data and
//! the store's name out of what is recorded.

use std::{borrow::Cow, fmt, ops::Range};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use super::{
    exchange::{Body, PLACEHOLDER_HOST},
    personal::{FieldKind, is_identifier, is_person, kind_of},
    secret_forms::SHORTEST_ANYWHERE,
    secret_search::{SecretSearch, Strictness},
};

/// Stands where a secret was.
pub(super) const SCRUBBED: &str = "[scrubbed]";
/// Stands where personal data was.
pub(super) const PERSONAL: &str = "[personal]";
/// Stands where an e-mail address was, so that what reads it still finds one.
pub(super) const PERSONAL_EMAIL: &str = "person@store.example";

/// Knows the secrets of a connection and removes them, whatever their spelling. Scrubbing twice changes nothing more.
pub struct Scrubber {
    search: SecretSearch,
    short: Vec<Zeroizing<String>>,
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber").finish_non_exhaustive()
    }
}

impl Scrubber {
    /// A scrubber that knows these secrets; empty ones are ignored.
    pub fn new(secrets: &[SecretString]) -> Self {
        Self::beside(secrets, "")
    }

    /// The same beside a text that everybody may read: what stands in it is not taken for the beginning of a secret. A secret
    /// that begins like a name the connector itself uses would otherwise spoil every field, pointer and link of that name.
    pub fn beside(secrets: &[SecretString], public: &str) -> Self {
        let secrets = secrets.iter().map(|secret| secret.expose_secret().trim()).filter(|secret| !secret.is_empty());
        let (long, short): (Vec<_>, Vec<_>) = secrets.partition(|secret| secret.len() >= SHORTEST_ANYWHERE);
        let search = SecretSearch::new(&long, public, &[SCRUBBED, PERSONAL, PERSONAL_EMAIL]);
        Self { search, short: short.into_iter().map(|secret| Zeroizing::new(secret.to_owned())).collect() }
    }

    /// Whether a JSON text may hold a secret: fast, for deciding whether to look closer. False is sure as far as the usual
    /// spellings go.
    pub fn may_be_in(&self, json: &[u8]) -> bool {
        self.search.may_be_in(json)
    }

    /// Whether a text holds a secret or the beginning of one.
    pub fn holds(&self, text: &str) -> bool {
        *self.words(text) != *text
    }

    /// A text for people, without secrets: the first eight characters of one are enough to be taken out.
    pub fn words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.without(text, Strictness::Words)
    }

    /// A value of the merchant's data, without secrets: only the whole of a long one is taken out, so that no name, id or
    /// word changes that merely resembles one.
    pub fn data<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.without(text, Strictness::Data)
    }

    fn without<'a>(&self, text: &'a str, strictness: Strictness) -> Cow<'a, str> {
        if strictness == Strictness::Words && self.short.iter().any(|secret| secret.as_str() == text) {
            return Cow::Borrowed(SCRUBBED);
        }
        match self.search.find(text, strictness) {
            found if found.is_empty() => Cow::Borrowed(text),
            found => Cow::Owned(replaced(text, &found)),
        }
    }

    /// A body without secrets, personal data and the store's host name.
    pub(super) fn body(&self, host: &str, content_type: Option<&str>, bytes: &[u8]) -> Body {
        let Ok(text) = std::str::from_utf8(bytes) else { return Body::Binary { bytes: bytes.len() } };
        if text.is_empty() {
            return Body::Empty;
        }
        if content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Body::Text(self.form(host, text));
        }
        match serde_json::from_str(text) {
            Ok(value) => Body::Json(self.value(host, value, "", FieldKind::Plain, false)),
            Err(_) => Body::Text(self.text(host, text)),
        }
    }

    /// A JSON value without personal data, for people to look at.
    pub fn masked(&self, value: Value) -> Value {
        self.value("", value, "", FieldKind::Plain, false)
    }

    /// An address without its host and without secrets in path and query.
    pub(super) fn url(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let mut out = format!("https://{PLACEHOLDER_HOST}{}", self.text(host, url.path()));
        if let Some(query) = url.query().filter(|query| !query.is_empty()) {
            out.push('?');
            out.push_str(&self.form(host, query));
        }
        out
    }

    /// A text without secrets, e-mail addresses and the store's host name.
    pub(super) fn text(&self, host: &str, text: &str) -> String {
        let mut out = self.words(text).into_owned();
        if !host.is_empty() && out.contains(host) {
            out = out.replace(host, PLACEHOLDER_HOST);
        }
        without_emails(&out)
    }

    fn form(&self, host: &str, text: &str) -> String {
        let pairs = url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| {
            let kind = kind_of(field_of_form(&name), false);
            (self.text(host, &name), self.string(host, &value, kind))
        });
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    fn string(&self, host: &str, text: &str, kind: FieldKind) -> String {
        match kind {
            _ if text.is_empty() => String::new(),
            FieldKind::Plain => self.text(host, text),
            FieldKind::Personal if text.contains('@') => PERSONAL_EMAIL.to_owned(),
            FieldKind::Personal => PERSONAL.to_owned(),
            FieldKind::Secret => SCRUBBED.to_owned(),
        }
    }

    fn value(&self, host: &str, value: Value, name: &str, kind: FieldKind, person: bool) -> Value {
        match value {
            Value::String(text) => Value::String(self.string(host, &text, kind)),
            Value::Number(_) if kind == FieldKind::Personal && !is_identifier(name) => Value::from(0),
            Value::Number(number) => {
                let text = number.to_string();
                if self.text("", &text) == text { Value::Number(number) } else { Value::from(SCRUBBED) }
            }
            Value::Array(items) => items.into_iter().map(|item| self.value(host, item, name, kind, person)).collect(),
            Value::Object(fields) => Value::Object(self.object(host, fields, person)),
            constant @ (Value::Null | Value::Bool(_)) => constant,
        }
    }

    fn object(&self, host: &str, fields: Map<String, Value>, person: bool) -> Map<String, Value> {
        let scrub = |(name, value): (String, Value)| {
            let value = self.value(host, value, &name, kind_of(&name, person), is_person(&name));
            (self.text(host, &name), value)
        };
        fields.into_iter().map(scrub).collect()
    }
}

fn replaced(text: &str, found: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in found {
        out.push_str(text.get(from..range.start).unwrap_or_default());
        out.push_str(SCRUBBED);
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The innermost name of a nested form field: `address[firstName]` is a first name.
fn field_of_form(name: &str) -> &str {
    name.trim_end_matches(']').rsplit('[').next().unwrap_or(name)
}

/// Replaces everything of the form `name@domain.tld`, also with the `@` percent-encoded.
fn without_emails(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, width)) = next_at(rest) {
        let (before, after) = (&rest[..at], &rest[at + width..]);
        let local = before.len() - before.trim_end_matches(is_local).len();
        let domain = after.len() - after.trim_start_matches(is_domain).len();
        let domain = after[..domain].trim_end_matches(['.', '-']).len();
        if local > 0 && after[..domain].contains('.') {
            out.push_str(&before[..at - local]);
            out.push_str(PERSONAL_EMAIL);
            rest = &after[domain..];
        } else {
            out.push_str(&rest[..at + width]);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn next_at(text: &str) -> Option<(usize, usize)> {
    let (plain, encoded) = (text.find('@').map(|at| (at, 1)), text.find("%40").map(|at| (at, 3)));
    [plain, encoded].into_iter().flatten().min()
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "._+-'".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn scrubber() -> Scrubber {
        Scrubber::new(&["tok_0123456789".into(), "xyz".into(), "4711471147".into(), String::new().into()])
    }

    fn scrub(value: &Value) -> Value {
        match scrubber().body("shop.example.com", None, value.to_string().as_bytes()) {
            Body::Json(value) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_json_body_keeps_its_shape_and_loses_secrets_people_and_the_store() {
        let body = json!({
            "data": { "order": {
                "id": 7, "number": 1001, "note": "call tok_0123456789 or Anna.B+x@mail.example.org!", "code": "xyz", "xyzzy": "axyz",
                "pin": 4_711_471_147_i64, "customer": { "id": 5, "name": "Anna B", "email": "a@b.se", "emailVerified": true },
                "shippingAddress": { "firstName": "Anna", "address1": "Storgatan 1", "zipCode": 11122, "city": "", "country": "SE", "state": null },
                "phones": [{ "phoneNumber": "+46 70" }], "phone": ["1", "2"], "addressId": 9,
                "image": "https://shop.example.com/a.jpg", "product": { "name": "Shirt" } } },
            "token": "session-1", "endCursor": "abc"
        });
        insta::assert_json_snapshot!(scrub(&body), @r#"
        {
          "data": {
            "order": {
              "id": 7,
              "number": 1001,
              "note": "call [scrubbed] or person@store.example!",
              "code": "[scrubbed]",
              "xyzzy": "axyz",
              "pin": "[scrubbed]",
              "customer": {
                "id": 5,
                "name": "[personal]",
                "email": "person@store.example",
                "emailVerified": true
              },
              "shippingAddress": {
                "firstName": "[personal]",
                "address1": "[personal]",
                "zipCode": 0,
                "city": "",
                "country": "SE",
                "state": null
              },
              "phones": [
                {
                  "phoneNumber": "[personal]"
                }
              ],
              "phone": [
                "[personal]",
                "[personal]"
              ],
              "addressId": 9,
              "image": "https://store.example/a.jpg",
              "product": {
                "name": "Shirt"
              }
            }
          },
          "token": "[scrubbed]",
          "endCursor": "abc"
        }
        "#);
    }

    #[test]
    fn urls_forms_and_texts_are_scrubbed_too() {
        let scrubber = scrubber();
        let url =
            Url::parse("https://shop.example.com/api/tok_0123456789/x?email=a%40b.se&q=tok_0123456789&page=2").unwrap();
        assert_eq!(
            scrubber.url(&url),
            "https://store.example/api/[scrubbed]/x?email=person%40store.example&q=%5Bscrubbed%5D&page=2"
        );
        let form = scrubber.body(
            "h",
            Some("application/x-www-form-urlencoded; charset=utf-8"),
            b"address%5BfirstName%5D=Anna&items[0]=sku&password=hunter2",
        );
        assert_eq!(
            form,
            Body::Text("address%5BfirstName%5D=%5Bpersonal%5D&items%5B0%5D=sku&password=%5Bscrubbed%5D".into())
        );
        let html = scrubber.body("h", Some("text/html"), b"<p>a.b@c.example. tok_0123456789 @include(if: $x) a@b</p>");
        assert_eq!(html, Body::Text("<p>person@store.example. [scrubbed] @include(if: $x) a@b</p>".into()));
        assert_eq!(scrubber.body("h", None, b"\xff\xfe"), Body::Binary { bytes: 2 });
        assert_eq!(scrubber.body("h", None, b""), Body::Empty);
        assert_eq!(format!("{scrubber:?}"), "Scrubber { .. }");
    }

    #[test]
    fn a_secret_that_begins_like_a_public_name_spoils_no_name() {
        let scrubber = Scrubber::beside(&["checkout-secret-1".into()], r#"{"checkout_secret":"checkout-api"}"#);
        for text in ["/checkout_secret", "https://shop.example/legacy/checkout-api"] {
            assert_eq!(scrubber.words(text), text);
        }
        for text in ["checkout-secret-1", "checkout-sec", "636865636b6f75742d736563"] {
            assert_eq!(scrubber.words(text), SCRUBBED, "{text}");
        }
    }

    proptest! {
        #[test]
        fn scrubbing_twice_changes_nothing_more_and_no_secret_survives(
            secret in "[a-zA-Z0-9/+_-]{6,30}", before in "[ -~]{0,20}", after in "[ -~]{0,20}",
        ) {
            let scrubber = Scrubber::new(&[secret.clone().into()]);
            let once = scrubber.text("shop.test", &format!("{before} {secret} {after}"));
            prop_assert!(!once.contains(&secret) || SCRUBBED.contains(&secret) || PERSONAL_EMAIL.contains(&secret));
            prop_assert_eq!(&scrubber.text("shop.test", &once), &once);
        }
    }
}
