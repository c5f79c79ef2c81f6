//! Takes secrets, personal data and the store's name out of what is recorded.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use super::{
    exchange::{Body, PLACEHOLDER_HOST},
    personal::{FieldKind, is_identifier, is_person, kind_of},
    secret_forms::{SHORTEST_ANYWHERE, forms_of},
};

/// Stands where a secret was.
pub(super) const SCRUBBED: &str = "[scrubbed]";
/// Stands where personal data was.
pub(super) const PERSONAL: &str = "[personal]";
/// Stands where an e-mail address was, so that what reads it still finds one.
pub(super) const PERSONAL_EMAIL: &str = "person@store.example";

/// Knows the secrets of a connection and removes them, whatever their spelling. Scrubbing twice changes nothing more.
pub struct Scrubber {
    forms: Vec<Zeroizing<String>>,
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
        let (mut forms, mut short) = (Vec::new(), Vec::new());
        for secret in secrets.iter().map(|secret| secret.expose_secret().trim()).filter(|secret| !secret.is_empty()) {
            if secret.len() < SHORTEST_ANYWHERE {
                short.push(Zeroizing::new(secret.to_owned()));
            } else {
                forms.extend(forms_of(secret));
            }
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms, short }
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
        if self.short.iter().any(|secret| secret.as_str() == text) {
            return SCRUBBED.to_owned();
        }
        let mut out = text.to_owned();
        for form in self.forms.iter().filter(|form| !form.is_empty()) {
            if out.contains(form.as_str()) {
                out = out.replace(form.as_str(), SCRUBBED);
            }
        }
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
