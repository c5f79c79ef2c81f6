//! Answers, limits, retries and errors of the transport.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ErrorCode, Retry,
    wire::service::{QuotaKind, QuotaReport, QuotaWindow},
};
use tokio::{net::TcpListener, time::Instant};

use super::{
    super::{BudgetConfig, ConnectionNetwork, Network, NetworkPolicy, RetryPolicy, Scrubber, Tap, Traffic},
    connection, get, header, policy,
    server::{Reply, Server, reply},
    soon,
};

/// `hello hello …` (6000 bytes) and a hundred thousand zeros, by gzip.
const GZIP_HELLO: &str = "H4sIAAAAAAACA+3EMQ0AAAgDMCuYI+FYgv8PEbzt0elka2zbtm3btm3b9uMDwTcMQHAXAAA=";
const GZIP_ZEROS: &str = "H4sIAAAAAAACA+3BMQEAAADCoPVPbQ0PoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBXA32VEdSghgEA";

fn unbase64(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()
}

#[tokio::test]
async fn an_answer_comes_back_whole_whatever_its_status() {
    let server = Server::start(vec![reply(404, "X-Kind: a\r\nSet-Cookie: s=1\r\n", "not here")]).await;
    let mut request = get(&server.url("/a?b=c"));
    request.method = "POST".to_owned();
    request.headers = vec![header("X-Own", "1"), header("Content-Type", "application/json")];
    let connection = connection(policy());
    let (response, body) = connection.send(&request, b"{\"a\":1}".to_vec(), soon()).await.unwrap();
    assert_eq!((response.status, response.retries, body.as_slice()), (404, 0, b"not here".as_slice()));
    let of = |name: &str| response.headers.iter().find(|header| header.name == name).unwrap().clone();
    assert_eq!((of("x-kind").value, of("x-kind").secret, of("set-cookie").secret), ("a".to_owned(), false, true));
    let seen = server.seen().remove(0);
    assert!(seen.starts_with("POST /a?b=c HTTP/1.1\r\n") && seen.ends_with("\r\n\r\n{\"a\":1}"), "{seen}");
    assert!(seen.contains("x-own: 1\r\n") && seen.contains("user-agent: connector-host/") && !seen.contains("referer"));
    assert_eq!(connection.traffic(), Traffic { requests: 1, retries: 0, waits: 0, asked: 1, answered: 0, absent: 1 });
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let target = Server::start(vec![reply(200, "", "caught")]).await;
    let server = Server::start(vec![reply(302, &format!("Location: {}\r\n", target.url("/")), "")]).await;
    let (response, _) = connection(policy()).send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked_and_bounded_by_its_unpacked_size() {
    let gzip = "Content-Encoding: gzip\r\n";
    let server =
        Server::start(vec![reply(200, gzip, unbase64(GZIP_HELLO)), reply(200, gzip, unbase64(GZIP_ZEROS))]).await;
    let connection = connection(NetworkPolicy { max_body: 10_000, ..policy() });
    let (response, body) = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!(body, "hello ".repeat(1000).as_bytes());
    assert!(response.headers.iter().all(|header| header.name != "content-encoding" && header.name != "content-length"));
    let error = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::TooLarge, Retry::Never));
    assert_eq!(connection.traffic().requests, 2, "too large is not retried");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_a_length() {
    let chunked =
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n6\r\nbbbbbb\r\n0\r\n\r\n".to_vec();
    let server =
        Server::start(vec![reply(200, "", "0123456789"), reply(200, "", "0123456789a"), Reply::Bytes(chunked)]).await;
    let connection = connection(NetworkPolicy { max_body: 10, max_request_body: 3, ..policy() });
    let request = get(&server.url("/"));
    assert_eq!(connection.send(&request, vec![], soon()).await.unwrap().1.len(), 10);
    for _ in 0..2 {
        let error = connection.send(&request, vec![], soon()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge);
        assert!(error.message.contains("127.0.0.1 answered with more than 10 bytes"), "{error}");
    }
    let error = connection.send(&request, b"four".to_vec(), soon()).await.unwrap_err();
    assert_eq!((error.code, server.connections()), (ErrorCode::TooLarge, 3));
}

#[tokio::test]
async fn a_stalled_answer_times_out_and_is_tried_again() {
    let stalled = || Reply::Stall(b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc".to_vec());
    let server = Server::start(vec![Reply::Stall(vec![]), stalled(), reply(200, "", "at last")]).await;
    let connection = connection(NetworkPolicy { total_timeout: Duration::from_millis(150), ..policy() });
    let (response, body) = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!((response.retries, body.as_slice()), (2, b"at last".as_slice()));

    let silent = Server::start(vec![stalled()]).await;
    let mut request = get(&silent.url("/"));
    request.timeout_ms = Some(100);
    let error = connection.send(&request, vec![], soon()).await.unwrap_err();
    assert_eq!((error.code.clone(), error.retry), (ErrorCode::Timeout, Retry::Backoff), "{error}");
}

#[tokio::test]
async fn after_the_deadline_nothing_is_sent() {
    let server = Server::start(vec![reply(200, "", "")]).await;
    let connection = connection(policy());
    let error = connection.send(&get(&server.url("/")), vec![], Instant::now()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert_eq!((server.connections(), connection.traffic().requests), (0, 0));
}

#[tokio::test]
async fn a_spent_quota_is_reported_without_sending() {
    let server = Server::start(vec![reply(200, "", "")]).await;
    let connection = connection(policy());
    let spent = QuotaWindow { kind: QuotaKind::Requests, interval_s: 3600, quota: 100, remaining: 0 };
    connection.report_quota(&QuotaReport { windows: vec![spent], ..QuotaReport::default() });
    let error = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(matches!(error.retry, Retry::After { ms } if ms > 60_000), "{error:?}");
    assert_eq!((server.connections(), connection.traffic().requests), (0, 0));
}

#[tokio::test]
async fn a_quota_with_a_name_holds_up_no_other_requests() {
    let server = Server::start(vec![reply(200, "", ""), reply(200, "", "")]).await;
    let connection = connection(policy());
    let mut carts = get(&server.url("/carts"));
    carts.quota = Some("carts".to_owned());
    let spent = QuotaWindow { kind: QuotaKind::Requests, interval_s: 3600, quota: 100, remaining: 0 };
    let report = |quota: Option<&str>| QuotaReport {
        quota: quota.map(str::to_owned),
        windows: vec![spent.clone()],
        ..QuotaReport::default()
    };
    connection.report_quota(&report(Some("carts")));
    let error = connection.send(&carts, vec![], soon()).await.unwrap_err();
    assert_eq!((error.code, server.connections()), (ErrorCode::RateLimited, 0));
    connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    // The other way round, with a quota nobody has reported.
    connection.report_quota(&report(None));
    connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    carts.quota = Some("orders".to_owned());
    connection.send(&carts, vec![], soon()).await.unwrap();
}

#[tokio::test]
async fn a_truncated_answer_is_tried_again() {
    let truncated = || Reply::Bytes(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nabc".to_vec());
    let server = Server::start(vec![truncated(), reply(200, "", "whole"), truncated()]).await;
    let connection = connection(policy());
    let (response, body) = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!((response.retries, body.as_slice()), (1, b"whole".as_slice()));
    let mut once = get(&server.url("/"));
    once.idempotent = false;
    let error = connection.send(&once, vec![], soon()).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::PlatformUnavailable, Retry::Backoff));
    assert_eq!(server.connections(), 3, "what is not idempotent is sent once");
}

#[tokio::test]
async fn a_refusal_is_followed_by_another_attempt_after_the_asked_pause() {
    let server = Server::start(vec![
        reply(429, "Retry-After: 0.05\r\n", ""),
        reply(503, "", ""),
        reply(200, "", "yes"),
        reply(500, "", "1"),
        reply(500, "", "2"),
        reply(500, "", "3"),
    ])
    .await;
    let connection = connection(policy());
    let started = Instant::now();
    let (response, _) = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!((response.status, response.retries), (200, 2));
    assert!(started.elapsed() >= Duration::from_millis(50));
    let (response, body) = connection.send(&get(&server.url("/")), vec![], soon()).await.unwrap();
    assert_eq!((response.status, response.retries, body.as_slice()), (500, 2, b"3".as_slice()));
    assert_eq!(connection.traffic(), Traffic { requests: 6, retries: 4, waits: 0, asked: 2, answered: 1, absent: 0 });
}

#[tokio::test]
async fn a_pause_beyond_the_deadline_is_handed_back_at_once() {
    let server =
        Server::start(vec![reply(429, "Retry-After: 600\r\n", ""), reply(503, "Retry-After: 900\r\n", "")]).await;
    let busy = connection(policy());
    let error = busy.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::RateLimited, Retry::After { ms: 600_000 }));
    let error = busy.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert!(matches!(error.retry, Retry::After { ms } if ms > 590_000), "{error:?}");
    assert_eq!(server.connections(), 1, "after the refusal nothing is sent");

    let error = connection(policy()).send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    assert_eq!((error.code, error.retry), (ErrorCode::PlatformUnavailable, Retry::After { ms: 900_000 }));
}

#[tokio::test]
async fn what_a_platform_asks_of_one_handle_binds_all_others_of_the_connection() {
    let server = Server::start(vec![reply(429, "Retry-After: 600\r\n", "")]).await;
    let network = Arc::new(Network::new(policy()).unwrap());
    let handle = || {
        let shared = network.shared("conn_1", BudgetConfig::default());
        ConnectionNetwork::new(Arc::clone(&network), shared, Tap::Live, Scrubber::new(&[]))
    };
    let (sync, check) = (handle(), handle());
    sync.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
    drop(sync);
    for handle in [check, handle()] {
        let error = handle.send(&get(&server.url("/")), vec![], soon()).await.unwrap_err();
        assert!(matches!(error.retry, Retry::After { ms } if ms > 590_000), "{error:?}");
    }
    assert_eq!(server.connections(), 1, "nothing was sent after the refusal");
}

#[tokio::test]
async fn a_platform_that_refuses_and_asks_for_no_pause_is_asked_seldom() {
    let past = "Retry-After: Sun, 01 Mar 2009 12:00:00 GMT\r\n";
    let server =
        Server::start((0..60).map(|n| reply(429, if n % 2 == 0 { "Retry-After: 0\r\n" } else { past }, "")).collect())
            .await;
    let retry = RetryPolicy::default();
    let busy = connection(NetworkPolicy { retry, ..policy() });
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let error = busy.send(&get(&server.url("/")), vec![], until).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::RateLimited);
        tokio::task::yield_now().await;
    }
    assert!(server.connections() <= 5, "{} requests in two seconds", server.connections());
}

#[tokio::test]
async fn what_is_not_idempotent_is_sent_again_only_when_nobody_can_have_seen_it() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let connection = connection(policy());
    let mut request = get(&format!("http://{address}/?key=planted-secret"));
    request.idempotent = false;
    request.headers = vec![header("Authorization", "Bearer planted-secret")];
    let error = connection.send(&request, b"planted-secret".to_vec(), soon()).await.unwrap_err();
    assert_eq!((error.code.clone(), error.retry), (ErrorCode::Unreachable, Retry::Backoff));
    assert!(error.message.starts_with("127.0.0.1 refuses connections"), "{error}");
    assert!(!format!("{error:?}").contains("planted-secret"));
    assert_eq!(connection.traffic().requests, 3);

    let server = Server::start(vec![reply(429, "Retry-After: 0\r\n", "")]).await;
    request.url = server.url("/");
    // Whether a 429 came after something was done, the connector must judge.
    let (answer, _) = connection.send(&request, vec![], soon()).await.unwrap();
    assert_eq!((answer.status, server.connections()), (429, 1));
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let retry = RetryPolicy { max_attempts: 1, ..policy().retry };
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            drop(tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
            drop(tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await);
        }
    });
    let error = connection(NetworkPolicy { retry, ..policy() }).send(&get(&url), vec![], soon()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Unreachable);
    assert!(
        error.message.contains("cannot open a secure connection to 127.0.0.1: the TLS handshake failed"),
        "{error}"
    );
}
