//! The HTTP interface: for channels and operators (`/v1`), for the merchant's page (`/connect/v1`), for the dashboard
//! (`/dashboard/v1`), and the page's files.
//!
//! [`server`] lets connections in and closes those that stand still; `admission` knows who asks before it reads a body, and
//! gives out the places for work. [`router`] has every URL. Each handler in `api/` has five parts in the same order: take the input, authorise, call one
//! service, shape the answer, reply. Handlers know services, never the store or a plugin. `problem` has the only table of
//! status codes; `openapi` writes down what `router` says.

mod admission;
mod api;
mod assets;
mod auth;
mod client;
mod extract;
mod frames;
mod gate;
mod middleware;
mod openapi;
mod pace;
mod places;
mod problem;
mod reading;
mod router;
pub mod server;
mod settings;
mod socket;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_api::domain::ConnectionId;
use tokio::sync::watch;
use url::Url;

use crate::{
    cart::QuoteService,
    channel::ChannelService,
    clock::Clock,
    connection::{Checker, Connections, Connectors, DiskGuard},
    job::{ProgressBoard, SyncQueue},
    metrics::Metrics,
    order::OrderService,
    outbox::EventService,
    session::SessionService,
    webhook::{self, Receiver, WebhookService},
    work::Workers,
};

pub use server::serve;
pub use settings::ServerSettings;

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
    /// Syncs at work.
    pub board: ProgressBoard,
    /// What is known of webhooks.
    pub webhooks: WebhookService,
    /// Takes webhooks in.
    pub receiver: Receiver,
    /// The disk that the database lies on.
    pub disk: DiskGuard,
    /// Who does the host's own work.
    pub workers: Workers,
    /// Whether private networks may be reached: a demonstration, never production.
    pub demonstration: bool,
}

impl Services {
    /// Whether somebody takes webhooks of a connection: itself, or its merchant who is still at the page.
    async fn expects_webhook(&self, id: &ConnectionId) -> Result<(), webhook::Error> {
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
    /// Who gets in, and how much at the same time.
    admission: admission::Admission,
    /// Turns true when the host is told to end.
    pub(crate) ending: watch::Receiver<bool>,
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
        ending: watch::Receiver<bool>,
    ) -> Self {
        let admission = admission::Admission::new(&settings, router::api().access());
        // Shared, not copied: clients that read nothing would fill the memory with copies.
        let document = openapi_document().to_string().into();
        Self(Arc::new(Shared { services, settings, public_url, admission, ending, document }))
    }

    fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// The OpenAPI 3.1 description of the whole interface.
pub fn openapi_document() -> serde_json::Value {
    router::api().into_document()
}
