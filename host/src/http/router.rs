//! Every URL of the host.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use tokio::sync::watch;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use url::Url;

use super::{
    api::webhooks,
    assets,
    host::{Host, Services},
    middleware::{nothing_here, observe, panicked, wrong_method},
    paths::WEBHOOKS_SLASH,
    routes::api,
    settings::ServerSettings,
};

/// Everything, ready to serve.
pub(super) fn router(
    services: Services,
    settings: ServerSettings,
    public_url: Url,
    shutdown: watch::Receiver<bool>,
) -> Router {
    let host = Host::new(services, settings, public_url, shutdown, api().access(), &api().into_document());
    let files = Router::new()
        .route("/connect", get(assets::connect_redirect))
        .route("/connect/", get(assets::connect_page))
        .route("/dashboard", get(assets::dashboard_redirect))
        .route("/dashboard/", get(assets::dashboard_page))
        .route("/docs", get(assets::docs_redirect))
        .route("/docs/", get(assets::docs_page))
        .route("/assets/{*path}", get(assets::asset))
        .layer(CompressionLayer::new());
    api()
        .into_router()
        .merge(files)
        .route(WEBHOOKS_SLASH, post(webhooks::receive))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        // Bodies were read before, to the limit of their address.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(host.clone(), observe))
        .with_state(host)
}
