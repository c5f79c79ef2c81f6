//! The operators' port: metrics, liveness and readiness, without a key. The network decides who reaches it.

use axum::{Router, middleware::from_fn_with_state, routing::get};
use tokio::sync::watch;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

use super::{
    access::AccessList,
    api::{health, metrics},
    host::{Host, Services},
    middleware::{nothing_here, observe, panicked, wrong_method},
    settings::ServerSettings,
};

/// Connections at the same time: a few programs watch a host.
pub(super) const MOST_CONNECTIONS: usize = 64;

/// Scrapes at the same time: each reads from the database that requests need.
const MOST_SCRAPES: usize = 1;

/// What is served there.
pub(super) fn router(
    services: Services,
    settings: ServerSettings,
    public_url: Url,
    shutdown: watch::Receiver<bool>,
) -> Router {
    // Nothing here has a description that says who may call it: whoever reaches the port may.
    let host = Host::new(services, settings, public_url, shutdown, AccessList::new(), &serde_json::Value::Null);
    Router::new()
        .route("/metrics", get(metrics::show_unguarded).layer(GlobalConcurrencyLimitLayer::new(MOST_SCRAPES)))
        .route("/readyz", get(health::readyz))
        .route("/livez", get(health::livez))
        .route("/healthz", get(health::livez))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(host.clone(), observe))
        .with_state(host)
}
