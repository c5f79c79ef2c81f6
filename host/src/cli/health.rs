//! `health`: asks a running host whether it lives, for containers and scripts. No database, no keys, no plugins.

use std::{net::IpAddr, time::Duration};

use axum::{
    body::Body,
    http::{Request, header},
};
use clap::Args;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::{net::TcpStream, time::timeout};
use url::{Host, Url};

use super::{
    exit::{Exit, Failure},
    output::Output,
};
use crate::config::Config;

/// How long an answer is waited for: less than those wait who start the command.
const DEADLINE: Duration = Duration::from_secs(4);
/// Most bytes of an answer: metrics of a host with many series.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct HealthArgs {
    /// Where the host is, such as `http://127.0.0.1:8080` (default: `server.admin_listen`, or else `server.listen`).
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
    /// Ask whether requests should be sent to it. Without it only whether it lives.
    #[arg(long)]
    ready: bool,
}

/// What was found.
#[derive(Serialize)]
struct Found {
    healthy: bool,
    url: String,
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub(super) async fn run(args: HealthArgs, config: &Config, output: Output) -> Result<Exit, Failure> {
    let base = args.url.map_or_else(|| configured(config), Ok)?;
    if base.scheme() != "http" {
        return Err(Failure::configuration("`--url` must begin with http://: the host itself speaks no TLS"));
    }
    let url = base.join(if args.ready { "/readyz" } else { "/livez" }).map_err(Failure::unexpected)?;
    let asked = ask(&url).await;
    let status = asked.as_ref().ok().map(|(status, _)| *status);
    let found = Found { healthy: status == Some(200), url: url.to_string(), status, problem: asked.err() };
    output.result(&found, |found| match (&found.problem, found.status) {
        (Some(problem), _) => format!("{}: {problem}", found.url),
        (None, status) => format!("{}: {}", found.url, status.unwrap_or_default()),
    })?;
    // Not healthy is 1, as in `grep` and `cmp`.
    Ok(if found.healthy { Exit::Ok } else { Exit::Unexpected })
}

/// Where the configuration says the host is, as this machine reaches it.
pub(super) fn configured(config: &Config) -> Result<Url, Failure> {
    let listen = config.server.admin_listen.unwrap_or(config.server.listen);
    if listen.port() == 0 {
        return Err(Failure::configuration("the port is chosen when the host starts; say where it is with `--url`"));
    }
    let url = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://127.0.0.1:{}", listen.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://[::1]:{}", listen.port()),
        _ => format!("http://{listen}"),
    };
    Url::parse(&url).map_err(Failure::unexpected)
}

/// The status and text of an answer, or why there is none.
pub(super) async fn ask(url: &Url) -> Result<(u16, String), String> {
    let asked = timeout(DEADLINE, exchange(url)).await;
    asked.unwrap_or_else(|_| Err(format!("no answer within {} s", DEADLINE.as_secs())))
}

async fn exchange(url: &Url) -> Result<(u16, String), String> {
    let port = url.port_or_known_default().unwrap_or(80);
    let stream = match url.host() {
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
        Some(Host::Ipv4(ip)) => TcpStream::connect((ip, port)).await,
        Some(Host::Ipv6(ip)) => TcpStream::connect((ip, port)).await,
        None => return Err("it has no host".to_owned()),
    };
    let stream = stream.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let request = Request::get(url.path()).header(header::HOST, url.authority()).body(Body::empty());
    let request = request.map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await;
    Ok((status, String::from_utf8_lossy(&body.map_err(|error| error.to_string())?).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_operators_is_asked_first_and_from_this_machine() {
        let mut config = Config::default();
        assert_eq!(configured(&config).unwrap().as_str(), "http://127.0.0.1:8080/");
        config.server.listen = "0.0.0.0:80".parse().unwrap();
        assert_eq!(configured(&config).unwrap().as_str(), "http://127.0.0.1/");
        config.server.admin_listen = Some("[::]:9090".parse().unwrap());
        assert_eq!(configured(&config).unwrap().as_str(), "http://[::1]:9090/");
        config.server.admin_listen = Some("10.0.0.7:0".parse().unwrap());
        assert!(configured(&config).is_err());
    }
}
