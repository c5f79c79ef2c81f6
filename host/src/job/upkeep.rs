//! What happens once in a while: connections are validated again, reminders of credentials that run out are recorded,
//! missing schedules are made up, secrets of links that have expired are destroyed, events that are old are removed.

use std::time::Duration;

use connector_api::{domain::Timestamp, wire::validate::CredentialExpiry};
use tokio::sync::watch;

use super::queue::SyncQueue;
use crate::{
    connection::{self, ConnectionService, health},
    store::{
        connection::{Connection, ConnectionFilter, ConnectionStatus},
        event::ConnectionEvent,
        paging::PageQuery,
    },
};

/// How often it is looked whether something is to be done.
const EVERY: Duration = Duration::from_mins(1);
/// Validations in one round: they cost the merchant's quota, and the next round is near.
const CHECKS_PER_ROUND: u32 = 20;
/// Days before the end of a credential at which a reminder is recorded.
const REMINDERS: [i64; 4] = [30, 14, 7, 1];
const DAY_S: i64 = 86_400;

/// What happens once in a while.
#[derive(Clone)]
pub struct Upkeep {
    /// Connections.
    pub connections: ConnectionService,
    /// Where syncs are asked for.
    pub queue: SyncQueue,
    /// Hours after which a connection is validated again; 0 for never.
    pub check_every_h: u32,
    /// Minutes between two syncs; 0 for none by itself.
    pub sync_every_min: u32,
    /// Days that events are kept, and how attempts to send them went.
    pub events_kept_days: (u32, u32),
}

impl Upkeep {
    /// Goes round until it is told to end.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        let upkeep = Self { connections: self.connections.acting_as("schedule"), ..self };
        while !*ending.borrow() {
            tokio::select! {
                outcome = upkeep.round() => {
                    if let Err(error) = outcome {
                        tracing::error!(%error, "the regular round could not be ended");
                    }
                }
                _ = ending.changed() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = ending.changed() => {}
            }
        }
    }

    /// One round.
    pub async fn round(&self) -> Result<(), connection::Error> {
        let stores = &self.connections.stores;
        let now = self.connections.clock.now();
        stores.shred_expired_sessions(now).await?;
        let (events, attempts) = self.events_kept_days;
        let ago = |days: u32| now.plus_seconds(-i64::from(days) * DAY_S);
        stores.prune_outbox(ago(events), ago(attempts)).await?;
        if self.sync_every_min > 0 {
            stores.schedule_missing_syncs(now.plus_seconds(i64::from(self.sync_every_min) * 60)).await?;
        }
        let mut checks = 0;
        let mut page = PageQuery::first(250);
        loop {
            let listing = stores.connections(&ConnectionFilter::default(), &page).await?;
            for connection in listing.data {
                self.look_after(connection, &mut checks, now).await;
            }
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(250, Some(cursor)),
                None => return Ok(()),
            }
        }
    }

    /// A connection that fails must not keep the others waiting.
    async fn look_after(&self, connection: Connection, checks: &mut u32, now: Timestamp) {
        let id = connection.id.clone();
        let outcome = async {
            let is_at_work = matches!(
                connection.health.status,
                ConnectionStatus::Active | ConnectionStatus::Degraded | ConnectionStatus::Expiring
            );
            if !is_at_work {
                return Ok(());
            }
            self.remind(&connection, now).await?;
            let due = connection.validated_at.map(|at| at.plus_seconds(i64::from(self.check_every_h) * 3_600));
            if self.check_every_h > 0 && *checks < CHECKS_PER_ROUND && due.is_none_or(|due| due <= now) {
                *checks += 1;
                return self.connections.check_unless_down(&id).await.map(drop);
            }
            self.note_expiry(connection, now).await
        };
        if let Err(error) = outcome.await {
            tracing::warn!(connection = id.as_str(), %error, "a connection could not be looked after");
        }
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
                    "`{}` runs out at {}{assumed}, within {days} days",
                    expiry.field, expiry.expires_at
                )),
                actor: Some("schedule".to_owned()),
                at: now,
            };
            let once = format!("expiry|{}|{}|{}|{days}", connection.id, expiry.field, expiry.expires_at);
            if self.connections.stores.record_event(&event, Some(&once)).await? {
                tracing::warn!(
                    connection = connection.id.as_str(),
                    field = expiry.field,
                    days,
                    "a credential runs out"
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
        health::replace(&mut connection.health, expiring, &self.connections.actor);
        connection.updated_at = now;
        Ok(self.connections.stores.update_connection(&mut connection).await?)
    }
}

/// The most urgent reminder that is due.
fn reminder_due(expiry: &CredentialExpiry, now: Timestamp) -> Option<i64> {
    REMINDERS.into_iter().rev().find(|days| expiry.expires_at <= now.plus_seconds(days * DAY_S))
}

#[cfg(test)]
mod tests {
    use super::*;

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
