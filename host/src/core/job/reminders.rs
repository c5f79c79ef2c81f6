//! Credentials that run out: a reminder in time, and a state that says so.

use connector_api::{domain::Timestamp, wire::validate::CredentialExpiry};

use crate::{
    core::connection::{self, health},
    model::{
        connection::{Connection, ConnectionStatus},
        event::ConnectionEvent,
    },
    store::Store,
};

/// Days before the end of a credential at which a reminder is recorded.
const REMINDERS: [i64; 4] = [30, 14, 7, 1];
const DAY_S: i64 = 86_400;

/// Reminds of a connection's credentials and notes when one is near its end; `actor` is who the record names.
pub(super) async fn look_after(
    store: &Store,
    actor: &str,
    connection: Connection,
    now: Timestamp,
) -> Result<(), connection::Error> {
    remind(store, actor, &connection, now).await?;
    note_expiry(store, actor, connection, now).await
}

/// Records each reminder once: the most urgent that is due.
async fn remind(store: &Store, actor: &str, connection: &Connection, now: Timestamp) -> Result<(), connection::Error> {
    for expiry in &connection.findings.expiries {
        let Some(days) = reminder_due(expiry, now) else { continue };
        let assumed = if expiry.assumed { " (assumed)" } else { "" };
        let event = ConnectionEvent {
            seq: 0,
            connection_id: connection.id.clone(),
            kind: "credential_expiry".to_owned(),
            before: None,
            after: None,
            cause: Some(format!("`{}` expires at {}{assumed}, within {days} days", expiry.field, expiry.expires_at)),
            actor: Some(actor.to_owned()),
            at: now,
        };
        let once = format!("expiry|{}|{}|{}|{days}", connection.id, expiry.field, expiry.expires_at);
        if store.record_event(&event, Some(&once)).await? {
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
async fn note_expiry(
    store: &Store,
    actor: &str,
    mut connection: Connection,
    now: Timestamp,
) -> Result<(), connection::Error> {
    let Some(expiring) = health::near_expiry(&connection.findings.expiries, now) else { return Ok(()) };
    if connection.health.status == ConnectionStatus::Expiring {
        return Ok(());
    }
    health::replace(&mut connection.health, expiring, actor);
    connection.updated_at = now;
    Ok(store.update_connection(&mut connection).await?)
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
