//! Listens, and ends well: not ready → no new requests → those at work end → gone.

use std::{future::Future, time::Duration};

use tokio::{net::TcpListener, sync::watch, time::timeout};
use url::Url;

use super::{Host, Services, router::router};
use crate::config::ServerSection;

/// How long requests at work may take after the host was told to end.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// Serves until `told_to_end` ends; then `ending` is told to everybody else who works.
pub async fn serve(
    services: Services,
    settings: ServerSection,
    listener: TcpListener,
    public_url: Url,
    ending: watch::Sender<bool>,
    told_to_end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let drain = Duration::from_secs(settings.drain_s);
    let (draining, is_draining) = watch::channel(false);
    let host = Host::new(services, settings, public_url, is_draining.clone());
    let server = axum::serve(listener, router(host)).with_graceful_shutdown(async move {
        told_to_end.await;
        draining.send_replace(true);
        ending.send_replace(true);
        tokio::time::sleep(drain).await;
    });
    let mut is_draining = is_draining;
    let too_late = async move {
        is_draining.wait_for(|draining| *draining).await.ok();
        tokio::time::sleep(drain + LAST_REQUESTS).await;
    };
    tokio::select! {
        outcome = server => outcome,
        () = too_late => {
            tracing::warn!("some requests did not end in time and were cut off");
            Ok(())
        }
    }
}

/// Where browsers reach a host that listens here, unless the configuration says otherwise.
pub fn public_url(settings: &ServerSection, listener: &TcpListener) -> std::io::Result<Url> {
    if let Some(url) = &settings.public_url {
        return Ok(url.clone());
    }
    let address = listener.local_addr()?;
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { host_of(address.ip()) };
    Url::parse(&format!("http://{host}:{}", address.port())).map_err(std::io::Error::other)
}

fn host_of(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Waits for work that was told to end.
pub async fn await_end(work: Vec<tokio::task::JoinHandle<()>>) {
    let all = async {
        for task in work {
            task.await.ok();
        }
    };
    if timeout(LAST_REQUESTS, all).await.is_err() {
        tracing::warn!("some work did not end in time; it goes on at the next start");
    }
}
