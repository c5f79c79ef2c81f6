//! What has changed in orders, shipments, returns and customers, as events. They name records and states, never people.

use connector_api::wire::pull::Stream;

use crate::{
    model::{event_data::RecordEventData, outbox::EventType},
    store::{
        db::{self, failure::Outcome},
        sql::{
            catalog::stamp::Stamp,
            outbox::emit::{NewEvent, add},
        },
    },
};

/// When changes are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum EmitWhen {
    /// Once the stream was read to its end: the first sync is not a million events.
    OnceRead,
    /// In any case: somebody asked for the change.
    Always,
}

/// A record that is new or has changed.
#[derive(Debug)]
pub(in crate::store) struct RecordChange {
    pub(in crate::store) is_new: bool,
    pub(in crate::store) record: RecordEventData,
}

/// What has changed of a record that is not new: what stands in the open by name, the sealed rest as `details`.
pub(crate) fn changed_fields(is_new: bool, named: Vec<String>) -> Vec<String> {
    if is_new || !named.is_empty() { named } else { vec!["details".to_owned()] }
}

/// Writes an event for each record that this transaction has changed.
pub(in crate::store) async fn emit(
    tx: &mut db::Connection,
    stamp: Stamp,
    stream: &Stream,
    when: EmitWhen,
    changes: Vec<RecordChange>,
) -> Outcome<()> {
    if changes.is_empty() || when == EmitWhen::OnceRead && !was_read(tx, stamp.connection, stream).await? {
        return Ok(());
    }
    let (created, updated) = match stream {
        Stream::Orders => (EventType::OrderCreated, EventType::OrderUpdated),
        Stream::Shipments => (EventType::ShipmentCreated, EventType::ShipmentUpdated),
        Stream::Returns => (EventType::ReturnCreated, EventType::ReturnUpdated),
        _ => (EventType::CustomerCreated, EventType::CustomerUpdated),
    };
    let event = |change: RecordChange| {
        let kind = if change.is_new { created } else { updated };
        NewEvent::about(kind, format!("{stream}/{}", change.record.id), &change.record)
    };
    let events = changes.into_iter().map(event).collect::<Outcome<Vec<_>>>()?;
    add(tx, stamp.connection, stamp.now, &events).await?;
    Ok(())
}

async fn was_read(tx: &mut db::Connection, connection: i64, stream: &Stream) -> Outcome<bool> {
    Ok(db::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM stream_position WHERE connection = $1 AND stream = $2 AND emitted_by IS NOT NULL)",
    )
    .bind(connection)
    .bind(stream.as_str())
    .fetch_one(tx)
    .await?)
}
