//! `serve`: the HTTP interface, the merchant's page, the dashboard, and the work that is due.

use std::net::SocketAddr;

use clap::Args;
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use url::Url;

use super::{
    background::{self, Shared},
    channel::unless_shown,
    connection::connectors,
    exit::{Exit, Failure},
    output::{Output, Text, has_reader},
};
use crate::{
    app::App,
    config::{Config, Overrides, Role},
    core::{
        audit::AuditLog,
        channel::ChannelService,
        job::{ProgressBoard, SyncQueue},
        replica::Member,
    },
    http::{Listeners, ServerSettings, Services, server},
    metrics::Metrics,
    model::{Code, Ctx},
    work::Workers,
};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// What this process is for. `web` and `worker` need a PostgreSQL database.
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Address and port to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Public URL of the host for browsers, such as `https://connect.example`.
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
}

impl ServeArgs {
    /// What the command line says wins over the configuration.
    pub(super) fn overriding(&self, overrides: Overrides) -> Overrides {
        Overrides { role: self.role, listen: self.listen, public_url: self.public_url.clone(), ..overrides }
    }
}

pub(super) async fn run(config: Config, output: Output) -> Result<Exit, Failure> {
    let app = App::open(config).await?;
    app.notes.iter().for_each(|note| output.note(note));
    let outcome = Box::pin(serve(&app, output)).await;
    app.store.close().await;
    outcome
}

async fn serve(app: &App, output: Output) -> Result<Exit, Failure> {
    // From here on a signal ends the host well, also before it says that it listens.
    let signals = Signals::new().map_err(Failure::unexpected)?;
    crate::telemetry::log_panics();
    let Config { server: settings, advanced, .. } = &app.config;
    let metrics = Metrics::start().map_err(Failure::unexpected)?;
    let listeners = Listeners {
        public: listen_on(settings.listen).await?,
        admin: match settings.admin_listen {
            Some(address) => Some(listen_on(address).await?),
            None => None,
        },
    };
    let public_url =
        server::public_url(settings.public_url.as_ref(), &listeners.public).map_err(Failure::unexpected)?;
    let connectors = connectors(app)?;
    let channels = ChannelService { store: app.store.clone(), clock: app.clock() };
    let queue = SyncQueue::new(app.store.clone(), app.clock());
    let board = ProgressBoard::new(app.store.clone());
    let sessions = app.sessions(&connectors, channels.clone(), queue.clone(), public_url.clone());
    connectors.apply_holds().await?;
    let role = settings.role.as_str();
    let member = Member::join(app.store.clone(), app.clock(), &app.owner, role, advanced.lease_s).await?;
    app.store.heal_instants(&background::horizons(&app.config), app.clock.now()).await?;
    app.store.reopen_confirming_sessions(app.clock.now()).await?;
    let alive = background::keep_alive(app, &member, &connectors);
    let (shutdown, shutdown_signal) = watch::channel(false);
    let events = app.events()?;
    let workers = Workers::new(shutdown_signal);
    let quotes = app.quotes(&connectors);
    let orders = app.orders(&connectors, quotes.clone());
    let webhooks = app.webhooks(&connectors, queue.clone()).map_err(Failure::unexpected)?;
    let (webhook_service, receiver) = (webhooks.service.clone(), webhooks.receiver.clone());
    let mut work = if settings.role.works() {
        let shared = Shared { connectors: &connectors, queue: &queue, board: &board, events: &events, orders: &orders };
        background::start(app, &workers, &member, &shared, webhooks)
    } else {
        vec![webhooks.only_receive()]
    };
    emit(&app.ctx(), &channels, &listeners, &public_url, &app.owner, output).await?;
    let demonstration = !app.config.network.allow_private.is_empty();
    if demonstration {
        tracing::warn!("private networks are reachable; never use this in production");
    }
    let services = Services {
        clock: app.clock(),
        connections: app.connections(),
        checker: app.checker(&connectors),
        connectors,
        channels,
        events,
        orders,
        quotes,
        sessions,
        queue,
        board,
        webhooks: webhook_service,
        receiver,
        metrics,
        disk: app.disk(),
        audit: AuditLog::new(app.store.clone()),
        workers,
        demonstration,
    };
    let attempts = services.orders.at_work();
    let settings = ServerSettings::from(&app.config);
    let served =
        crate::http::serve(services, settings, listeners, public_url, shutdown, signals.shutdown_requested()).await;
    attempts.close();
    work.push(tokio::spawn(async move { attempts.wait().await }));
    server::await_end(work).await;
    // Until here this process has claims that it gives back, and sessions that it confirms.
    alive.end().await;
    member.leave().await;
    served.map_err(Failure::unexpected)?;
    Ok(Exit::Ok)
}

async fn listen_on(address: SocketAddr) -> Result<TcpListener, Failure> {
    let failed = |error| Failure::new(Code::Listen, format!("cannot listen on {address}: {error}"));
    TcpListener::bind(address).await.map_err(failed)
}

/// Says where the host is; on the very first start also the operator's key, this once.
async fn emit(
    ctx: &Ctx,
    channels: &ChannelService,
    listeners: &Listeners,
    public_url: &Url,
    replica: &str,
    output: Output,
) -> Result<(), Failure> {
    let issued = channels.bootstrap(ctx).await?;
    let first_key = issued.as_ref().map(|issued| issued.key.as_str());
    let address = listeners.public.local_addr().map_err(Failure::unexpected)?;
    let admin = listeners.admin.as_ref().map(TcpListener::local_addr).transpose().map_err(Failure::unexpected)?;
    let dashboard = public_url.join("/dashboard/").map_err(Failure::unexpected)?;
    let mut text = Text::from(format!("listening on {address}; dashboard at {dashboard}"));
    if let Some(admin) = admin {
        text.line(format!("metrics and health for operators on {admin}"));
    }
    if let Some(key) = first_key {
        text.line(format!("operator key (shown only once): {key}"));
    }
    let said = json!({
        "address": format!("http://{address}"),
        "admin_address": admin.map(|admin| format!("http://{admin}")),
        "public_url": public_url.as_str().trim_end_matches('/'),
        "operator_key": first_key,
        "replica": replica,
    });
    let shown = if issued.is_some() { has_reader() } else { Ok(()) };
    match (shown.and_then(|()| output.line(&said, text)), &issued) {
        // Nobody reads where the host is, which is no reason not to be there.
        (Err(failure), None) => tracing::warn!("{}", failure.message),
        (shown, issued) => unless_shown(ctx, shown, issued.as_ref(), channels).await?,
    }
    Ok(())
}

/// What asks the host to shut down.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The first signal ends the host well, the second at once.
    async fn shutdown_requested(mut self) {
        self.next().await;
        tracing::info!("shutting down: finishing running requests and syncs");
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(130);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
