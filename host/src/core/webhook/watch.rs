//! Once in a while: whose webhooks have fallen silent, and what is too old to be kept.

use std::{sync::Arc, time::Duration};

use connector_api::{domain::Timestamp, wire::capability::CapabilityName};

use crate::{
    clock::{Clock, Steadiness},
    model::{
        connection::{Connection, ConnectionFilter},
        fetched::ChangeSource,
        paging::PageQuery,
    },
    store::{self, Store},
    work::{Periodic, Singleton, singleton::Election},
};

const EVERY: Duration = Duration::from_mins(5);
/// Days for which changes are counted.
const COUNTED_DAYS: i64 = 90;
const DAY_S: i64 = 86_400;

/// Watches over webhooks.
#[derive(Clone)]
pub struct Watch {
    /// Where they are kept.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Hours without a delivery, while syncs find changes, after which webhooks count as silent; 0 for never.
    pub silent_after_h: u32,
    /// Days for which deliveries are kept.
    pub keep_days: u32,
    /// Hours for which secrets that were replaced are kept.
    pub previous_secret_h: u32,
}

impl Watch {
    /// The same as a kind of work of the host's own, done by one replica.
    pub fn scheduled<E: Election>(self, election: E) -> Singleton<Scheduled, E> {
        let steadiness = Steadiness::new(self.clock.now());
        Singleton::new(Scheduled { watch: self, steadiness }, election)
    }

    /// One round; whatever is deleted for its age stays unless `may_delete`.
    pub async fn round(&self, may_delete: bool) -> Result<(), store::Error> {
        let now = self.clock.now();
        if may_delete {
            self.delete_old(now).await?;
        }
        self.listen_to_all(now).await
    }

    async fn delete_old(&self, now: Timestamp) -> Result<(), store::Error> {
        let keep = now.plus_seconds(-DAY_S * i64::from(self.keep_days.max(1)));
        let pruned = self.store.prune_webhooks(keep, now.plus_seconds(-DAY_S * COUNTED_DAYS)).await?;
        if pruned > 0 {
            tracing::info!(pruned, "old webhooks were deleted");
        }
        let replaced_before = now.plus_seconds(-3_600 * i64::from(self.previous_secret_h));
        self.store.drop_previous_secrets(replaced_before).await?;
        Ok(())
    }

    async fn listen_to_all(&self, now: Timestamp) -> Result<(), store::Error> {
        if self.silent_after_h == 0 {
            return Ok(());
        }
        let mut page = PageQuery::first(250);
        loop {
            let listing = self.store.connections(&ConnectionFilter::default(), &page).await?;
            for connection in listing.data {
                self.listen(&connection, now).await?;
            }
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(250, Some(cursor)),
                None => return Ok(()),
            }
        }
    }

    /// Notes silence: webhooks are on, syncs find changes, and none was emitted for too long.
    async fn listen(&self, connection: &Connection, now: Timestamp) -> Result<(), store::Error> {
        let works = connection.health.status.works();
        let capabilities = &connection.findings.capabilities;
        let is_on = capabilities.iter().any(|found| found.name == CapabilityName::WebhooksVerified && found.on);
        if !works || !is_on {
            return Ok(());
        }
        let endpoint = self.store.webhook_endpoint(&connection.id).await?;
        let last = endpoint.last_accepted_at.unwrap_or(connection.created_at);
        let limit = now.plus_seconds(-3_600 * i64::from(self.silent_after_h));
        if endpoint.silent_since.is_some() || last > limit {
            return Ok(());
        }
        let counts = self.store.change_counts(&connection.id, last).await?;
        let found = counts.iter().any(|count| {
            // Of the day of the last delivery it is not known what came before it.
            count.source == ChangeSource::Reconcile && count.changed > 0 && count.day > last
        });
        if found && self.store.note_silence(&connection.id, last, now).await? {
            tracing::warn!(connection = connection.id.as_str(), since = %last, "webhooks are silent");
        }
        Ok(())
    }
}

/// The watch with a clock that is watched.
pub struct Scheduled {
    watch: Watch,
    steadiness: Steadiness,
}

impl Periodic for Scheduled {
    const NAME: &'static str = "webhook_watch";
    type Error = store::Error;

    fn every(&self) -> Duration {
        EVERY
    }

    async fn round(&mut self) -> Result<Duration, store::Error> {
        let may_delete = self.steadiness.is_given(self.watch.clock.now());
        self.watch.round(may_delete).await?;
        Ok(EVERY)
    }
}
