//! Works on what waits: connections are served in rotation, and each worker takes the claim of the one that has waited longest.

use std::{sync::Arc, time::Duration};

use connector_api::domain::{ConnectionId, Timestamp};
use tracing::{Instrument, Span, field::Empty};

use crate::{
    clock::Clock,
    core::{
        connection::{Checker, Connectors, Ctx},
        job::SyncQueue,
    },
    model::{
        fetched::EntityClaim,
        webhook::{ClaimedEntity, EntityDeferral, ReadingCommit, WebhookClaim},
    },
    secret::Vault,
    store::{self, Store, Topic},
    trace,
    work::{Due, Kind, Lease, Shutdown},
};

/// How often a worker looks for claims that nobody woke it for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The shortest pause: a clock may be a little behind the sleep.
const LEAST_PAUSE: Duration = Duration::from_millis(10);

/// How work is done.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// Milliseconds that events are gathered before their entities are read: a burst becomes one reading.
    pub settle_ms: u32,
    /// How often a delivery or an entity is tried before it is dead-lettered.
    pub attempts: u32,
    /// Seconds a claim holds without a sign of life.
    pub lease_s: u32,
    /// How long one `fetch` may take.
    pub fetch_timeout: Duration,
}

/// Works on what waits. Cheap to clone; there may be several, in several hosts.
#[derive(Clone)]
pub struct Worker {
    /// Connectors kept open.
    pub pool: Connectors,
    /// Confirms refusals.
    pub checker: Checker,
    /// Where things are kept.
    pub store: Store,
    /// Opens what is kept of people.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where syncs are asked for, of what cannot be read singly.
    pub queue: SyncQueue,
    /// How work is done.
    pub work: Work,
}

impl Kind for Worker {
    const NAME: &'static str = "webhook";
    type Claimed = WebhookClaim;
    type Error = store::Error;

    async fn claim(&self) -> store::Result<Due<WebhookClaim>> {
        let now = self.clock.now();
        if let Some(claim) = self.store.claim_webhook_work(now, self.lease_until(now)).await? {
            return Ok(Due::Now(claim));
        }
        let next = self.store.next_webhook_due().await?.map(|due| due.as_unix_ms().saturating_sub(now.as_unix_ms()));
        let pause = next.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)).max(LEAST_PAUSE));
        Ok(Due::In(pause.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)))
    }

    /// What is in progress when the host shuts down is given back: another replica, or the next process, begins it anew at once.
    async fn work(self, claim: WebhookClaim, mut shutdown: Shutdown) {
        let (connection, held) = match &claim {
            WebhookClaim::Read { connection, fence, .. } => (connection.clone(), Held::Reading(*fence)),
            WebhookClaim::Apply { connection, queues } => {
                (connection.clone(), Held::Entities(ClaimedEntity::holds(queues)))
            }
        };
        let span = span_of(&claim);
        let work = async {
            match claim {
                WebhookClaim::Read { connection, fence, deliveries } => {
                    self.read(&connection, fence, &deliveries).await;
                }
                WebhookClaim::Apply { connection, queues } => self.apply(&connection, queues).await,
            }
        };
        let work = work.instrument(span);
        tokio::select! {
            () = work => return,
            () = shutdown.begun() => {}
        }
        if let Err(error) = self.give_back(&connection, &held).await {
            tracing::warn!(connection = connection.as_str(), %error, "a claim is not given back and runs out");
        }
    }

    async fn woken(&self) {
        self.store.hinted(Topic::Webhook).await;
    }
}

/// Work of its own, linked to the requests that brought what is read.
fn span_of(claim: &WebhookClaim) -> Span {
    let span = |name, connection: &ConnectionId, items: usize| {
        tracing::info_span!(
            "webhook work",
            otel.name = name,
            otel.kind = "consumer",
            trace_id = Empty,
            connection = connection.as_str(),
            items,
        )
    };
    let span = match claim {
        WebhookClaim::Read { connection, deliveries, .. } => {
            let span = span("webhooks read", connection, deliveries.len());
            trace::link(&span, deliveries.iter().filter_map(|delivery| delivery.traceparent.as_deref()));
            span
        }
        WebhookClaim::Apply { connection, queues } => span("webhooks apply", connection, queues.len()),
    };
    trace::note_id(&span);
    span
}

/// What a claim holds.
enum Held {
    Reading(i64),
    Entities(Vec<EntityClaim>),
}

impl Worker {
    /// Makes what a claim holds due at once; nothing counts as tried.
    async fn give_back(&self, connection: &ConnectionId, held: &Held) -> store::Result<()> {
        let now = self.clock.now();
        match held {
            Held::Reading(fence) => {
                let (fence, readings) = (*fence, [].as_slice());
                let nothing = ReadingCommit { connection, fence, readings, queues_due_at: now, again_at: now, now };
                self.store.commit_reading(nothing).await.map(drop)
            }
            Held::Entities(holds) => {
                let error = "the host was shut down before it was done";
                let deferred = EntityDeferral { holds, due_at: Some(now), counts: false, error };
                self.store.defer_entities(connection, deferred, now).await
            }
        }
    }

    pub(super) fn ctx(&self) -> Ctx {
        Ctx::operator("webhooks", self.clock.now())
    }

    pub(super) fn lease_until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(i64::from(self.work.lease_s.max(1)))
    }

    pub(super) fn lease(&self) -> Lease {
        Lease::of(Duration::from_secs(self.work.lease_s.max(1).into()))
    }

    /// When entity queues that are opened now are due.
    pub(super) fn settled(&self, now: Timestamp) -> Timestamp {
        let settled = now.as_unix_ms().saturating_add(i64::from(self.work.settle_ms));
        Timestamp::from_unix_ms(settled).unwrap_or(now)
    }
}
