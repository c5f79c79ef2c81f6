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
    #[error("the address is not valid; it must look like https://store.example")]
    Unreadable,
    /// It is too long.
    #[error("the address is longer than {MAX_URL_BYTES} bytes")]
    TooLong,
    /// Another scheme than https.
    #[error("the address starts with {0}://, but only https:// is allowed")]
    Scheme(String),
    /// A user name or password stands in it.
    #[error("the address contains a user name or password before the @; remove it")]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, AddressRefusal> {
        check_url(text, &NetworkPolicy::default()).map(String::from)
    }

    fn demo() -> NetworkPolicy {
        NetworkPolicy { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..NetworkPolicy::default() }
    }

    #[test]
    fn every_spelling_of_a_private_literal_is_refused() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0x7F.0.0.1",
            "0177.0.0.1",
            "017700000001",
            "127.1",
            "127.0.1",
            "127.0.0.1.",
            "１２７.０.０.１",
            "127。0。0。1",
            "127.0.0.①",
            "%31%32%37.0.0.1",
            "0",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "0xA9FEA9FE",
            "168.63.129.16",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.19.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:8.8.8.8]",
            "[::127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::808:808]",
            "[64:ff9b:1::a00:1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "[2001:20::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
            "[4000::1]",
        ] {
            let answer = check(&format!("https://{host}/graphql"));
            assert!(matches!(answer, Err(AddressRefusal::NotPublic(_))), "{host}: {answer:?}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for (text, read) in [
            ("https://store.example/graphql", "https://store.example/graphql"),
            (" https://STORE.example:443/a?b=c ", "https://store.example/a?b=c"),
            ("https://8.8.8.8/", "https://8.8.8.8/"),
            ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"),
            ("https://9.255.255.255", "https://9.255.255.255/"),
            ("https://172.15.255.255", "https://172.15.255.255/"),
            ("https://172.32.0.0", "https://172.32.0.0/"),
            ("https://100.128.0.0", "https://100.128.0.0/"),
            ("https://198.20.0.0", "https://198.20.0.0/"),
            ("https://blåbär.example/", "https://xn--blbr-noae.example/"),
            // Names are decided where they are resolved.
            ("https://localhost./", "https://localhost./"),
            ("https://localhost/", "https://localhost/"),
            ("https://store.example./", "https://store.example./"),
        ] {
            assert_eq!(check(text).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn other_schemes_ports_and_user_info_are_refused() {
        use AddressRefusal::{Port, Scheme, TooLong, Unreadable, UserInfo};
        for (text, refusal) in [
            ("http://store.example/", Scheme("http".into())),
            ("http://127.0.0.1/", Scheme("http".into())),
            ("ftp://store.example/", Scheme("ftp".into())),
            ("file:///etc/passwd", Scheme("file".into())),
            ("javascript:alert(1)", Scheme("javascript".into())),
            ("https://store.example:8443/", Port(8443)),
            ("https://store.example:80/", Port(80)),
            ("https://127.0.0.1:8443/", Port(8443)),
            ("https://user@store.example/", UserInfo),
            ("https://user:password@store.example/", UserInfo),
            ("https://:password@store.example/", UserInfo),
            ("https://store.example\\@127.0.0.1:80@x/", Unreadable),
            ("https://", Unreadable),
            ("store.example", Unreadable),
            ("", Unreadable),
            ("https://[fe80::1%25eth0]/", Unreadable),
            ("https://127.0.0.256/", Unreadable),
            ("https://1.2.3.4.5/", Unreadable),
            (format!("https://store.example/{}", "a".repeat(9000)).as_str(), TooLong),
        ] {
            // A backslash ends the host in a browser's reading: `store.example` remains, which is a name like any other.
            let expected =
                if text.contains('\\') { Ok("https://store.example/@127.0.0.1:80@x/".into()) } else { Err(refusal) };
            assert_eq!(check(text), expected, "{text}");
        }
    }

    #[test]
    fn allowed_networks_open_http_and_ports_for_themselves_only() {
        let reach = |text: &str| reach_of(text, &demo()).map(|(_, reach)| reach);
        assert_eq!(reach("http://127.0.0.1:8080/"), Ok(Reach::PrivateOnly));
        assert_eq!(reach("https://127.0.0.1/"), Ok(Reach::PrivateOnly));
        assert_eq!(reach("http://localhost:8080/"), Ok(Reach::PrivateOnly));
        assert_eq!(reach("https://store.example/"), Ok(Reach::Standard));
        assert_eq!(reach("http://8.8.8.8/"), Err(AddressRefusal::Scheme("http".into())));
        assert_eq!(reach("https://8.8.8.8:8443/"), Err(AddressRefusal::Port(8443)));
        assert_eq!(reach("https://10.0.0.1/"), Err(AddressRefusal::NotPublic("10.0.0.1".parse().unwrap())));
        assert_eq!(reach("http://user@127.0.0.1:8080/"), Err(AddressRefusal::UserInfo));
        let mapped = "::ffff:127.0.0.1".parse().unwrap();
        assert_eq!(reach("https://[::ffff:127.0.0.1]/"), Err(AddressRefusal::NotPublic(mapped)));
        assert_eq!(check_ip("127.9.9.9".parse().unwrap(), &demo()), Ok(()));
        assert_eq!(check_ip(mapped, &demo()), Err(AddressRefusal::NotPublic(mapped)));
    }
}
