//! Every URL of the host.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use super::{
    Host,
    api::webhooks,
    assets,
    middleware::{nothing_here, observe, panicked, wrong_method},
    routes::{WEBHOOKS_SLASH, api},
};

/// Largest body of a request, in bytes.
pub(super) const LARGEST_BODY: usize = 128 * 1024;

/// Everything, ready to serve.
pub(super) fn router(host: Host) -> Router {
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
