//! Listens, and ends well: not ready → no new connections → running requests end → gone.
//!
//! Each connection has a task, which serves it, closes it when it stands still (`socket`), and at the end gives it a few
//! seconds, or as long as handlers work for it.

use std::{convert::Infallible, future::Future, net::IpAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tower::ServiceExt;
use url::Url;

use super::{
    Services, admin,
    gate::{Gate, Ticket, most_connections},
    pace::Pace,
    router::router,
    settings::ServerSettings,
    socket::{Answered, Bytestream, Limits, Stage},
};

/// How long work may take after the host was reported to end.
const LAST_REQUESTS: Duration = Duration::from_secs(30);
/// How long connections that no handler works for may stay open at the end.
const LAST_BYTES: Duration = Duration::from_secs(3);
/// How long requests at the operators' port may take at the end.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether a connection stands still.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Pause after a connection could not be taken from the system.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
/// Requests at the same time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 64;
/// Requests of an HTTP/2 connection that were taken back before anything was done for them.
const MOST_RESETS: usize = 20;
/// Bytes of a request's head.
const LARGEST_HEAD: u32 = 32 * 1024;
/// Bytes of an answer that wait for an HTTP/2 client.
const MOST_WAITING: usize = 64 * 1024;

/// Where the host listens.
pub struct Listeners {
    /// For everybody.
    pub public: TcpListener,
    /// For operators, who may watch it there.
    pub admin: Option<TcpListener>,
}

/// Serves until `shutdown_requested` ends; then `shutdown` stops all other work.
pub async fn serve(
    services: Services,
    settings: ServerSettings,
    listeners: Listeners,
    public_url: Url,
    shutdown: watch::Sender<bool>,
    shutdown_requested: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let drain = Duration::from_secs(settings.drain_s);
    let (draining, is_draining) = watch::channel(false);
    let limits = Limits {
        head: Duration::from_secs(settings.header_timeout_s),
        idle: Duration::from_secs(settings.idle_timeout_s),
        unread: Pace::new(settings.unread_timeout_s),
    };
    let most = most_connections(settings.max_connections);
    let gate = Gate::new(most, settings.client_share_percent, settings.trusted_proxies.clone(), limits);
    let watched = listeners.admin.map(|listener| {
        let router = admin::router(services.clone(), settings.clone(), public_url.clone(), is_draining.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let gate = Gate::new(admin::MOST_CONNECTIONS, 100, vec![], limits);
        (stop, tokio::spawn(listen(listener, router, gate, is_draining.clone(), async { stopped.await.ok() })))
    });
    let router = router(services, settings, public_url, is_draining.clone());
    let last_call = async move {
        shutdown_requested.await;
        draining.send_replace(true);
        shutdown.send_replace(true);
        sleep(drain).await;
        // Streams look at it for as long as they run.
        draining
    };
    listen(listeners.public, router, gate, is_draining, last_call).await;
    // Operators see until here that requests end.
    if let Some((stop, watched)) = watched {
        drop(stop);
        timeout(LAST_LOOK, watched).await.ok();
    }
    Ok(())
}

/// Takes connections until the last call, then waits for those that are running.
async fn listen<T>(
    listener: TcpListener,
    router: Router,
    gate: Gate,
    is_draining: watch::Receiver<bool>,
    last_call: impl Future<Output = T>,
) {
    let (closing, is_closing) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut last_call = pin!(last_call);
    let _draining = loop {
        tokio::select! {
            biased;
            draining = &mut last_call => break draining,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(ticket) = gate.admit(peer.ip()) {
                        let shutdown = (is_draining.clone(), is_closing.clone());
                        tasks.spawn(attend(stream, ticket, router.clone(), shutdown));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    gate.relieve();
                    sleep(ACCEPT_AGAIN).await;
                }
            },
        }
    };
    drop(listener);
    closing.send_replace(true);
    let all = async { while tasks.join_next().await.is_some() {} };
    if timeout(LAST_REQUESTS, all).await.is_err() {
        tracing::warn!("some requests did not finish in time and were closed");
        tasks.shutdown().await;
    }
}

/// Serves one connection until it ends, stands still, or the host does. While the host drains, each answer ends its connection: a
/// client that kept it would send its next request to a host that is gone.
async fn attend(
    stream: TcpStream,
    ticket: Ticket,
    router: Router,
    (is_draining, mut is_closing): (watch::Receiver<bool>, watch::Receiver<bool>),
) {
    // Answers are small and wanted at once.
    stream.set_nodelay(true).ok();
    let socket = ticket.socket.clone();
    let asked = socket.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (socket, router, is_draining) = (asked.clone(), router.clone(), is_draining.clone());
        async move {
            let watched = socket.begin();
            let is_http1 = request.version() < Version::HTTP_2;
            let mut response = if socket.is_spare && !asks_for_health(&request) {
                no_room()
            } else {
                let mut request: Request = request.map(Body::new);
                request.extensions_mut().insert(socket);
                router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
            };
            if is_http1 && *is_draining.borrow() {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<hyper::Response<Answered>, Infallible>(response.map(|body| watched.answered(body)))
        }
    });
    let builder = builder(&socket.limits());
    let io = TokioIo::new(Bytestream { io: stream, socket: socket.clone() });
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut last = None;
    loop {
        let now = Instant::now();
        if last.is_some() && socket.stage() == Stage::AtWork {
            // What comes of the work has to arrive as well.
            last = Some(now + LOOK_AGAIN + LAST_BYTES);
        }
        let ends = last.or_else(|| socket.deadline());
        if ends.is_some_and(|ends| ends <= now) {
            return;
        }
        let look_again = (now + LOOK_AGAIN).min(ends.unwrap_or(now + LOOK_AGAIN));
        tokio::select! {
            _ = connection.as_mut() => return,
            () = socket.closed() => return,
            _ = is_closing.wait_for(|closing| *closing), if last.is_none() => {
                last = Some(Instant::now() + LAST_BYTES);
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(look_again) => {}
        }
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // Also counts between requests; a head that has begun is held to `limits.head` by the socket.
        .header_read_timeout(limits.idle.max(limits.head))
        .max_buf_size(LARGEST_HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_header_list_size(LARGEST_HEAD)
        .max_send_buf_size(MOST_WAITING)
        .keep_alive_interval(Some(limits.idle))
        .keep_alive_timeout(limits.head);
    builder
}

fn asks_for_health(request: &hyper::Request<Incoming>) -> bool {
    matches!(request.uri().path(), "/livez" | "/readyz")
}

/// For a connection beyond the limit; the router, which would put it into words, may be what there is too much of.
fn no_room() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1"), ("connection", "close")]).into_response()
}

/// Where browsers reach a host that listens here, unless the configuration says otherwise.
pub fn public_url(configured: Option<&Url>, listener: &TcpListener) -> std::io::Result<Url> {
    if let Some(url) = configured {
        return Ok(url.clone());
    }
    let address = listener.local_addr()?;
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { host_of(address.ip()) };
    Url::parse(&format!("http://{host}:{}", address.port())).map_err(std::io::Error::other)
}

fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Waits for work that was reported to end.
pub async fn await_end(work: Vec<tokio::task::JoinHandle<()>>) {
    let all = async {
        for task in work {
            task.await.ok();
        }
    };
    if timeout(LAST_REQUESTS, all).await.is_err() {
        tracing::warn!("some work did not finish in time; it resumes at the next start");
    }
}
