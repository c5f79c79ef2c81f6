//! Whose request it is, as far as the network says: the peer's address, or what a proxy that is trusted says of it.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// What a proxy says of those before it, the last one last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Most addresses of such a header that are looked at.
const MOST_PROXIES: usize = 16;

/// Who shares: one address, or all of an IPv6 network that one client may have to itself.
pub(super) fn sharer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Whether an address is that of a proxy whose word counts.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The client: the last address that no trusted proxy has.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    let lines = headers.get_all(FORWARDED_FOR).iter().rev().filter_map(|line| line.to_str().ok());
    let before = lines.flat_map(|line| line.rsplit(',')).map(str::trim).take(MOST_PROXIES);
    for said in before {
        if !is_trusted(client, trusted) {
            break;
        }
        let Some(address) = address(said) else { break };
        client = address;
    }
    sharer(client)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map_or(text, |(address, _)| address);
    bare.parse().ok().or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: Vec<_> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_for_the_address_it_saw() {
        let proxies = ["10.0.0.0/8", "127.0.0.1/32"];
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &proxies), "203.0.113.9", "a stranger says it of itself");
        assert_eq!(seen("127.0.0.1", &["1.2.3.4"], &[]), "127.0.0.1", "nobody is trusted unless it is said");
        assert_eq!(seen("127.0.0.1", &["6.6.6.6, 198.51.100.7"], &proxies), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["6.6.6.6", "198.51.100.7, 10.1.1.1"], &proxies), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7:4711"], &proxies), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["rubbish"], &proxies), "127.0.0.1");
        assert_eq!(seen("::ffff:127.0.0.1", &["198.51.100.7"], &proxies), "198.51.100.7");
    }

    #[test]
    fn a_whole_network_that_one_client_may_own_counts_as_one() {
        assert_eq!(seen("2001:db8:1:2:3:4:5:6", &[], &[]), seen("2001:db8:1:2:ffff::1", &[], &[]));
        assert_ne!(seen("2001:db8:1:2::1", &[], &[]), seen("2001:db8:1:3::1", &[], &[]));
    }
}
