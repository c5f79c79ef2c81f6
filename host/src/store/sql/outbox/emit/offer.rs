//! What has changed in offers, as events.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::domain::ExternalId;
use serde_json::value::RawValue;
use sqlx::FromRow;

use crate::{
    model::{event_data::OfferEventData, outbox::EventType},
    store::{
        db::{
            self,
            bulk::Statement,
            failure::Outcome,
            value::{optional_time, unreadable},
        },
        sql::outbox::emit::{
            NewEvent,
            changes::{Before, OfferValues},
        },
    },
};

/// An offer as it is now.
#[derive(FromRow)]
struct Now {
    id: String,
    status: String,
    title: Option<String>,
    is_deleted: bool,
    updated_at: Option<i64>,
    body: Option<String>,
}

/// The events of changed offers, in the order of their ids.
pub(super) async fn events(
    tx: &mut db::Connection,
    connection: i64,
    changed: Vec<(String, Before<OfferValues>)>,
) -> Outcome<Vec<NewEvent>> {
    const NOW: Statement = Statement {
        head: "SELECT id, status, title, deleted_at IS NOT NULL AS is_deleted, updated_at, \
               CASE WHEN deleted_at IS NULL THEN body END AS body FROM offers WHERE connection = ? AND id IN (VALUES",
        columns: 1,
        tail: ")",
    };
    let now: Vec<Now> =
        NOW.fetch(tx, &changed, |query| query.bind(connection), |query, (id, _)| query.bind(id.clone())).await?;
    let mut now: BTreeMap<String, Now> = now.into_iter().map(|row| (row.id.clone(), row)).collect();
    let both = changed.into_iter().filter_map(|(id, before)| now.remove(&id).map(|now| (before, now)));
    both.filter_map(|(before, now)| event(before, now).transpose()).collect()
}

fn event(before: Before<OfferValues>, now: Now) -> Outcome<Option<NewEvent>> {
    let was_there = before.was_there;
    let old = before.old();
    let changed = match (old.as_ref().and_then(|old| old.body.as_ref()), &now.body) {
        (Some(old), Some(new)) => changed_fields(old, new)?,
        _ => vec![],
    };
    let was_active = old.is_some_and(|old| old.status == "active");
    let kind = match (was_there, !now.is_deleted) {
        (false, true) => EventType::OfferCreated,
        (true, false) => EventType::OfferDeleted,
        (false, false) => return Ok(None),
        (true, true) if was_active && now.status != "active" => EventType::OfferUnpublished,
        (true, true) if changed.is_empty() => return Ok(None),
        (true, true) => EventType::OfferUpdated,
    };
    let subject = format!("offers/{}", now.id);
    let data = OfferEventData {
        offer_id: ExternalId(now.id),
        title: now.title,
        status: now.status,
        changed,
        updated_at: optional_time(now.updated_at)?,
    };
    NewEvent::about(kind, subject, &data).map(Some)
}

/// Names of the fields on the first level that differ between two JSON objects, in order.
fn changed_fields(old: &str, new: &str) -> Outcome<Vec<String>> {
    let old: BTreeMap<String, &RawValue> = borrowed(old)?;
    let new: BTreeMap<String, &RawValue> = borrowed(new)?;
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| old.get(*name).map(|value| value.get()) != new.get(*name).map(|value| value.get());
    Ok(names.into_iter().filter(differs).cloned().collect())
}

fn borrowed(text: &str) -> Outcome<BTreeMap<String, &RawValue>> {
    serde_json::from_str(text).map_err(|error| unreadable("offer", error.to_string()))
}
