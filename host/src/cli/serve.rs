//! `serve`: the HTTP interface, the merchant's page, the dashboard, and the work that is due.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use url::Url;

use super::{
    channel::unless_shown,
    connection::connectors,
    exit::{Exit, Failure},
    output::{Output, Text, has_reader},
};
use crate::{
    app::App,
    config::{Config, Overrides},
    core::{
        audit::AuditLog,
        channel::ChannelService,
        job::{ClaimedRun, PriceTimer, ProgressBoard, SyncQueue, Upkeep, Worker},
        order::Resolver,
    },
    http::{Listeners, ServerSettings, Services, server},
    metrics::Metrics,
    model::{Code, Ctx, horizon::Horizons},
    work::{Every, Workers},
};

/// Seconds that the end of a claim may lie ahead at least: claims on orders have a length of their own.
const CLAIM_AHEAD_S: i64 = 60;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
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
        Overrides { listen: self.listen, public_url: self.public_url.clone(), ..overrides }
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
    let settings = &app.config.server;
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
    let (connections, checker) = (app.connections(), app.checker(&connectors));
    let channels = ChannelService { store: app.store.clone(), clock: Arc::clone(&app.clock) };
    let queue = SyncQueue::new(app.store.clone(), Arc::clone(&app.clock));
    let board = ProgressBoard::default();
    let sessions = app.sessions(&connectors, channels.clone(), queue.clone(), public_url.clone());
    connectors.apply_holds().await?;
    app.store.heal_instants(&horizons(&app.config), app.clock.now()).await?;
    let (shutdown, shutdown_signal) = watch::channel(false);
    let run = ClaimedRun {
        queue: queue.clone(),
        connections: connections.clone(),
        connectors: connectors.clone(),
        engine: app.sync_engine(),
        lease_s: app.config.advanced.lease_s,
    };
    let worker = Worker {
        run,
        outcomes: app.outcomes(&connectors),
        board: board.clone(),
        every_min: settings.sync_every_min,
        owner: format!("{} {}", std::process::id(), uuid::Uuid::now_v7()).into(),
    };
    let upkeep = Upkeep {
        store: app.store.clone(),
        clock: app.clock(),
        connectors: connectors.clone(),
        checker: checker.clone(),
        queue: queue.clone(),
        check_every_h: settings.check_every_h,
        sync_every_min: settings.sync_every_min,
        events_kept_days: app.config.events.retention_days,
        audit_kept_days: app.config.storage.keep_audit_days,
        horizons: horizons(&app.config),
        tried: std::collections::HashMap::new(),
    };
    let events = app.events()?;
    let workers = Workers::new(shutdown_signal);
    let mut work: Vec<_> = workers.start(worker, settings.sync_workers).into_iter().collect();
    let quotes = app.quotes(&connectors);
    let orders = app.orders(&connectors, quotes.clone());
    let resolver = Resolver { orders: orders.clone(), store: app.store.clone(), clock: app.clock() };
    work.extend(workers.start(resolver, app.config.advanced.order_resolvers));
    work.extend(workers.start(upkeep.scheduled(), 1));
    let prices = PriceTimer { store: app.store.clone(), clock: Arc::clone(&app.clock) };
    work.extend(workers.start(Every::new(prices), 1));
    work.extend(workers.start(app.deliverer(&events), app.config.events.workers));
    let webhooks = app.webhooks(&connectors, queue.clone()).map_err(Failure::unexpected)?;
    let (webhook_service, receiver) = (webhooks.service.clone(), webhooks.receiver.clone());
    work.extend(webhooks.work(&workers));
    app.store.reopen_confirming_sessions().await?;
    emit(&app.ctx(), &channels, &listeners, &public_url, output).await?;
    let demonstration = !app.config.network.allow_private.is_empty();
    if demonstration {
        tracing::warn!("private networks are reachable; never use this in production");
    }
    let services = Services {
        clock: app.clock(),
        connections,
        connectors,
        checker,
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
    served.map_err(Failure::unexpected)?;
    Ok(Exit::Ok)
}

async fn listen_on(address: SocketAddr) -> Result<TcpListener, Failure> {
    let failed = |error| Failure::new(Code::Listen, format!("cannot listen on {address}: {error}"));
    TcpListener::bind(address).await.map_err(failed)
}

/// How far ahead instants may lie that this host keeps.
fn horizons(config: &Config) -> Horizons {
    // A host with another configuration may have kept them: twice as far.
    Horizons {
        sync_pause_s: i64::from(config.server.sync_every_min).max(60) * 60,
        claim_s: (i64::from(config.advanced.lease_s) * 2).max(CLAIM_AHEAD_S),
        session_s: i64::from(config.server.session_minutes) * 60,
        login_s: i64::from(config.advanced.server_login_hours) * 3_600,
    }
}

/// Says where the host is; on the very first start also the operator's key, this once.
async fn emit(
    ctx: &Ctx,
    channels: &ChannelService,
    listeners: &Listeners,
    public_url: &Url,
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
