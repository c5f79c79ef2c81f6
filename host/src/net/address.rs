//! Which addresses the host may speak to: the guard against server-side request forgery.
//!
//! A merchant types the store's address, so it must not lead into the host's own network. Names are checked where they
//! are resolved (`resolver.rs`); IP literals never reach a resolver and are checked here, before every request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use super::policy::NetworkPolicy;

/// Longest address that is looked at.
const MAX_URL_BYTES: usize = 8 * 1024;

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 ranges that are not the public internet, by the IANA special-purpose registry.
const FORBIDDEN_V4: [Ipv4Net; 19] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(168, 63, 129, 16, 32), // looks public, but is a cloud's metadata service inside its machines
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// The only IPv6 range that is the public internet: everything else is refused unseen, among it loopback, unique local,
/// link-local and multicast addresses and those that carry an IPv4 address (mapped, compatible, NAT64).
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Ranges inside [`PUBLIC_V6`] that are not public or lead on to an IPv4 address.
const FORBIDDEN_V6: [Ipv6Net; 5] = [
    v6(0x2001, 0, 0, 23), // protocol assignments, Teredo among them
    v6(0x2001, 0xdb8, 0, 32),
    v6(0x2002, 0, 0, 16), // 6to4
    v6(0x2620, 0x4f, 0x8000, 48),
    v6(0x3fff, 0, 0, 20),
];

/// Why an address may not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefusal {
    /// It cannot be read.
    #[error("the address cannot be read; it must look like https://store.example")]
    Unreadable,
    /// It is too long.
    #[error("the address is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Another scheme than https.
    #[error("the address starts with {0}://, but only https:// is allowed")]
    Scheme(String),
    /// A user name or password stands in it.
    #[error("the address holds a user name or password before the @; remove it")]
    UserInfo,
    /// Another port than 443.
    #[error("the address names port {0}, but only 443 is allowed; remove it")]
    Port(u16),
    /// An IP address outside the public internet.
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
}

/// Whether the address is part of the public internet.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !FORBIDDEN_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => PUBLIC_V6.contains(&ip) && !FORBIDDEN_V6.iter().any(|net| net.contains(&ip)),
    }
}

/// Whether the address is one the policy opens although it is not public.
pub(super) fn is_allowed_private(ip: IpAddr, allow_private: &[IpNet]) -> bool {
    allow_private.iter().any(|net| net.contains(&ip))
}

/// Whether the host may connect to an IP address on the https port.
pub fn check_ip(ip: IpAddr, policy: &NetworkPolicy) -> Result<(), AddressRefusal> {
    if is_public(ip) || is_allowed_private(ip, &policy.allow_private) {
        Ok(())
    } else {
        Err(AddressRefusal::NotPublic(ip))
    }
}

/// Which addresses a request may end at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// https on port 443: public addresses and those of `allow_private`.
    Standard,
    /// Plain http or another port: addresses of `allow_private` only.
    PrivateOnly,
}

/// Reads an address as browsers do and refuses it unless the host may send a request there.
///
/// A name passes here and is checked again when it is resolved; an IP literal in any spelling is decided here.
pub fn check_url(text: &str, policy: &NetworkPolicy) -> Result<Url, AddressRefusal> {
    reach_of(text, policy).map(|(url, _)| url)
}

/// As [`check_url`], with the addresses that the name may resolve to.
pub(super) fn reach_of(text: &str, policy: &NetworkPolicy) -> Result<(Url, Reach), AddressRefusal> {
    if text.len() > MAX_URL_BYTES {
        return Err(AddressRefusal::TooLong);
    }
    let url = Url::parse(text).map_err(|_| AddressRefusal::Unreadable)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(AddressRefusal::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressRefusal::UserInfo);
    }
    let literal = match url.host().ok_or(AddressRefusal::Unreadable)? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        Host::Domain(_) => None,
    };
    let irregular = match (url.scheme(), url.port()) {
        ("http", _) => Some(AddressRefusal::Scheme("http".to_owned())),
        (_, Some(port)) => Some(AddressRefusal::Port(port)),
        (_, None) => None,
    };
    match (literal, irregular) {
        (Some(ip), _) if is_allowed_private(ip, &policy.allow_private) => Ok((url, Reach::PrivateOnly)),
        (None, Some(_)) if !policy.allow_private.is_empty() => Ok((url, Reach::PrivateOnly)),
        (_, Some(refusal)) => Err(refusal),
        (Some(ip), None) if !is_public(ip) => Err(AddressRefusal::NotPublic(ip)),
        (_, None) => Ok((url, Reach::Standard)),
    }
}
