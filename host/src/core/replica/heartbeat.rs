//! What every replica does again and again, whatever its role is: it shows that it lives, follows the database's clock, opens
//! sessions of replicas that have ended, holds back what others hold back, and shares platforms with those that ask them too.

use std::{sync::Arc, time::Duration};

use super::member::Member;
use crate::{
    clock::{Clock, FollowingClock},
    core::connection::{self, Connectors},
    store::Store,
    work::Periodic,
};

/// A replica uses a connection for as long after its last request to the platform.
const USES_FOR: Duration = Duration::from_secs(15);

/// What every replica does again and again.
pub struct Heartbeat {
    /// This process.
    pub member: Member,
    /// Where replicas meet.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The same when it follows the database's.
    pub following: Option<Arc<FollowingClock>>,
    /// Plugins, some of which are held back, and the platforms that are asked.
    pub connectors: Connectors,
}

impl Periodic for Heartbeat {
    const NAME: &'static str = "replica";
    type Error = connection::Error;

    fn every(&self) -> Duration {
        self.member.renewed_every()
    }

    async fn round(&mut self) -> Result<Duration, connection::Error> {
        if let Some(clock) = &self.following {
            follow(&self.store, clock).await?;
        }
        let alive = self.member.renew().await?;
        self.store.hint_others(alive > 1);
        let now = self.clock.now();
        if self.store.has_replicas() {
            let reopened = self.store.reopen_confirming_sessions(now).await?;
            if reopened > 0 {
                tracing::warn!(reopened, "sessions whose confirmation was cut off can be confirmed again");
            }
            self.share().await?;
        }
        self.connectors.apply_holds().await?;
        Ok(self.every())
    }
}

impl Heartbeat {
    /// As many replicas as ask a platform divide the requests among them that may be in flight there.
    async fn share(&self) -> Result<(), connection::Error> {
        let used = self.connectors.used_within(USES_FOR);
        if used.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let until = now.plus_seconds(i64::try_from(USES_FOR.as_secs()).unwrap_or(0));
        let shares = self.store.share_budgets(self.member.owner(), &used, now, until).await?;
        for (connection, sharers) in shares {
            self.connectors.share_with(&connection, sharers);
        }
        Ok(())
    }
}

/// Measures the database's clock, if it has one of its own.
pub async fn follow(store: &Store, clock: &FollowingClock) -> crate::store::Result<()> {
    let asked = clock.machine();
    if let Some(theirs) = store.server_time().await? {
        clock.follow(theirs, asked);
    }
    Ok(())
}
