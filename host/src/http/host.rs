//! What every handler gets: the services, the settings, and what is shared among requests.

use std::sync::Arc;

use connector_api::domain::ConnectionId;
use tokio::sync::watch;
use url::Url;

use super::{access::AccessList, capacity::Capacity, settings::ServerSettings};
use crate::{
    clock::Clock,
    core::{
        audit::AuditLog,
        cart::QuoteService,
        channel::ChannelService,
        connection::{Checker, Connections, Connectors, DiskGuard},
        job::{ProgressBoard, SyncQueue},
        order::OrderService,
        outbox::EventService,
        session::SessionService,
        webhook::{self, Receiver, WebhookService},
    },
    metrics::Metrics,
    work::Workers,
};

/// The services that handlers call. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Connections and their catalogs.
    pub connections: Connections,
    /// Connectors in use.
    pub connectors: Connectors,
    /// Checks connections.
    pub checker: Checker,
    /// What is counted.
    pub metrics: Metrics,
    /// Channels and keys.
    pub channels: ChannelService,
    /// Events and the endpoints they are sent to.
    pub events: EventService,
    /// Orders.
    pub orders: OrderService,
    /// Connect sessions.
    pub sessions: SessionService,
    /// Quotes.
    pub quotes: QuoteService,
    /// Syncs that are wanted.
    pub queue: SyncQueue,
    /// Running syncs.
    pub board: ProgressBoard,
    /// What is known of webhooks.
    pub webhooks: WebhookService,
    /// Takes webhooks in.
    pub receiver: Receiver,
    /// The disk that the database lies on.
    pub disk: DiskGuard,
    /// Who changed what.
    pub audit: AuditLog,
    /// Who does the host's own work.
    pub workers: Workers,
    /// Whether private networks may be reached: a demonstration, never production.
    pub demonstration: bool,
}

impl Services {
    /// Whether somebody takes webhooks of a connection: itself, or its merchant who is still at the page.
    pub(super) async fn expects_webhook(&self, id: &ConnectionId) -> Result<(), webhook::Error> {
        match self.receiver.expects(id).await {
            Err(webhook::Error::Unknown) => match self.sessions.awaits(id).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(webhook::Error::Unknown),
                Err(error) => {
                    tracing::error!(connection = id.as_str(), %error, "cannot look up a webhook address");
                    Err(webhook::Error::Failed)
                }
            },
            expected => expected,
        }
    }
}

/// What every handler gets. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Host(Arc<Shared>);

/// Services and settings of one server.
pub(crate) struct Shared {
    pub(crate) services: Services,
    pub(crate) settings: ServerSettings,
    pub(crate) public_url: Url,
    /// Who may call what, and how much at the same time.
    pub(super) capacity: Capacity,
    /// Turns true at shutdown.
    pub(crate) shutdown: watch::Receiver<bool>,
    pub(crate) document: axum::body::Bytes,
}

impl std::ops::Deref for Host {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Host {
    pub(crate) fn new(
        services: Services,
        settings: ServerSettings,
        public_url: Url,
        shutdown: watch::Receiver<bool>,
        access: AccessList,
        document: &serde_json::Value,
    ) -> Self {
        let capacity = Capacity::new(&settings, access);
        // Shared, not copied: clients that read nothing would fill the memory with copies.
        let document = document.to_string().into();
        Self(Arc::new(Shared { services, settings, public_url, capacity, shutdown, document }))
    }

    pub(super) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
