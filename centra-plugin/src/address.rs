//! The store URL and the secrets as merchants paste them, made into what can be used.
//!
//! Plain http and other ports are let through for loopback hosts alone: the host's network guard decides whether it
//! talks to them at all (it does so only for demonstrations).

use connector_api::{ConnectorError, ErrorCode};
use url::{Host, Url};

/// The address of a Centra environment: scheme and host, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreAddress(Url);

/// Why a text is no store URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Nothing was given.
    #[error("The store URL is missing.")]
    Missing,
    /// It cannot be read as an address.
    #[error("The store URL is not a web address.")]
    Unreadable,
    /// Its scheme is not https.
    #[error("The store URL must start with https://, not {0}:.")]
    Scheme(String),
    /// It holds a user name or password.
    #[error("The store URL must not contain a user name or password.")]
    UserInfo,
    /// It names a port.
    #[error("The store URL must not name port {0}: only https on port 443 is used.")]
    Port(u16),
    /// It is a name without a domain, or no name at all. It is not repeated: a token may have been pasted into the wrong field.
    #[error("The store URL is not a full host name such as yourbrand.centra.com.")]
    Host,
}

impl InvalidAddress {
    /// What to do.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "Begin the address with https://, such as https://yourbrand.centra.com.",
            _ => "Enter the address of your Centra AMS, such as https://yourbrand.centra.com.",
        }
    }

    /// As an error of an operation.
    pub fn into_error(self) -> ConnectorError {
        let text = self.to_string();
        ConnectorError::new(ErrorCode::ConfigInvalid, text.clone()).at_field("/store_url", "invalid", text)
    }
}

impl StoreAddress {
    /// Reads a pasted address: adds https, drops everything after the host, lower-cases it.
    pub fn read(pasted: &str) -> Result<Self, InvalidAddress> {
        let text = clean(pasted);
        if text.is_empty() {
            return Err(InvalidAddress::Missing);
        }
        let with_scheme = match scheme_of(&text) {
            Some(scheme) if scheme == "https" || scheme == "http" => text.clone(),
            Some(scheme) => return Err(InvalidAddress::Scheme(scheme)),
            None => format!("https://{}", text.trim_start_matches('/')),
        };
        let mut url = Url::parse(&with_scheme).map_err(|_| InvalidAddress::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidAddress::UserInfo);
        }
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        if let Some(name) = url.host_str().and_then(|name| name.strip_suffix('.')).map(str::to_owned) {
            url.set_host(Some(&name)).map_err(|_| InvalidAddress::Unreadable)?;
        }
        let host = url.host().ok_or(InvalidAddress::Unreadable)?;
        if is_loopback(&host) {
            return Ok(Self(url));
        }
        match &host {
            Host::Domain(name) if is_full_name(name) => {}
            _ => return Err(InvalidAddress::Host),
        }
        if url.scheme() != "https" {
            return Err(InvalidAddress::Scheme(url.scheme().to_owned()));
        }
        match url.port() {
            None => Ok(Self(url)),
            Some(port) => Err(InvalidAddress::Port(port)),
        }
    }

    /// Such as `https://yourbrand.centra.com`, without a slash at the end.
    pub fn base(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host name, with the port where there is one.
    pub fn host(&self) -> String {
        let name = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
    }

    /// Where the Integration API answers.
    pub fn graphql(&self) -> String {
        format!("{}/graphql", self.base())
    }

    /// A resource of the Checkout API plugin.
    pub fn checkout(&self, plugin_path: &str, resource: &str) -> String {
        format!("{}/api/{plugin_path}/{resource}", self.base())
    }
}

/// A pasted secret without what is never part of one: spaces, invisible characters, quotes, `Bearer `.
pub fn clean_secret(pasted: &str) -> String {
    let text = clean(pasted);
    let bare = match text.split_once(char::is_whitespace) {
        Some((word, rest)) if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("bearer:") => {
            clean(rest)
        }
        _ => text,
    };
    let header = "authorization:";
    match bare.get(..header.len()) {
        Some(start) if start.eq_ignore_ascii_case(header) => clean_secret(&bare[header.len()..]),
        _ => bare,
    }
}

fn clean(pasted: &str) -> String {
    let visible: String = pasted.chars().filter(|letter| !is_invisible(*letter)).collect();
    let mut text = visible.trim();
    loop {
        let bare = text
            .trim_matches(|letter: char| {
                matches!(letter, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '«' | '»' | '<' | '>')
            })
            .trim();
        if bare == text {
            return text.to_owned();
        }
        text = bare;
    }
}

/// Zero-width and formatting characters that come along with copied text.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}')
        || (letter.is_control() && !letter.is_whitespace())
}

/// The scheme in front of `:`, unless what follows makes it a host with a port.
fn scheme_of(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let looks_like_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-".contains(letter));
    let is_port = rest.starts_with(|first: char| first.is_ascii_digit()) && !rest.starts_with("//");
    (looks_like_scheme && !is_port).then(|| scheme.to_ascii_lowercase())
}

fn is_full_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.contains('.') && name.len() <= 253 && name.split('.').all(is_label)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
