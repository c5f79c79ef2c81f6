//! Keeps a sync lease alive while a run goes on.

use std::{sync::Arc, time::Duration};

use connector_api::domain::ConnectionId;
use tokio::sync::watch;

use super::Error;
use crate::{
    clock::Clock,
    store::{
        Stores,
        sync::{Acquired, Lease},
    },
};

/// How long a lease holds; a host that died keeps others waiting at most that long.
const HOLDS_S: i64 = 30;
/// How often it is renewed.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// A lease with a heartbeat. Ends with [`Self::release`]; when it is dropped instead, it runs out by itself.
pub struct HeldLease {
    /// The right to write.
    pub lease: Lease,
    stores: Arc<dyn Stores>,
    heartbeat: tokio::task::JoinHandle<()>,
    lost: watch::Receiver<bool>,
}

impl HeldLease {
    /// Takes the lease of a connection.
    pub async fn acquire(
        stores: Arc<dyn Stores>,
        clock: Arc<dyn Clock>,
        connection: &ConnectionId,
        owner: &str,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let lease = match stores.acquire_lease(connection, owner, now, now.plus_seconds(HOLDS_S)).await? {
            Acquired::Lease(lease) => lease,
            Acquired::HeldBy { owner, until } => {
                return Err(Error::Held { connection: connection.to_string(), owner, until });
            }
        };
        let (tell, lost) = watch::channel(false);
        let (beat_stores, beat_lease) = (Arc::clone(&stores), lease.clone());
        let heartbeat = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                if let Err(error) = beat_stores.renew_lease(&beat_lease, clock.now().plus_seconds(HOLDS_S)).await {
                    tracing::warn!(%error, "the sync lease could not be renewed");
                    if matches!(error, crate::store::Error::LeaseLost { .. }) {
                        tell.send_replace(true);
                        return;
                    }
                }
            }
        });
        Ok(Self { lease, stores, heartbeat, lost })
    }

    /// Whether another has taken over, as far as the heartbeat knows. Writes are refused in any case.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Gives the lease back.
    pub async fn release(self) -> Result<(), Error> {
        Ok(self.stores.release_lease(&self.lease).await?)
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}
