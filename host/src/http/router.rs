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
    routes,
    settings::ServerSettings,
};

/// Everything, ready to serve.
pub(super) fn router(
    services: Services,
    settings: ServerSettings,
    public_url: Url,
    shutdown: watch::Receiver<bool>,
) -> Router {
    let serves = settings.role.serves();
    let api = if serves { routes::api } else { routes::operational };
    let host = Host::new(services, settings, public_url, shutdown, api().access(), &api().into_document());
    let router = if serves { api().into_router().merge(files()) } else { api().into_router() };
    router
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        // Bodies were read before, to the limit of their address.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(host.clone(), observe))
        .with_state(host)
}

/// The pages with their files, and the URL that some stores write with a slash at its end.
fn files() -> Router<Host> {
    let files = Router::new()
        .route("/connect", get(assets::connect_redirect))
        .route("/connect/", get(assets::connect_page))
        .route("/dashboard", get(assets::dashboard_redirect))
        .route("/dashboard/", get(assets::dashboard_page))
        .route("/docs", get(assets::docs_redirect))
        .route("/docs/", get(assets::docs_page))
        .route("/assets/{*path}", get(assets::asset))
        .layer(CompressionLayer::new());
    files.route(WEBHOOKS_SLASH, post(webhooks::receive))
}
