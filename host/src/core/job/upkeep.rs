//! What happens once in a while: connections are validated again, reminders of credentials that run out are recorded,
//! missing schedules are made up, secrets of links that have expired are destroyed, events that are old are removed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use connector_api::domain::{ConnectionId, Timestamp};
use futures_util::{StreamExt, stream};

use super::{queue::SyncQueue, recheck::is_due, reminders::look_after};
use crate::{
    clock::{Clock, Steadiness},
    core::connection::{self, Checker, Connectors, Ctx},
    model::{connection::ConnectionFilter, horizon::Horizons, paging::PageQuery},
    store::Store,
    work::{Periodic, Singleton, singleton::Election},
};

/// How often it is looked whether something is to be done.
const EVERY: Duration = Duration::from_mins(1);
/// Validations in one round: the next one is near.
const CHECKS_PER_ROUND: usize = 20;
/// Validations at a time: a platform that does not answer takes two minutes to say so.
const CHECKS_AT_A_TIME: usize = 5;
/// Days that attempts to deliver events are kept.
const ATTEMPTS_KEPT_DAYS: u32 = 7;
const DAY_S: i64 = 86_400;
/// Who the record names.
const ACTOR: &str = "schedule";

/// What happens once in a while.
#[derive(Clone)]
pub struct Upkeep {
    /// Where connections are kept.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Plugins, some of which are held back.
    pub connectors: Connectors,
    /// Validates connections again.
    pub checker: Checker,
    /// Where syncs are asked for.
    pub queue: SyncQueue,
    /// Hours after which a connection is validated again; 0 for never.
    pub check_every_h: u32,
    /// Minutes between two syncs; 0 for none by itself.
    pub sync_every_min: u32,
    /// Days that events are kept.
    pub events_kept_days: u32,
    /// Days that audit entries are kept.
    pub audit_kept_days: u32,
    /// How far ahead instants may lie.
    pub horizons: Horizons,
    /// When connections were last tried that could not be validated.
    pub tried: HashMap<ConnectionId, Timestamp>,
}

impl Upkeep {
    /// The same as a kind of work of the host's own, done by one replica.
    pub fn scheduled<E: Election>(self, election: E) -> Singleton<Scheduled, E> {
        let steadiness = Steadiness::new(self.clock.now());
        Singleton::new(Scheduled { upkeep: self, steadiness }, election)
    }

    /// One round; whatever is deleted for its age stays unless `may_delete`.
    pub async fn round(&mut self, may_delete: bool) -> Result<(), connection::Error> {
        let (store, now) = (&self.store, self.clock.now());
        store.heal_instants(&self.horizons, now).await?;
        store.shred_expired_sessions(now).await?;
        let ago = |days: u32| now.plus_seconds(-i64::from(days) * DAY_S);
        if may_delete {
            store.prune_outbox(ago(self.events_kept_days), ago(ATTEMPTS_KEPT_DAYS)).await?;
            store.prune_audit(ago(self.audit_kept_days)).await?;
            store.prune_seen_prices(now).await?;
            store.forget_requests(now.plus_seconds(-DAY_S)).await?;
            store.prune_commit_markers(now).await?;
        }
        if self.sync_every_min > 0 {
            store.schedule_missing_syncs(now).await?;
        }
        // One that lies ahead comes from a clock that was.
        self.tried.retain(|_, tried| *tried <= now && tried.plus_seconds(DAY_S) > now);
        let mut due = vec![];
        let mut page = PageQuery::first(250);
        loop {
            let listing = store.connections(&ConnectionFilter::default(), &page).await?;
            for connection in listing.data {
                // One whose plugin cannot be asked takes up no room.
                if due.len() < CHECKS_PER_ROUND
                    && is_due(&connection, self.tried.get(&connection.id).copied(), self.check_every_h, now)
                    && self.connectors.can_be_asked(&connection.connector_id)
                {
                    due.push(connection.id.clone());
                }
                if !connection.health.status.works() {
                    continue;
                }
                let id = connection.id.clone();
                if let Err(error) = look_after(&self.store, ACTOR, connection, now).await {
                    tracing::warn!(connection = id.as_str(), %error, "maintenance of a connection failed");
                }
            }
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(250, Some(cursor)),
                None => break,
            }
        }
        self.tried.extend(due.iter().map(|id| (id.clone(), now)));
        stream::iter(&due).for_each_concurrent(CHECKS_AT_A_TIME, |id| self.check(id)).await;
        Ok(())
    }

    /// A connection that fails must not keep the others waiting.
    async fn check(&self, id: &ConnectionId) {
        if let Err(error) = self.checker.check(&self.ctx(), id, |_| {}).await {
            tracing::warn!(connection = id.as_str(), %error, "cannot revalidate a connection");
        }
    }

    fn ctx(&self) -> Ctx {
        Ctx::operator(ACTOR, self.clock.now())
    }
}

/// Upkeep with a clock that is watched.
pub struct Scheduled {
    upkeep: Upkeep,
    steadiness: Steadiness,
}

impl Periodic for Scheduled {
    const NAME: &'static str = "upkeep";
    type Error = connection::Error;

    fn every(&self) -> Duration {
        EVERY
    }

    async fn round(&mut self) -> Result<Duration, connection::Error> {
        let may_delete = self.steadiness.is_given(self.upkeep.clock.now());
        self.upkeep.round(may_delete).await?;
        Ok(EVERY)
    }
}
