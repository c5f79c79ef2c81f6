//! Looking after webhooks, with a clock that is moved by hand: silence, and what is too old to be kept.

use std::sync::Arc;

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::{
        capability::{CapabilityName, CapabilityState},
        pull::Stream,
    },
};

use super::watch::Watch;
use crate::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        outbox::OutboxFilter,
        paging::PageQuery,
        rows::Rows,
        run::Mode,
        webhook::{NewDelivery, Proof, Reading, ReadingCommit, WebhookClaim},
        webhook_view::DeliveryFilter,
    },
    store::{
        Store,
        suite::fixture::{Sync, at, full_sync, offer, small_catalog},
    },
    testing::{Database, SetClock},
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A database, and who looks after its webhooks.
struct Post {
    store: Store,
    clock: SetClock,
    watch: Watch,
    _database: Database,
}

impl Post {
    async fn new() -> Self {
        let database = Database::new().await;
        let (store, clock) = (database.store.clone(), SetClock::at(at(0)));
        let watch = Watch {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            silent_after_h: 24,
            keep_days: 7,
            previous_secret_h: 24,
        };
        Self { store, clock, watch, _database: database }
    }

    /// A store that is connected and read, with webhooks or without.
    async fn connect(&self, label: &str, with_webhooks: bool) -> ConnectionId {
        let mut connection = Connection::new("demo", "1.0.0", label, Environment::Test, at(0));
        connection.health.status = ConnectionStatus::Active;
        let name = CapabilityName::WebhooksVerified;
        let state = CapabilityState { name, on: with_webhooks, degraded: false, reason: "a secret is there".into() };
        connection.findings.capabilities.push(state);
        self.store.insert_connection(&mut connection).await.unwrap();
        full_sync(&self.store, &connection.id, &small_catalog(), at(10)).await;
        connection.id
    }

    /// A sync at this time finds an offer under another title.
    async fn sync_finds(&self, id: &ConnectionId, title: &str, second: i64) {
        let sync = Sync::begin(&self.store, id, &[(Stream::Offers, Mode::Full)], at(second)).await;
        let rows = vec![offer("9", title, &["c"]), offer("10", "Shirt", &["a", "b"])];
        sync.write(&Stream::Offers, &Rows::Offers(rows)).await;
        sync.complete(&Stream::Offers, true).await;
        sync.end().await;
    }

    async fn deliver(&self, id: &ConnectionId, key: &str, second: i64) {
        let delivery = NewDelivery {
            connection: id.clone(),
            received_at: at(second),
            proof: Proof::Authentic,
            signed_at: None,
            dedupe_key: Some(key.to_owned()),
            content: vec![],
            bytes: 0,
            traceparent: None,
        };
        assert_eq!(self.store.keep_deliveries(&[delivery], &[]).await.unwrap().new, 1);
    }

    /// Reads everything that waits; nothing is in it.
    async fn read_all(&self, second: i64) {
        while let Some(WebhookClaim::Read { connection, fence, deliveries }) =
            self.store.claim_webhook_work(at(second), at(second + 30)).await.unwrap()
        {
            let readings: Vec<_> = deliveries.iter().map(|delivery| (delivery.seq, Reading::Events(vec![]))).collect();
            let (connection, readings, now) = (&connection, &readings[..], at(second));
            let commit = ReadingCommit { connection, fence, readings, queues_due_at: now, again_at: now, now };
            self.store.commit_reading(commit).await.unwrap();
        }
    }

    /// Looks after everything at this time; since when a connection is silent.
    async fn look(&self, id: &ConnectionId, second: i64) -> Option<Timestamp> {
        self.clock.set(at(second));
        self.watch.round(true).await.unwrap();
        self.store.webhook_endpoint(id).await.unwrap().silent_since
    }

    /// What was reported of silence, in its order.
    async fn reported(&self) -> Vec<String> {
        let events = self.store.outbox(&OutboxFilter::default(), 0, 250).await.unwrap().events;
        let kinds = events.into_iter().map(|event| event.kind);
        kinds.filter(|kind| kind.contains("webhooks")).collect()
    }
}

#[tokio::test]
async fn changes_that_come_by_sync_alone_are_silence_reported_once_and_ended_by_a_delivery() {
    let post = Post::new().await;
    let id = post.connect("1", true).await;
    post.deliver(&id, "a", 20).await;
    assert_eq!(post.look(&id, 23 * HOUR).await, None, "no change was found, so none was to be told");
    post.sync_finds(&id, "Slacks", 23 * HOUR).await;
    assert_eq!(post.look(&id, 24 * HOUR).await, None, "not for long enough");
    assert_eq!(post.look(&id, 25 * HOUR).await, Some(at(20)));
    assert_eq!(post.look(&id, 30 * HOUR).await, Some(at(20)));
    assert_eq!(post.reported().await, ["connection.webhooks_silent"]);

    post.deliver(&id, "b", 31 * HOUR).await;
    assert_eq!(post.look(&id, 31 * HOUR).await, None);
    assert_eq!(post.look(&id, 100 * HOUR).await, None, "nothing has changed since: there is nothing to tell");
    post.sync_finds(&id, "Jeans", 100 * HOUR).await;
    assert_eq!(post.look(&id, 100 * HOUR).await, Some(at(31 * HOUR)));
    assert_eq!(post.reported().await.iter().filter(|kind| kind.ends_with("silent")).count(), 2);
    let kinds = post.store.events(&id, &PageQuery::default()).await.unwrap().data;
    let kinds: Vec<_> =
        kinds.iter().map(|event| event.kind.as_str()).filter(|kind| kind.contains("webhooks")).collect();
    assert_eq!(kinds, ["webhooks_silent", "webhooks_back", "webhooks_silent"]);
}

#[tokio::test]
async fn who_never_had_webhooks_is_not_silent() {
    let post = Post::new().await;
    let (without, with) = (post.connect("1", false).await, post.connect("2", true).await);
    post.sync_finds(&without, "Slacks", 30 * HOUR).await;
    post.sync_finds(&with, "Slacks", 30 * HOUR).await;
    assert_eq!(post.look(&without, 31 * HOUR).await, None);
    assert_eq!(post.store.webhook_endpoint(&with).await.unwrap().silent_since, Some(at(0)), "since it was connected");
    let never = Watch { silent_after_h: 0, ..post.watch.clone() };
    let third = post.connect("3", true).await;
    post.sync_finds(&third, "Slacks", 31 * HOUR).await;
    post.clock.set(at(90 * HOUR));
    never.round(true).await.unwrap();
    assert_eq!(post.store.webhook_endpoint(&third).await.unwrap().silent_since, None, "it is switched off");
}

#[tokio::test]
async fn deliveries_are_forgotten_after_their_days_unless_they_wait() {
    let post = Post::new().await;
    let id = post.connect("1", true).await;
    post.deliver(&id, "old", 20).await;
    post.deliver(&id, "younger", DAY).await;
    post.read_all(DAY).await;
    post.deliver(&id, "waits", DAY + 1).await;
    let kept = async || {
        let page = post.store.deliveries(&id, &DeliveryFilter::default(), &PageQuery::default()).await.unwrap();
        page.data.iter().map(|delivery| delivery.received_at).collect::<Vec<_>>()
    };
    post.look(&id, 7 * DAY).await;
    assert_eq!(kept().await, [at(DAY + 1), at(DAY), at(20)], "seven days are not over");
    post.look(&id, 7 * DAY + 21).await;
    assert_eq!(kept().await, [at(DAY + 1), at(DAY)]);
    post.look(&id, 60 * DAY).await;
    assert_eq!(kept().await, [at(DAY + 1)], "what nobody has read is not forgotten");
    // The same delivery, sent again after so long, is a new one.
    post.deliver(&id, "old", 60 * DAY).await;
}
