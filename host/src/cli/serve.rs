//! `serve`: the HTTP interface, the merchant's page, the dashboard, and the work that is due.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use url::Url;

use super::{
    channel::unless_shown,
    connection::service,
    exit::{Exit, Failure},
    output::{Output, Text},
};
use crate::{
    app::App,
    channel::ChannelService,
    config::{Config, Overrides},
    connection::ConnectorPool,
    http::{Services, server},
    job::{ProgressBoard, SyncQueue, Upkeep, Worker},
    metrics::Metrics,
    order::Resolver,
    session::SessionService,
    webhook::Webhooks,
};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address under which browsers reach the host, such as `https://connect.example`.
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
    let outcome = serve(&app, output).await;
    app.stores.close().await;
    outcome
}

async fn serve(app: &App, output: Output) -> Result<Exit, Failure> {
    let settings = app.config.server.clone();
    let metrics = Metrics::start().map_err(Failure::unexpected)?;
    let cannot_listen = |error: std::io::Error| {
        Failure::new(Exit::Usage, "listen", format!("cannot listen on {}: {error}", settings.listen))
    };
    let listener = TcpListener::bind(settings.listen).await.map_err(cannot_listen)?;
    let public_url = server::public_url(&settings, &listener).map_err(cannot_listen)?;
    let connections = service(app)?;
    let channels = ChannelService { stores: Arc::clone(&app.stores), clock: Arc::clone(&app.clock) };
    let queue = SyncQueue::new(Arc::clone(&app.stores), Arc::clone(&app.clock));
    let board = ProgressBoard::default();
    let sessions = SessionService::new(
        connections.clone(),
        channels.clone(),
        queue.clone(),
        public_url.clone(),
        settings.session_minutes,
    );
    let (ending, is_ending) = watch::channel(false);
    let worker = Worker {
        queue: queue.clone(),
        connections: connections.clone(),
        engine: app.sync_engine(),
        board: board.clone(),
        every_min: settings.sync_every_min,
        lease_s: app.config.sync.lease_s,
    };
    let upkeep = Upkeep {
        connections: connections.clone(),
        queue: queue.clone(),
        check_every_h: settings.check_every_h,
        sync_every_min: settings.sync_every_min,
        events_kept_days: (app.config.events.retention_days, app.config.events.attempts_days),
        tried: std::collections::HashMap::new(),
    };
    let events = app.events()?;
    let mut work: Vec<_> =
        (0..settings.sync_workers).map(|_| tokio::spawn(worker.clone().work(is_ending.clone()))).collect();
    let pool = ConnectorPool::new(connections.clone());
    let quotes = app.quotes(&pool);
    let orders = app.orders(pool.clone(), quotes.clone());
    let resolver = Resolver { orders: orders.clone() };
    let resolvers = app.config.orders.resolvers;
    work.extend((0..resolvers).map(|_| tokio::spawn(resolver.clone().work(is_ending.clone()))));
    work.push(tokio::spawn(upkeep.work(is_ending.clone())));
    work.push(tokio::spawn(app.deliverer(&events).work(is_ending.clone())));
    let webhooks = Webhooks::start(pool, queue.clone(), app.webhook_settings()).map_err(Failure::unexpected)?;
    let (webhook_service, receiver) = (webhooks.service.clone(), webhooks.receiver.clone());
    work.extend(webhooks.work(&is_ending));
    app.stores.reopen_confirming_sessions().await?;
    announce(&channels, &listener, &public_url, output).await?;
    let demonstration = !app.config.network.allow_private.is_empty();
    if demonstration {
        tracing::warn!("private networks may be reached; never in production");
    }
    let services = Services {
        connections,
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
        demonstration,
    };
    let attempts = services.orders.at_work.clone();
    let served = crate::http::serve(services, settings, listener, public_url, ending, told_to_end()).await;
    attempts.close();
    work.push(tokio::spawn(async move { attempts.wait().await }));
    server::await_end(work).await;
    served.map_err(Failure::unexpected)?;
    Ok(Exit::Ok)
}

/// Says where the host is; on the very first start also the operator's key, this once.
async fn announce(
    channels: &ChannelService,
    listener: &TcpListener,
    public_url: &Url,
    output: Output,
) -> Result<(), Failure> {
    let issued = channels.bootstrap().await?;
    let first_key = issued.as_ref().map(|issued| issued.key.as_str());
    let address = listener.local_addr().map_err(Failure::unexpected)?;
    let dashboard = public_url.join("/dashboard/").map_err(Failure::unexpected)?;
    let mut text = Text::from(format!("listening on {address}; dashboard at {dashboard}"));
    if let Some(key) = first_key {
        text.line(format!("operator key, shown this once: {key}"));
    }
    let said = json!({
        "address": format!("http://{address}"),
        "public_url": public_url.as_str().trim_end_matches('/'),
        "operator_key": first_key,
    });
    match (output.line(&said, text), &issued) {
        // Nobody reads where the host is, which is no reason not to be there.
        (Err(failure), None) => tracing::warn!("{}", failure.message),
        (shown, issued) => unless_shown(shown, issued.as_ref(), channels).await?,
    }
    Ok(())
}

/// The first SIGTERM or SIGINT ends the host well, the second at once.
async fn told_to_end() {
    once_told().await;
    tracing::info!("told to end: requests and syncs at work end first");
    tokio::spawn(async {
        once_told().await;
        std::process::exit(130);
    });
}

async fn once_told() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tokio::signal::ctrl_c().await.ok();
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
