//! Keeps a sync lease alive while a run goes on.

use std::{sync::Arc, time::Duration};

use connector_api::domain::{ConnectionId, Timestamp};
use tokio::sync::watch;

use super::{Error, Event, Progress};
use crate::{
    clock::Clock,
    model::sync::{Acquired, Lease},
    store::{self, Store},
};

/// How often a lease that another has is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A lease with a heartbeat. Ends with [`Self::release`]; when it is dropped instead, it runs out by itself.
pub struct HeldLease {
    /// The right to write.
    pub lease: Lease,
    store: Store,
    heartbeat: tokio::task::JoinHandle<()>,
    lost: watch::Receiver<bool>,
}

impl HeldLease {
    /// Takes the lease of a connection for `holds_s` seconds at a time. When another has it, waits for it to run out;
    /// gives up as soon as the other renews it, because then it is alive.
    pub async fn acquire(
        store: Store,
        clock: Arc<dyn Clock>,
        connection: &ConnectionId,
        owner: &str,
        holds_s: u32,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let mut first_seen: Option<Timestamp> = None;
        loop {
            let now = clock.now();
            match store.acquire_lease(connection, owner, now, now.plus_seconds(holds_s.into())).await? {
                Acquired::Lease(lease) => return Ok(Self::keep(store, clock, lease, holds_s)),
                Acquired::HeldBy { owner, until } if first_seen.is_none_or(|seen| seen == until) => {
                    if first_seen.is_none() {
                        progress.event(Event::Waiting { owner: &owner, until });
                    }
                    first_seen = Some(until);
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Acquired::HeldBy { owner, until } => {
                    return Err(Error::Held { connection: connection.to_string(), owner, until });
                }
            }
        }
    }

    fn keep(store: Store, clock: Arc<dyn Clock>, lease: Lease, holds_s: u32) -> Self {
        let (tell, lost) = watch::channel(false);
        let (beat_stores, beat_lease) = (store.clone(), lease.clone());
        let heartbeat = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(holds_s.into()) / 3).await;
                let until = clock.now().plus_seconds(holds_s.into());
                if let Err(error) = beat_stores.renew_lease(&beat_lease, until).await {
                    tracing::warn!(%error, "cannot renew the sync lease");
                    if matches!(error, store::Error::LeaseLost { .. }) {
                        tell.send_replace(true);
                        return;
                    }
                }
            }
        });
        Self { lease, store, heartbeat, lost }
    }

    /// Whether another has taken over, as far as the heartbeat knows. Writes are refused in any case.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Gives the lease back.
    pub async fn release(self) -> Result<(), Error> {
        Ok(self.store.release_lease(&self.lease).await?)
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}
