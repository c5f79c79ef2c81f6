//! What may stand in a channel: every mistake is named with its field.

use connector_api::FieldError;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::store::channel::LocalQuotes;

/// Most entries of each list of a channel.
const MAX_ENTRIES: usize = 50;
const MAX_NAME: usize = 80;
const MAX_URL: usize = 2_000;

/// What a channel is made from.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelProfile {
    /// Name that merchants read; 1 to 80 characters.
    pub name: String,
    /// Square picture, https.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// Colour of its buttons, `#rrggbb`.
    #[serde(default)]
    pub accent_color: Option<String>,
    /// Where merchants may be sent back to; https, or http on this machine for tests. Compared letter by letter.
    #[serde(default)]
    pub redirect_urls: Vec<String>,
    /// Connectors its merchants may use; all when empty.
    #[serde(default)]
    pub allowed_connectors: Vec<String>,
    /// Origins whose pages may show the connect page in a frame, such as `https://channel.example`.
    #[serde(default)]
    pub frame_ancestors: Vec<String>,
    /// What becomes of quotes with parts that the platform did not compute; `flag` when absent.
    #[serde(default)]
    pub local_quotes: LocalQuotes,
}

impl ChannelProfile {
    /// Every mistake, with its field.
    pub fn mistakes(&self) -> Vec<FieldError> {
        let mut found = vec![];
        let name = self.name.trim().chars().count();
        if name == 0 || name > MAX_NAME || self.name.chars().any(char::is_control) {
            found.push(FieldError::new("/name", "length", "must have 1 to 80 characters"));
        }
        if self.logo_url.as_deref().is_some_and(|url| !is_https(url)) {
            found.push(FieldError::new("/logo_url", "format", "must be an address that begins with https://"));
        }
        if self.accent_color.as_deref().is_some_and(|color| !is_color(color)) {
            found.push(FieldError::new("/accent_color", "pattern", "must be a colour such as #1a7f37"));
        }
        let lists = [
            (
                "redirect_urls",
                &self.redirect_urls,
                is_redirect as fn(&str) -> bool,
                "must be an https:// address without fragment and user (http:// only on this machine)",
            ),
            ("allowed_connectors", &self.allowed_connectors, is_connector, "must be the id of a connector"),
            ("frame_ancestors", &self.frame_ancestors, is_origin, "must be an origin such as https://channel.example"),
        ];
        for (field, entries, is_good, problem) in lists {
            if entries.len() > MAX_ENTRIES {
                found.push(FieldError::new(format!("/{field}"), "too_many", "may have at most 50 entries"));
            }
            for (index, _) in entries.iter().enumerate().filter(|(_, entry)| !is_good(entry)) {
                found.push(FieldError::new(format!("/{field}/{index}"), "format", problem));
            }
        }
        found
    }
}

fn parsed(text: &str) -> Option<Url> {
    // What the parser would mend (white space, a tab inside) must not differ from what is compared later.
    let is_plain = text.len() <= MAX_URL && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain
        .then(|| Url::parse(text).ok())
        .flatten()
        .filter(|url| url.username().is_empty() && url.password().is_none())
}

fn is_https(text: &str) -> bool {
    parsed(text).is_some_and(|url| url.scheme() == "https")
}

/// https anywhere; http only to the machine the browser runs on.
fn is_redirect(text: &str) -> bool {
    parsed(text).is_some_and(|url| {
        url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)))
    })
}

fn is_origin(text: &str) -> bool {
    parsed(text).is_some_and(|url| {
        (url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)))
            && url.origin().ascii_serialization() == text
    })
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn is_connector(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let profile = ChannelProfile {
            name: " ".into(),
            logo_url: Some("http://cdn.example/logo.png".into()),
            accent_color: Some("red".into()),
            redirect_urls: vec!["https://a.example/back?x=1".into(), "javascript:alert(1)".into()],
            allowed_connectors: vec!["Not An Id".into()],
            frame_ancestors: vec!["https://a.example/path".into(), "*".into(), "https://a.example".into()],
            ..ChannelProfile::default()
        };
        let found: Vec<_> = profile.mistakes().into_iter().map(|mistake| mistake.pointer).collect();
        assert_eq!(
            found,
            [
                "/name",
                "/logo_url",
                "/accent_color",
                "/redirect_urls/1",
                "/allowed_connectors/0",
                "/frame_ancestors/0",
                "/frame_ancestors/1"
            ]
        );
    }

    #[test]
    fn redirects_go_to_https_or_to_this_machine() {
        for good in ["https://a.example/", "http://127.0.0.1:9/back", "http://localhost/x", "http://[::1]:1/"] {
            assert!(is_redirect(good), "{good}");
        }
        for bad in [
            "http://a.example/",
            "https://user@a.example/",
            "https://a.example/#x",
            "https://a.example/ b",
            "//a.example",
            "data:text/html,x",
            "http://localhost.evil.example/",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }
}
