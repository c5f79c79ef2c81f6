//! What has happened to a connection, as events.

use connector_api::domain::Timestamp;

use crate::{
    model::{
        connection::{Connection, ConnectionStatus, Environment},
        event::ConnectionEvent,
        event_data::ConnectionEventData,
        outbox::EventType,
    },
    store::{
        db::{self, failure::Outcome},
        sql::outbox::emit::{Audience, NewEvent, add_for},
    },
};

/// Tells of a change of state; nothing when channels need not know.
pub(in crate::store) async fn emit_status(
    tx: &mut db::Connection,
    connection: &Connection,
    before: Option<ConnectionStatus>,
) -> Outcome<()> {
    let Some(kind) = of_change(before, connection.health.status) else { return Ok(()) };
    emit(tx, connection, kind, event_data(connection, before), connection.updated_at, None).await
}

/// Emits that a connection is paused or resumed, and who did it.
pub(in crate::store) async fn emit_pause(
    tx: &mut db::Connection,
    connection: &Connection,
    was_paused: bool,
    actor: Option<&str>,
) -> Outcome<()> {
    let kind = match (was_paused, connection.paused_at.is_some()) {
        (false, true) => EventType::ConnectionPaused,
        (true, false) => EventType::ConnectionResumed,
        _ => return Ok(()),
    };
    let data = ConnectionEventData { actor: actor.map(str::to_owned), ..event_data(connection, None) };
    emit(tx, connection, kind, data, connection.updated_at, None).await
}

/// Emits that a connection was removed, unless it had ended before.
pub(in crate::store) async fn emit_removal(
    tx: &mut db::Connection,
    connection: &Connection,
    now: Timestamp,
) -> Outcome<()> {
    if connection.health.status == ConnectionStatus::Disconnected {
        return Ok(());
    }
    let data = ConnectionEventData {
        status: ConnectionStatus::Disconnected,
        before: Some(connection.health.status),
        cause: Some("It was removed with all its data.".to_owned()),
        remedy: None,
        actor: None,
        expiries: vec![],
        merchant_id: connection.merchant_id.clone(),
        last_good_sync_at: connection.sync.last_good_at,
    };
    emit(tx, connection, EventType::ConnectionDisconnected, data, now, None).await
}

/// Emits what was recorded beside changes of state: reminders, webhooks that do not come, what people did.
pub(in crate::store) async fn emit_record(
    tx: &mut db::Connection,
    connection: Option<&Connection>,
    record: &ConnectionEvent,
    once: Option<&str>,
) -> Outcome<()> {
    let kind = match record.kind.as_str() {
        "credential_expiry" => EventType::ConnectionCredentialExpiring,
        "webhooks_silent" => EventType::ConnectionWebhooksSilent,
        "unsigned_webhooks_allowed" => EventType::ConnectionUnsignedWebhooksAllowed,
        "unsigned_webhooks_refused" => EventType::ConnectionUnsignedWebhooksRefused,
        "deletions_accepted" => EventType::ConnectionDeletionsAccepted,
        "customer_exported" => EventType::ConnectionCustomerExported,
        "customer_erased" => EventType::ConnectionCustomerErased,
        _ => return Ok(()),
    };
    let Some(connection) = connection else { return Ok(()) };
    let mut data = event_data(connection, None);
    (data.cause, data.remedy, data.actor) = (record.cause.clone(), None, record.actor.clone());
    emit(tx, connection, kind, data, record.at, once).await
}

async fn emit(
    tx: &mut db::Connection,
    connection: &Connection,
    kind: EventType,
    data: ConnectionEventData,
    at: Timestamp,
    once: Option<&str>,
) -> Outcome<()> {
    let audience = Audience {
        connection: connection.id.0.clone(),
        channel: connection.channel_id.clone(),
        is_test: connection.environment == Environment::Test,
    };
    let event = NewEvent::new(kind, &data)?;
    let event = match once {
        Some(key) => event.once(key.to_owned()),
        None => event,
    };
    add_for(tx, &audience, at, &[event]).await.map(drop)
}

fn event_data(connection: &Connection, before: Option<ConnectionStatus>) -> ConnectionEventData {
    let health = &connection.health;
    ConnectionEventData {
        status: health.status,
        before,
        cause: health.cause.clone(),
        remedy: health.remedy.clone(),
        actor: health.actor.clone(),
        merchant_id: connection.merchant_id.clone(),
        expiries: connection.findings.expiries.clone(),
        last_good_sync_at: connection.sync.last_good_at,
    }
}

/// What a change of state is called. Whether a connection works at all counts before how well it works.
fn of_change(before: Option<ConnectionStatus>, now: ConnectionStatus) -> Option<EventType> {
    use ConnectionStatus::{Active, Degraded, Disconnected, Expiring, Failing, Pending, ReauthRequired, Validating};
    match (before, now) {
        (Some(before), now) if before == now => None,
        (_, Pending | Validating) => None,
        (_, ReauthRequired) => Some(EventType::ConnectionReauthRequired),
        (_, Disconnected) => Some(EventType::ConnectionDisconnected),
        (None | Some(Pending | Validating), _) => Some(EventType::ConnectionConnected),
        (Some(ReauthRequired | Disconnected), Degraded | Expiring) | (_, Active) => Some(EventType::ConnectionRestored),
        (_, Failing) => Some(EventType::ConnectionFailing),
        (_, Degraded) => Some(EventType::ConnectionDegraded),
        (_, Expiring) => Some(EventType::ConnectionCredentialExpiring),
    }
}
