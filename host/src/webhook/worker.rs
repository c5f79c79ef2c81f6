//! Works on what waits: connections take turns, and each worker takes the turn of the one that has waited longest.

use std::{sync::Arc, time::Duration};

use connector_api::domain::Timestamp;
use tokio::sync::{Notify, watch};

use crate::{
    clock::Clock,
    connection::{Checker, Connectors, Ctx},
    job::SyncQueue,
    model::webhook::Turn,
    secret::Vault,
    store::Store,
};

/// How often a worker looks for turns that nobody woke it for.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How work is done.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// Milliseconds that events are gathered before their entities are read: a burst becomes one reading.
    pub settle_ms: u32,
    /// How often a delivery or an entity is tried before it is given up.
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
    /// Is told when something comes in.
    pub wake: Arc<Notify>,
    /// How work is done.
    pub work: Work,
}

impl Worker {
    /// Works until it is told to end; what is at work then is worked off by the next process.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        while !*ending.borrow() {
            tokio::select! {
                worked = self.turn() => {
                    if !worked {
                        self.rest(&mut ending).await;
                    }
                }
                _ = ending.changed() => {}
            }
        }
    }

    /// Takes one turn; `false` when nobody has one.
    pub async fn turn(&self) -> bool {
        let now = self.clock.now();
        match self.store.claim_turn(now, self.lease_until(now)).await {
            Ok(Some(turn)) => {
                // There may be more: another worker looks while this one works.
                self.wake.notify_one();
                match turn {
                    Turn::Read { connection, fence, deliveries } => self.read(&connection, fence, &deliveries).await,
                    Turn::Apply { connection, lanes } => self.apply(&connection, lanes).await,
                }
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::error!(%error, "cannot read pending webhooks");
                false
            }
        }
    }

    async fn rest(&self, ending: &mut watch::Receiver<bool>) {
        let pause = match self.store.next_turn().await {
            Ok(Some(due)) => {
                let ms = due.as_unix_ms().saturating_sub(self.clock.now().as_unix_ms());
                Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(10)).min(LOOK_AGAIN)
            }
            _ => LOOK_AGAIN,
        };
        tokio::select! {
            () = self.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = ending.changed() => {}
        }
    }

    pub(super) fn ctx(&self) -> Ctx {
        Ctx::operator("webhooks", self.clock.now())
    }

    pub(super) fn lease_until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(i64::from(self.work.lease_s.max(1)))
    }

    /// When lanes that are opened now are due.
    pub(super) fn settled(&self, now: Timestamp) -> Timestamp {
        let settled = now.as_unix_ms().saturating_add(i64::from(self.work.settle_ms));
        Timestamp::from_unix_ms(settled).unwrap_or(now)
    }
}
