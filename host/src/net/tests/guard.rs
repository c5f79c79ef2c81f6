//! Where no request may go.

use std::{io, net::IpAddr, sync::Arc};

use connector_api::{ConnectorError, ErrorCode, Retry};
use futures_util::future::BoxFuture;

use super::{
    super::{BudgetConfig, ConnectionNetwork, Network, NetworkPolicy, Scrubber, Shared, Tap, resolver::Lookup},
    connection, get, header, policy,
    server::{Server, reply},
    soon,
};

/// A name service with one answer for every name.
struct Fixed(Result<Vec<IpAddr>, &'static str>);

impl Lookup for Fixed {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let answer = self.0.clone().map_err(io::Error::other);
        Box::pin(async move { answer })
    }
}

async fn send_by_name(
    policy: NetworkPolicy,
    url: &str,
    found: Result<&[&str], &'static str>,
) -> Result<u16, ConnectorError> {
    let found = found.map(|found| found.iter().map(|ip| ip.parse().unwrap()).collect());
    let lookup: Arc<dyn Lookup> = Arc::new(Fixed(found));
    let network = Arc::new(Network::with_lookup(policy, &lookup).unwrap());
    let connection =
        ConnectionNetwork::new(network, Arc::new(Shared::new(BudgetConfig::default())), Tap::Live, Scrubber::new(&[]));
    connection.send(&get(url), vec![], soon()).await.map(|(response, _)| response.status)
}

#[tokio::test]
async fn a_forbidden_literal_is_refused_before_any_connection() {
    let server = Server::start(vec![reply(200, "", "")]).await;
    let port = server.address.port();
    let strict = connection(NetworkPolicy { allow_private: vec![], ..policy() });
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/?key=planted-secret");
            let error = strict.send(&get(&url), vec![], soon()).await.unwrap_err();
            assert_eq!((error.code.clone(), error.retry), (ErrorCode::AddressForbidden, Retry::Never), "{url}");
            assert!(!error.message.contains("planted-secret"), "{error}");
        }
    }
    assert_eq!((server.connections(), strict.traffic().requests), (0, 0));
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_refused_and_nothing_is_opened() {
    let server = Server::start(vec![reply(200, "", "")]).await;
    let elsewhere = NetworkPolicy { allow_private: vec!["10.9.0.0/16".parse().unwrap()], ..policy() };
    let url = format!("http://store.test:{}/", server.address.port());
    let error = send_by_name(elsewhere, &url, Ok(&["127.0.0.1", "::1"])).await.unwrap_err();
    assert_eq!((error.code.clone(), error.retry), (ErrorCode::AddressForbidden, Retry::Never));
    assert!(error.message.starts_with("store.test resolves to an address that is not public"), "{error}");

    let closed = NetworkPolicy { allow_private: vec![], ..policy() };
    for found in [["169.254.169.254"], ["127.0.0.1"], ["::1"], ["fd00:ec2::254"], ["64:ff9b::7f00:1"]] {
        let error = send_by_name(closed.clone(), "https://localhost./", Ok(&found)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::AddressForbidden, "{found:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn plain_http_reaches_no_public_address_even_by_name() {
    let error = send_by_name(policy(), "http://store.test/", Ok(&["8.8.8.8"])).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AddressForbidden);
}

#[tokio::test]
async fn only_the_allowed_addresses_of_a_name_are_connected_to() {
    let server = Server::start(vec![reply(204, "", "")]).await;
    let url = format!("http://store.test:{}/", server.address.port());
    assert_eq!(send_by_name(policy(), &url, Ok(&["10.0.0.1", "127.0.0.1"])).await, Ok(204));
    assert!(server.seen()[0].contains(&format!("host: store.test:{}\r\n", server.address.port())));
}

#[tokio::test]
async fn a_missing_name_differs_from_a_forbidden_one_and_from_a_silent_name_service() {
    let missing = send_by_name(policy(), "https://store.test/", Err("Name or service not known")).await.unwrap_err();
    assert_eq!((missing.code, missing.retry), (ErrorCode::Unreachable, Retry::Never));
    assert_eq!(missing.message, "the name store.test does not exist; check its spelling");
    let silent = send_by_name(policy(), "https://store.test/", Err("Temporary failure in name resolution")).await;
    let silent = silent.unwrap_err();
    assert_eq!((silent.code, silent.retry), (ErrorCode::Unreachable, Retry::Backoff));
    assert!(silent.message.contains("DNS server does not respond"));
}

#[tokio::test]
async fn requests_that_break_a_rule_are_refused_without_showing_values() {
    let server = Server::start(vec![reply(200, "", "")]).await;
    let connection = connection(policy());
    let good = get(&server.url("/"));
    let with = |name: &str, value: &str| {
        let mut request = good.clone();
        request.headers = vec![header(name, value)];
        request
    };
    let (mut method, mut operation, mut many) = (good.clone(), good.clone(), good.clone());
    method.method = "CONNECT".to_owned();
    operation.operation = "../../etc".replace('.', "\n");
    many.headers = vec![header("a", "b"); 65];
    let broken = [
        with("Authorization", "Bearer planted\r\nX-Other: 1"),
        with("Host", "planted.internal"),
        with("Transfer-Encoding", "planted"),
        with("bad name planted", "1"),
        with("X-Long", &"planted".repeat(9000)),
        method,
        operation,
        many,
        get("https://"),
    ];
    for request in broken {
        let error = connection.send(&request, vec![], soon()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{error}");
        assert!(!error.message.contains("planted"), "{error}");
    }
    assert_eq!(server.connections(), 0);
}
