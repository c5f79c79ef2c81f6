//! What happens once in a while: connections are validated again, reminders of credentials that run out are recorded,
//! missing schedules are made up, secrets of links that have expired are destroyed, events that are old are removed.

use std::{collections::HashMap, time::Duration};

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::validate::CredentialExpiry,
};
use futures_util::{StreamExt, stream};
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
/// Validations in one round: the next one is near.
const CHECKS_PER_ROUND: usize = 20;
/// Validations at a time: a platform that does not answer takes two minutes to say so.
const CHECKS_AT_A_TIME: usize = 5;
/// Seconds before a validation is tried again that came to nothing, so that platforms that are down leave room for others.
const CHECK_AGAIN_S: i64 = 3_600;
/// Days before the end of a credential at which a reminder is recorded.
const REMINDERS: [i64; 4] = [30, 14, 7, 1];
const DAY_S: i64 = 86_400;

/// What happens once in a while.
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
    /// When connections were last tried that could not be validated.
    pub tried: HashMap<ConnectionId, Timestamp>,
}

impl Upkeep {
    /// Goes round until it is told to end.
    pub async fn work(self, mut ending: watch::Receiver<bool>) {
        let mut upkeep = Self { connections: self.connections.acting_as("schedule"), ..self };
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
    pub async fn round(&mut self) -> Result<(), connection::Error> {
        let stores = &self.connections.stores;
        let now = self.connections.clock.now();
        stores.shred_expired_sessions(now).await?;
        let (events, attempts) = self.events_kept_days;
        let ago = |days: u32| now.plus_seconds(-i64::from(days) * DAY_S);
        stores.prune_outbox(ago(events), ago(attempts)).await?;
        if self.sync_every_min > 0 {
            stores.schedule_missing_syncs(now).await?;
        }
        self.tried.retain(|_, tried| tried.plus_seconds(CHECK_AGAIN_S) > now);
        let mut due = vec![];
        let mut page = PageQuery::first(250);
        loop {
            let listing = stores.connections(&ConnectionFilter::default(), &page).await?;
            for connection in listing.data.into_iter().filter(|connection| connection.health.status.works()) {
                if due.len() < CHECKS_PER_ROUND && self.is_due(&connection, now) {
                    due.push(connection.id.clone());
                }
                let id = connection.id.clone();
                if let Err(error) = self.look_after(connection, now).await {
                    tracing::warn!(connection = id.as_str(), %error, "a connection could not be looked after");
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

    fn is_due(&self, connection: &Connection, now: Timestamp) -> bool {
        let due = connection.validated_at.map(|at| at.plus_seconds(i64::from(self.check_every_h) * 3_600));
        self.check_every_h > 0 && due.is_none_or(|due| due <= now) && !self.tried.contains_key(&connection.id)
    }

    /// A connection that fails must not keep the others waiting.
    async fn check(&self, id: &ConnectionId) {
        if let Err(error) = self.connections.check_unless_down(id).await {
            tracing::warn!(connection = id.as_str(), %error, "a connection could not be validated again");
        }
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
