//! The HTTP server: GraphQL, pictures, the Checkout API and the test controls.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::SimConfig;
use crate::orders::{back_office, order_api};
use crate::schema::SchemaError;
use crate::store::Store;
use crate::{checkout, clock_control, control, graphql, http_date, media, random_change, sale, storefront, webhook};

/// Queries are small; nobody sends more.
const MAX_BODY: usize = 1024 * 1024;

/// Why a simulated store did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be used.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; choose another --port, or 0 for a free one")]
    Listen {
        /// The port asked for.
        port: u16,
        /// The reason.
        source: io::Error,
    },
    /// The schema is broken.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// A running simulated store. Stops when dropped.
#[derive(Debug)]
pub struct SimHandle {
    /// Where it is reached, `http://127.0.0.1:PORT`.
    pub base_url: String,
    /// The token it accepts.
    pub token: String,
    store: Arc<Store>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<io::Result<()>>>,
}

impl SimHandle {
    /// The store behind the server, for counters and controls without HTTP.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until the server ends.
    pub async fn wait(&mut self) -> io::Result<()> {
        match self.server.take() {
            Some(server) => server.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }

    /// Stops the server; open requests are finished.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended already.
            let _ = stop.send(());
        }
    }
}

impl Drop for SimHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts a simulated store on 127.0.0.1.
pub async fn start(mut config: SimConfig) -> Result<SimHandle, StartError> {
    let port = config.port;
    let failed = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(failed)?;
    let base_url = format!("http://{}", listener.local_addr().map_err(failed)?);
    // Without this, small answers wait for the client's delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        // Slower, but no reason not to serve.
        drop(stream.set_nodelay(true));
    });
    let token = config.token.clone();
    let webhooks = std::mem::take(&mut config.webhooks);
    let store = Arc::new(Store::open(config, base_url.clone())?);
    store.webhooks().set(webhooks);
    let router = router(Arc::clone(&store));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                // A dropped sender stops the server too.
                drop(stopped.await);
            })
            .await
    });
    Ok(SimHandle { base_url, token, store, stop: Some(stop), server: Some(server) })
}

fn router(store: Arc<Store>) -> Router {
    let own = &store.config.storefront;
    let storefront_paths = [&own.no_session_path, &own.session_path].map(|path| format!("/{path}"));
    Router::new()
        .route(&storefront_paths[0], post(storefront::serve::no_session))
        .route(&storefront_paths[1], post(storefront::serve::session))
        .route("/_sim/storefront", get(storefront::serve::sessions).post(storefront::serve::expire))
        .route("/graphql", post(serve_graphql))
        .route("/media/{id}/{file}", get(serve_media))
        .route("/api/{*path}", any(checkout::api::serve))
        .route("/api/order-api/order", post(order_api::order))
        .route("/api/order-api/orders", post(order_api::orders))
        .route(checkout::notification::PATH, post(checkout::notification::serve))
        .route("/_sim/order", post(back_office::work))
        .route("/_sim/orders", get(back_office::orders))
        .route("/_sim/channel", get(control::channel))
        .route("/_sim/checkout", get(checkout::ledger::sessions).post(checkout::ledger::meddle))
        .route("/_sim/price", post(checkout::ledger::price))
        .route("/_sim/prices", post(control::set_price))
        .route("/_sim/campaigns", get(sale::control::list).post(sale::control::put))
        .route("/_sim/campaigns/{id}", delete(sale::control::delete))
        .route("/_sim/effective", get(sale::control::show))
        .route("/_sim/clock", get(clock_control::show).post(clock_control::set))
        .route("/_sim/stats", get(control::stats))
        .route("/_sim/stats/reset", post(control::reset_stats))
        .route("/_sim/change", post(random_change::change))
        .route("/_sim/webhooks", get(webhook::control::show).post(webhook::control::set))
        .route("/_sim/webhooks/drain", post(webhook::control::drain))
        .route("/_sim/webhooks/pause", post(webhook::control::pause))
        .route("/_sim/touch", post(control::touch))
        .route("/_sim/remove", post(control::remove))
        .route("/_sim/token", post(control::set_token))
        .route("/_sim/faults", post(control::set_faults))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response_with_state(Arc::clone(&store), with_date))
        .with_state(store)
}

/// The store's clock may differ from everybody's.
async fn with_date(State(store): State<Arc<Store>>, mut response: Response) -> Response {
    if let Ok(date) = HeaderValue::from_str(&http_date::write(store.now())) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn serve_graphql(State(store): State<Arc<Store>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = graphql::answer(&store, &headers, &body).await;
    if let Some(wrong) = reply.wrong {
        return wrong.into_response();
    }
    let mut response = if reply.breaks {
        let whole = Bytes::from(reply.body);
        let half = whole.slice(..whole.len() / 2);
        let chunks = [Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
        Body::from_stream(futures_util::stream::iter(chunks)).into_response()
    } else {
        Body::from(reply.body).into_response()
    };
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(retry_after) = reply.retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(header::RETRY_AFTER, retry_after);
    }
    response
}

async fn serve_media(State(store): State<Arc<Store>>, Path((id, _file)): Path<(i64, String)>) -> Response {
    let overlay = store.overlay();
    match media::svg(store.view(&overlay), id) {
        Some(svg) => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
