//! Names to addresses, forbidden ones removed.
//!
//! The filter sits inside the HTTP client's own resolver, so the address that was checked is the one connected to: a
//! name server that changes its answer in between gains nothing.

use std::{
    error::Error as StdError,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Reach, is_allowed_private, is_public};

/// Asks the name service; replaced in tests.
pub(super) trait Lookup: Send + Sync + 'static {
    /// Every address of the name.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The name service of the machine.
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// Why a name leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ResolveError {
    /// No such name.
    #[error("the name does not exist")]
    NotFound,
    /// The name service fails for the moment.
    #[error("the DNS server does not respond")]
    Unavailable,
    /// It has addresses, but none that may be used.
    #[error("the name resolves to addresses that are not allowed")]
    Forbidden,
}

/// The resolver of one reqwest client.
pub(super) struct GuardedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) reach: Reach,
    pub(super) allow_private: Arc<[IpNet]>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, reach, allow_private) = (Arc::clone(&self.lookup), self.reach, Arc::clone(&self.allow_private));
        Box::pin(async move {
            let found = lookup.lookup(name.as_str().to_owned()).await.map_err(|error| classify(&error));
            let usable = found.and_then(|found| keep_usable(&found, reach, &allow_private));
            let addresses: Addrs = Box::new(usable.map_err(Box::<dyn StdError + Send + Sync>::from)?.into_iter());
            Ok(addresses)
        })
    }
}

fn keep_usable(found: &[IpAddr], reach: Reach, allow_private: &[IpNet]) -> Result<Vec<SocketAddr>, ResolveError> {
    if found.is_empty() {
        return Err(ResolveError::NotFound);
    }
    let usable: Vec<SocketAddr> = found
        .iter()
        .filter(|ip| is_allowed_private(**ip, allow_private) || (reach == Reach::Standard && is_public(**ip)))
        .map(|ip| SocketAddr::new(*ip, 0))
        .collect();
    if usable.is_empty() { Err(ResolveError::Forbidden) } else { Ok(usable) }
}

/// The system reports a failed look-up as text only; "temporary" is what every C library says for `EAI_AGAIN`.
fn classify(error: &io::Error) -> ResolveError {
    let text = error.to_string().to_ascii_lowercase();
    if text.contains("temporary") || text.contains("try again") || error.kind() == io::ErrorKind::TimedOut {
        ResolveError::Unavailable
    } else {
        ResolveError::NotFound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(found: &[&str], reach: Reach) -> Result<Vec<String>, ResolveError> {
        let found: Vec<IpAddr> = found.iter().map(|ip| ip.parse().unwrap()).collect();
        let kept = keep_usable(&found, reach, &["127.0.0.0/8".parse().unwrap()])?;
        Ok(kept.iter().map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn forbidden_addresses_are_dropped_and_nothing_but_those_is_an_error() {
        let mixed = ["10.0.0.1", "8.8.8.8", "127.0.0.1", "fe80::1"];
        assert_eq!(keep(&mixed, Reach::Standard).unwrap(), ["8.8.8.8", "127.0.0.1"]);
        assert_eq!(keep(&mixed, Reach::PrivateOnly).unwrap(), ["127.0.0.1"]);
        assert_eq!(keep(&["8.8.8.8"], Reach::PrivateOnly), Err(ResolveError::Forbidden));
        assert_eq!(keep(&["169.254.169.254", "::1"], Reach::Standard), Err(ResolveError::Forbidden));
        assert_eq!(keep(&[], Reach::Standard), Err(ResolveError::NotFound));
    }

    #[test]
    fn a_failing_name_service_differs_from_a_missing_name() {
        let of = |text: &str| classify(&io::Error::other(text.to_owned()));
        let prefix = "failed to lookup address information";
        assert_eq!(of(&format!("{prefix}: Temporary failure in name resolution")), ResolveError::Unavailable);
        assert_eq!(of(&format!("{prefix}: Try again")), ResolveError::Unavailable);
        assert_eq!(of(&format!("{prefix}: Name or service not known")), ResolveError::NotFound);
    }
}
