//! Who this process is to the others, and that it lives.

use std::{sync::Arc, time::Duration};

use connector_api::domain::Timestamp;

use crate::{
    clock::Clock,
    model::replica::Replica,
    store::{self, Store},
    work::singleton::Election,
};

/// This process as one of several over a database. Cheap to clone.
#[derive(Clone)]
pub struct Member {
    store: Store,
    clock: Arc<dyn Clock>,
    replica: Arc<Replica>,
    holds_s: u32,
}

impl Member {
    /// Joins the replicas: others take this process for ended `holds_s` seconds after its last sign of life.
    pub async fn join(
        store: Store,
        clock: Arc<dyn Clock>,
        owner: &str,
        role: &'static str,
        holds_s: u32,
    ) -> store::Result<Self> {
        let now = clock.now();
        let replica = Replica { owner: owner.to_owned(), role, version: env!("CARGO_PKG_VERSION"), started_at: now };
        store.join_replicas(&replica, now, until(now, holds_s)).await?;
        Ok(Self { store, clock, replica: Arc::new(replica), holds_s })
    }

    /// Names it.
    pub fn owner(&self) -> &str {
        &self.replica.owner
    }

    /// Shows that it lives; how many replicas do.
    pub(super) async fn renew(&self) -> store::Result<u32> {
        if !self.store.has_replicas() {
            return Ok(1);
        }
        let now = self.clock.now();
        self.store.renew_replica(&self.replica, now, until(now, self.holds_s)).await
    }

    /// How often it has to show that it lives.
    pub(super) fn renewed_every(&self) -> Duration {
        Duration::from_millis(u64::from(self.holds_s) * 1_000 / 3)
    }

    /// Leaves: what it did for all is done by another at once.
    pub async fn leave(&self) {
        if let Err(error) = self.store.leave_replicas(self.owner()).await {
            tracing::warn!(%error, "cannot take this process from the list of replicas; others see that it has ended a little later");
        }
    }
}

impl Election for Member {
    type Error = store::Error;

    async fn leads(&self, kind: &'static str) -> store::Result<bool> {
        self.store.lead(kind, self.owner(), self.clock.now()).await
    }
}

fn until(now: Timestamp, holds_s: u32) -> Timestamp {
    now.plus_seconds(holds_s.into())
}
