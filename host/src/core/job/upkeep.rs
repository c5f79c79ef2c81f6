//! What happens once in a while: connections are validated again, reminders of credentials that run out are recorded,
//! missing schedules are made up, secrets of links that have expired are destroyed, events that are old are removed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::validate::CredentialExpiry,
};
use futures_util::{StreamExt, stream};

use super::queue::SyncQueue;
use crate::{
    clock::{Clock, Steadiness},
    core::connection::{self, Checker, Connectors, Ctx, health},
    model::{
        connection::{Connection, ConnectionFilter, ConnectionStatus},
        event::ConnectionEvent,
        horizon::Horizons,
        paging::PageQuery,
    },
    store::Store,
    work::{
        Every, Periodic,
        backoff::{Backoff, Jitter, of_key},
    },
};

/// How often it is looked whether something is to be done.
const EVERY: Duration = Duration::from_mins(1);
/// Validations in one round: the next one is near.
const CHECKS_PER_ROUND: usize = 20;
/// Validations at a time: a platform that does not answer takes two minutes to say so.
const CHECKS_AT_A_TIME: usize = 5;
/// Seconds before a validation is tried again that came to nothing, so that platforms that are down leave room for others.
const CHECK_AGAIN_S: i64 = 3_600;
/// Before a connection in trouble is checked for the first time; the pauses double up to `server.check_every_h`.
const TROUBLE_PAUSE: Duration = Duration::from_mins(1);
/// Days before the end of a credential at which a reminder is recorded.
const REMINDERS: [i64; 4] = [30, 14, 7, 1];
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
    /// How far ahead instants may lie.
    pub horizons: Horizons,
    /// When connections were last tried that could not be validated.
    pub tried: HashMap<ConnectionId, Timestamp>,
}

impl Upkeep {
    /// The same as a kind of work of the host's own.
    pub fn scheduled(self) -> Every<Scheduled> {
        let steadiness = Steadiness::new(self.clock.now());
        Every::new(Scheduled { upkeep: self, steadiness })
    }

    /// One round; whatever is deleted for its age stays unless `may_delete`.
    pub async fn round(&mut self, may_delete: bool) -> Result<(), connection::Error> {
        let (store, now) = (&self.store, self.clock.now());
        store.heal_instants(&self.horizons, now).await?;
        self.connectors.apply_holds().await?;
        store.shred_expired_sessions(now).await?;
        let ago = |days: u32| now.plus_seconds(-i64::from(days) * DAY_S);
        if may_delete {
            store.prune_outbox(ago(self.events_kept_days), ago(ATTEMPTS_KEPT_DAYS)).await?;
            store.prune_seen_prices(now).await?;
            store.forget_requests(now.plus_seconds(-DAY_S)).await?;
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
                if let Err(error) = self.look_after(connection, now).await {
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

    async fn look_after(&self, connection: Connection, now: Timestamp) -> Result<(), connection::Error> {
        self.remind(&connection, now).await?;
        self.note_expiry(connection, now).await
    }

    /// Records each reminder once: the most urgent that is due.
    async fn remind(&self, connection: &Connection, now: Timestamp) -> Result<(), connection::Error> {
        for expiry in &connection.findings.expiries {
            let Some(days) = reminder_due(expiry, now) else { continue };
            let assumed = if expiry.assumed { " (assumed)" } else { "" };
            let event = ConnectionEvent {
                seq: 0,
                connection_id: connection.id.clone(),
                kind: "credential_expiry".to_owned(),
                before: None,
                after: None,
                cause: Some(format!(
                    "`{}` expires at {}{assumed}, within {days} days",
                    expiry.field, expiry.expires_at
                )),
                actor: Some(ACTOR.to_owned()),
                at: now,
            };
            let once = format!("expiry|{}|{}|{}|{days}", connection.id, expiry.field, expiry.expires_at);
            if self.store.record_event(&event, Some(&once)).await? {
                tracing::warn!(
                    connection = connection.id.as_str(),
                    field = expiry.field,
                    days,
                    "a credential expires soon"
                );
            }
        }
        Ok(())
    }

    /// A credential that has come near its end changes the state, without asking the platform.
    async fn note_expiry(&self, mut connection: Connection, now: Timestamp) -> Result<(), connection::Error> {
        let Some(expiring) = health::near_expiry(&connection.findings.expiries, now) else { return Ok(()) };
        if connection.health.status == ConnectionStatus::Expiring {
            return Ok(());
        }
        health::replace(&mut connection.health, expiring, ACTOR);
        connection.updated_at = now;
        Ok(self.store.update_connection(&mut connection).await?)
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

/// Whether a connection is to be checked that was last tried in vain at `tried`.
fn is_due(connection: &Connection, tried: Option<Timestamp>, every_h: u32, now: Timestamp) -> bool {
    // What lies ahead comes from a clock that was.
    let [validated, tried] = [connection.validated_at, tried].map(|at| at.filter(|at| *at <= now));
    let asked = validated.max(tried);
    let is_over = |at: Option<Timestamp>, pause_s: i64| at.is_none_or(|at| at.plus_seconds(pause_s) <= now);
    let every_s = i64::from(every_h) * 3_600;
    match connection.health.status {
        ConnectionStatus::Degraded | ConnectionStatus::Failing | ConnectionStatus::ReauthRequired => {
            is_over(asked, trouble_pause_s(connection, asked, if every_h > 0 { every_s } else { DAY_S }))
        }
        ConnectionStatus::Active | ConnectionStatus::Expiring => {
            every_h > 0 && is_over(validated, every_s) && is_over(tried, CHECK_AGAIN_S)
        }
        ConnectionStatus::Pending | ConnectionStatus::Validating | ConnectionStatus::Disconnected => false,
    }
}

/// Seconds before a connection in trouble is checked again, so that a platform that is repaired brings it back by itself: as
/// long as the trouble had lasted when it was checked last, so that the pauses double, and a little more, by its id, so that
/// those that fell together do not come back together.
fn trouble_pause_s(connection: &Connection, asked: Option<Timestamp>, longest_s: i64) -> i64 {
    let since = connection.health.since.as_unix_ms();
    let lasted_s = asked.map_or(0, |asked| asked.as_unix_ms().saturating_sub(since) / 1_000);
    let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let backoff = Backoff::new(TROUBLE_PAUSE, seconds(longest_s), Jitter::FIFTH_LATER);
    let pause = backoff.pause_as_long_as(seconds(lasted_s), of_key(connection.id.as_str()));
    i64::try_from(pause.as_secs()).unwrap_or(i64::MAX)
}

/// The most urgent reminder that is due.
fn reminder_due(expiry: &CredentialExpiry, now: Timestamp) -> Option<i64> {
    REMINDERS.into_iter().rev().find(|days| expiry.expires_at <= now.plus_seconds(days * DAY_S))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::Environment;

    #[test]
    fn a_connection_in_trouble_is_checked_again_and_again_and_ever_less_often() {
        let start: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        for (every_h, least, most) in [(0, 8, 14), (24, 8, 14), (1, 24, 30)] {
            let mut connection = Connection::new("demo", "1.0.0", "1", Environment::Test, start);
            connection.health.status = ConnectionStatus::ReauthRequired;
            connection.validated_at = Some(start);
            let (mut checks, mut tried) = (vec![], None);
            for minute in 0..24 * 60 {
                let now = start.plus_seconds(minute * 60);
                if is_due(&connection, tried, every_h, now) {
                    checks.push(minute);
                    tried = Some(now);
                }
            }
            assert!(checks.first().is_some_and(|first| *first <= 2), "{checks:?}");
            assert!((least..=most).contains(&checks.len()), "{every_h} h: {checks:?}");
        }
    }

    #[test]
    fn a_check_of_a_clock_that_was_ahead_keeps_no_connection_from_being_checked() {
        let now: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        let ahead = now.plus_seconds(400 * DAY_S);
        for status in [ConnectionStatus::Active, ConnectionStatus::ReauthRequired, ConnectionStatus::Failing] {
            let mut connection = Connection::new("demo", "1.0.0", "1", Environment::Test, ahead);
            connection.health.status = status;
            connection.validated_at = Some(ahead);
            assert!(is_due(&connection, Some(ahead), 24, now), "{status:?}");
            connection.validated_at = Some(now);
            assert!(!is_due(&connection, None, 24, now.plus_seconds(30)), "{status:?}");
        }
    }

    #[test]
    fn the_most_urgent_reminder_is_the_one_that_is_due() {
        let now: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        let due = |date: &str| {
            let expires_at = date.parse().unwrap();
            reminder_due(&CredentialExpiry { field: "token".into(), expires_at, assumed: true }, now)
        };
        assert_eq!(due("2026-06-01T00:00:01Z"), None);
        assert_eq!(due("2026-05-31T00:00:00Z"), Some(30));
        assert_eq!(due("2026-05-14T00:00:00Z"), Some(14));
        assert_eq!(due("2026-05-08T00:00:00Z"), Some(7));
        assert_eq!(due("2026-05-01T12:00:00Z"), Some(1));
        assert_eq!(due("2026-04-01T00:00:00Z"), Some(1), "one that has run out is not forgotten");
    }
}
