//! The host's own server with another inbox behind it, as a process of its own: what the baselines are measured on.

use std::{
    future::pending,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use async_trait::async_trait;
use connector_host::{
    app::{App, load_options},
    channel::ChannelService,
    config::{AdvancedSection, Config, NetworkSection, PluginSection},
    connection::ConnectorPool,
    http::{ServerSettings, Services, serve, server::public_url},
    job::{ProgressBoard, SyncQueue},
    metrics::Metrics,
    model::webhook::{NewDelivery, NewRefusal},
    plugin::Registry,
    session::SessionService,
    store::Store,
    webhook::{Error, Inbox, Webhooks},
    work::Workers,
};
use e2e::Host;
use tokio::{net::TcpListener, sync::watch};

/// The argument that makes this program a server.
pub(super) const AS_SERVER: &str = "as-server";

/// What keeps deliveries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sink {
    /// Each is committed by itself, by the same statements on the same database.
    PerRow,
    /// Nothing keeps them.
    Nothing,
}

/// A server that ends when dropped.
pub(super) struct Served {
    pub(super) authority: String,
    child: Child,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Starts one on the data and plugins of a host that does not run.
pub(super) fn start(host: &Host, sink: Sink) -> Served {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([AS_SERVER, &format!("{sink:?}")]).arg(host.data()).arg(host.plugins()).current_dir(host.folder());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    Served { authority: line.trim().to_owned(), child }
}

/// Serves until it is killed.
pub(super) fn be_the_server(arguments: &[String]) {
    let [sink, data_dir, plugins] = arguments else { panic!("sink, data, plugins: {arguments:?}") };
    let sink = if sink == "PerRow" { Sink::PerRow } else { Sink::Nothing };
    let config = Config {
        data_dir: PathBuf::from(data_dir),
        plugins: PluginSection { directories: vec![PathBuf::from(plugins)], ..PluginSection::default() },
        network: NetworkSection { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..NetworkSection::default() },
        advanced: AdvancedSection { webhook_workers: 0, ..AdvancedSection::default() },
        ..Config::default()
    };
    connector_host::telemetry::start(&config.log).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(Box::pin(serve_with(sink, config)));
}

async fn serve_with(sink: Sink, config: Config) {
    let app = App::open(config).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = ServerSettings::from(&app.config);
    let public_url = public_url(app.config.server.public_url.as_ref(), &listener).unwrap();
    let connections = app.connections(Registry::load(&load_options(&app.config))).unwrap();
    let channels = ChannelService { store: app.store.clone(), clock: Arc::clone(&app.clock) };
    let queue = SyncQueue::new(app.store.clone(), Arc::clone(&app.clock));
    let pool = ConnectorPool::new(connections.clone());
    let quotes = app.quotes(&pool);
    let orders = app.orders(pool.clone(), quotes.clone());
    let webhooks = Webhooks::start(pool, queue.clone(), app.webhook_settings()).unwrap();
    let mut receiver = webhooks.receiver.clone();
    receiver.inbox = match sink {
        Sink::PerRow => Arc::new(PerRow(app.store.clone())),
        Sink::Nothing => Arc::new(Nothing),
    };
    println!("{}", listener.local_addr().unwrap());
    let (ending, is_ending) = watch::channel(false);
    let services = Services {
        sessions: SessionService::new(connections.clone(), channels.clone(), queue.clone(), public_url.clone(), 60),
        events: app.events().unwrap(),
        orders,
        quotes,
        webhooks: webhooks.service.clone(),
        board: ProgressBoard::default(),
        metrics: Metrics::start().unwrap(),
        disk: app.disk(),
        workers: Workers::new(is_ending),
        demonstration: true,
        connections,
        channels,
        queue,
        receiver,
    };
    serve(services, settings, listener, public_url, ending, pending()).await.unwrap();
}

struct PerRow(Store);

#[async_trait]
impl Inbox for PerRow {
    async fn keep(&self, delivery: NewDelivery) -> Result<(), Error> {
        self.0.keep_deliveries(&[delivery], &[]).await.map(drop).map_err(|_| Error::Failed)
    }

    fn note(&self, _: NewRefusal) {}
}

struct Nothing;

#[async_trait]
impl Inbox for Nothing {
    async fn keep(&self, _: NewDelivery) -> Result<(), Error> {
        Ok(())
    }

    fn note(&self, _: NewRefusal) {}
}
