//! The HTTP interface: for channels and operators (`/v1`), for the merchant's page (`/connect/v1`), for the dashboard
//! (`/dashboard/v1`), and the page's files.
//!
//! [`router`] has every URL. Each handler in `api/` has five parts in the same order: take the input, authorise, call one
//! service, shape the answer, reply. Handlers know services, never the store or a plugin. `problem` has the only table of
//! status codes; `openapi` writes down what `router` says.

mod api;
mod assets;
mod auth;
mod extract;
mod middleware;
mod openapi;
mod problem;
mod router;
pub mod server;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use url::Url;

use crate::{
    cart::QuoteService,
    channel::ChannelService,
    config::ServerSection,
    connection::ConnectionService,
    job::{ProgressBoard, SyncQueue},
    metrics::Metrics,
    order::OrderService,
    outbox::EventService,
    session::SessionService,
    webhook::{Receiver, WebhookService},
};

pub use server::serve;

/// The services that handlers call. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Connections and their catalogs.
    pub connections: ConnectionService,
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
    /// Whether private networks may be reached: a demonstration, never production.
    pub demonstration: bool,
}

/// What every handler gets. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Host(Arc<Shared>);

/// Services and settings of one server.
pub(crate) struct Shared {
    pub(crate) services: Services,
    pub(crate) settings: ServerSection,
    pub(crate) public_url: Url,
    /// Requests that may be at work, webhooks apart.
    pub(crate) room: Semaphore,
    /// Webhooks that may be at work.
    pub(crate) webhook_room: Semaphore,
    /// Turns true when the host is told to end.
    pub(crate) ending: watch::Receiver<bool>,
    pub(crate) document: String,
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
        settings: ServerSection,
        public_url: Url,
        ending: watch::Receiver<bool>,
    ) -> Self {
        let most = usize::try_from(settings.max_requests).unwrap_or(usize::MAX >> 4);
        let (room, webhook_room) = (Semaphore::new(most), Semaphore::new(most));
        let document = openapi_document().to_string();
        Self(Arc::new(Shared { services, settings, public_url, room, webhook_room, ending, document }))
    }

    fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// The OpenAPI 3.1 description of the whole interface.
pub fn openapi_document() -> serde_json::Value {
    router::api().into_document()
}
