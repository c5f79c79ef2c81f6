//! What may stand in a channel: every mistake is named with its field.

use connector_api::FieldError;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::model::channel::LocalQuotes;

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
            (
                "frame_ancestors",
                &self.frame_ancestors,
                is_origin,
                "must be an origin such as https://channel.example: a host in lower case, perhaps a port, no pattern",
            ),
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

/// An address whose origin stands in it letter by letter, so that what is compared, what a browser opens and what stands
/// in a header are the same: a scheme, `://`, a host, perhaps a port; then a path or nothing.
struct Address<'a> {
    is_https: bool,
    host: &'a str,
    rest: &'a str,
}

impl<'a> Address<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let is_plain = text.len() <= MAX_URL && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let (scheme, behind) = text.split_once("://").filter(|_| is_plain)?;
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
        let (authority, rest) = behind.split_at(end);
        let host_ends = if authority.starts_with('[') {
            authority.find(']')? + 1
        } else {
            authority.find(':').unwrap_or(authority.len())
        };
        let (host, port) = authority.split_at(host_ends);
        let has_port = |port: &str| !port.starts_with('0') && port.parse::<u16>().is_ok();
        let is_good = is_host(host) && (port.is_empty() || port.strip_prefix(':').is_some_and(has_port));
        // Whatever else a browser would take for another address.
        let is_parsed = Url::parse(text).is_ok_and(|url| url.host_str() == Some(host));
        (is_good && is_parsed).then_some(Self { is_https, host, rest })
    }

    fn is_this_machine(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// Letters, digits, hyphens and dots, as the name system knows them; or an address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_https(text: &str) -> bool {
    Address::parse(text).is_some_and(|address| address.is_https)
}

/// https anywhere; http only to the machine the browser runs on.
fn is_redirect(text: &str) -> bool {
    Address::parse(text)
        .is_some_and(|address| !address.rest.contains('#') && (address.is_https || address.is_this_machine()))
}

/// An origin that may stand in the header that says who may frame a page; there are no patterns.
pub fn is_origin(text: &str) -> bool {
    Address::parse(text).is_some_and(|address| {
        // The header's grammar has no addresses in brackets.
        let is_named = !address.host.starts_with('[');
        address.rest.is_empty() && is_named && (address.is_https || address.is_this_machine())
    })
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
            "https:evil",
            "https:/evil.example/",
            "https:///x",
            "https://",
            "https://?x",
            "https://a.example\\@evil.example/",
            "https://a.example:/",
            "https://a.example:0443/",
            "https://a.example:99999/",
            "https://a%2eexample/",
            "https://A.example/",
            "HTTPS://a.example/",
            "https://a..example/",
            "https://-a.example/",
            "https://a_b.example/",
            "https://0x7f.1/",
            "https://[::1/",
        ] {
            assert!(!is_redirect(bad), "{bad}");
        }
    }

    #[test]
    fn who_may_frame_the_page_is_named_whole_and_cannot_add_to_the_policy() {
        for good in
            ["https://a.example", "https://a-1.b.example:8443", "http://localhost:3000", "http://127.0.0.1:3000"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "https://*",
            "https://*.example",
            "https://*.a.example",
            "https://a;sandbox",
            "https://a,b",
            "https://'self'",
            "'self'",
            "https:",
            "https://a.example/",
            "https://a.example?",
            "https://a.example#",
            "https://a.example:*",
            "https://[::1]",
            "http://a.example",
            "data:",
            "*",
            "",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        let logo = |url: &str| ChannelProfile { name: "x".into(), logo_url: Some(url.into()), ..Default::default() };
        assert_eq!(logo("https://cdn.example/logo.png?v=2#x").mistakes(), []);
        for bad in
            ["https:evil", "https:///x", "https://", "http://localhost/x", "https://a;b/", "https://a.example\\x"]
        {
            assert_eq!(logo(bad).mistakes().len(), 1, "{bad}");
        }
    }
}
