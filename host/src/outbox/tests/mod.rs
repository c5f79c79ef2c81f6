//! Sending, against an endpoint that fails in every way, with a clock of its own and a real database.

mod delivery;
mod forms;
mod property;
mod receiver;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use connector_api::domain::{ConnectionId, Timestamp};

use super::{Deliverer, Endpoint, EndpointProfile, EventService, Sender};
use crate::{
    clock::{Clock, SystemClock},
    model::{
        channel::Channel,
        connection::{Connection, ConnectionStatus, Environment},
    },
    net::{Network, NetworkPolicy},
    secret::{Keyring, Vault},
    store::Store,
};

/// A clock that stands still until it is moved.
struct StoppedClock(AtomicI64);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A host without the rest of it.
struct Desk {
    events: EventService,
    deliverer: Deliverer,
    store: Store,
    clock: Arc<StoppedClock>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).await.unwrap();
        let clock = Arc::new(StoppedClock(AtomicI64::new(SystemClock.now().as_unix_ms())));
        let policy = NetworkPolicy { allow_private: vec!["127.0.0.0/8".parse().unwrap()], ..NetworkPolicy::default() };
        let sender = Sender {
            network: Arc::new(Network::new(policy).unwrap()),
            vault: Vault::new(store.clone(), Arc::new(Keyring::generate().unwrap()), "test"),
            clock: clock.clone(),
            deadline: Duration::from_millis(300),
        };
        let events = EventService { store: store.clone(), sender: sender.clone() };
        let deliverer = Deliverer { store: store.clone(), sender, lease_s: 20 };
        Self { events, deliverer, store, clock, _folder: folder }
    }

    fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
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
        self.store.insert_channel(&mut channel).await.unwrap();
    }

    async fn endpoint(&self, channel: Option<&str>, url: &str, types: &[&str]) -> (Endpoint, String) {
        let types = types.iter().map(ToString::to_string).collect();
        let profile = EndpointProfile { url: url.to_owned(), types, description: String::new() };
        let issued = self.events.add(channel, profile).await.unwrap();
        (issued.endpoint, issued.secret.to_string())
    }

    /// A connection of a channel, which makes one event: it was connected.
    async fn connect(&self, channel: Option<&str>) -> ConnectionId {
        let mut connection = Connection::new("demo", "1.0.0", "Shop", Environment::Test, self.clock.now());
        connection.channel_id = channel.map(str::to_owned);
        connection.health.status = ConnectionStatus::Active;
        self.store.insert_connection(&mut connection).await.unwrap();
        connection.id
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
