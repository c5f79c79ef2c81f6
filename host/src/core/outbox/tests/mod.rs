//! Sending, against an endpoint that fails in every way, with a clock of its own and a real database.

mod delivery;
mod forms;
mod property;
mod receiver;

use std::time::Duration;

use connector_api::domain::ConnectionId;

use super::{Deliverer, Endpoint, EndpointProfile, EventService, Sender};
use crate::{
    clock::{Clock, SystemClock},
    model::{Ctx, audit::AuditAction, channel::Channel},
    net::NetworkPolicy,
    store::Store,
    testing::{Options, SetClock, World},
};

/// A host without the rest of it.
struct Desk {
    events: EventService,
    deliverer: Deliverer,
    store: Store,
    clock: SetClock,
    host: World,
}

impl Desk {
    async fn new() -> Self {
        let clock = SetClock::at(SystemClock.now());
        let network = NetworkPolicy { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..NetworkPolicy::default() };
        let host = World::new(Options { network, ..Options::from(&clock) }).await;
        let sender = Sender {
            network: host.network.clone(),
            vault: host.vault.clone(),
            clock: host.clock.clone(),
            deadline: Duration::from_millis(300),
        };
        let store = host.store.clone();
        let events = EventService { store: store.clone(), sender: sender.clone() };
        let deliverer = Deliverer { store: store.clone(), sender, lease_s: 20 };
        Self { events, deliverer, store, clock, host }
    }

    fn ctx(&self) -> Ctx {
        self.host.ctx()
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    async fn channel(&self, id: &str) {
        let now = self.clock.now();
        let mut channel = Channel {
            id: id.to_owned(),
            version: 0,
            name: id.to_owned(),
            logo_url: None,
            accent_color: None,
            redirect_urls: vec![],
            allowed_connectors: vec![],
            frame_ancestors: vec![],
            local_quotes: crate::model::channel::LocalQuotes::default(),
            created_at: now,
            updated_at: now,
        };
        self.store.insert_channel(&mut channel, &self.ctx().audit(AuditAction::ChannelCreated)).await.unwrap();
    }

    async fn endpoint(&self, channel: Option<&str>, url: &str, types: &[&str]) -> (Endpoint, String) {
        let types = types.iter().map(ToString::to_string).collect();
        let profile = EndpointProfile { url: url.to_owned(), types, description: String::new() };
        let issued = self.events.add(&self.ctx(), channel, profile).await.unwrap();
        (issued.endpoint, issued.secret.to_string())
    }

    /// A connection of a channel, which makes one event: it was connected.
    async fn connect(&self, channel: Option<&str>) -> ConnectionId {
        self.host.connect(|connection| connection.channel_id = channel.map(str::to_owned)).await
    }

    /// Makes so many events of a connection: it is paused, resumed, paused …
    async fn happen(&self, connection: &ConnectionId, events: usize) {
        for _ in 0..events {
            let mut connection = self.store.connection(connection).await.unwrap().unwrap();
            connection.updated_at = self.clock.now();
            connection.paused_at = if connection.paused_at.is_some() { None } else { Some(self.clock.now()) };
            self.store.update_connection(&mut connection).await.unwrap();
        }
    }

    /// Sends until nothing is due any more.
    async fn deliver(&self) {
        while self.deliverer.deliver_once().await.unwrap() {}
    }

    async fn fresh(&self, endpoint: &Endpoint) -> Endpoint {
        self.events.get(None, &endpoint.id).await.unwrap()
    }
}
