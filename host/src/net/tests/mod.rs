//! Behaviour of the module as a whole, against a server of its own.

mod guard;
mod quota;
mod recording;
mod server;
mod transport;

use std::{sync::Arc, time::Duration};

use connector_api::wire::service::{Cost, Header, HttpRequest};
use secrecy::SecretString;
use tokio::time::Instant;

use super::{BudgetConfig, ConnectionNetwork, Network, NetworkPolicy, RetryPolicy, Scrubber, Shared, Tap};

/// The production policy, opened for the server of the test, with pauses that cost no time.
fn policy() -> NetworkPolicy {
    NetworkPolicy {
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        retry: RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(2), max_attempts: 3 },
        ..NetworkPolicy::default()
    }
}

fn connection(policy: NetworkPolicy) -> ConnectionNetwork {
    tapped(policy, Tap::Live, &[])
}

fn tapped(policy: NetworkPolicy, tap: Tap, secrets: &[&str]) -> ConnectionNetwork {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    let network = Arc::new(Network::new(policy).unwrap());
    ConnectionNetwork::new(network, Arc::new(Shared::new(BudgetConfig::default())), tap, Scrubber::new(&secrets))
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![],
        operation: "read".to_owned(),
        idempotent: true,
        cost: Cost::default(),
        quota: None,
        timeout_ms: None,
    }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned(), secret: false }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}
