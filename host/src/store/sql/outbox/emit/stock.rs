//! What has changed in stock, as events.

use std::collections::BTreeMap;

use connector_api::domain::{ExternalId, InventoryLevel};
use sqlx::FromRow;

use crate::{
    model::{
        event_data::{ChangedLevel, InventoryEventData, RowChange},
        outbox::EventType,
        rows::InventoryRow,
    },
    store::{
        db::{self, bulk::Statement, failure::Outcome, value::optional_time},
        sql::outbox::emit::{
            MOST_ROWS, NewEvent,
            changes::{Before, StockKey, StockValues},
            row_change::{names_of, row_change},
        },
    },
};

/// Stock as it is now.
#[derive(FromRow)]
struct Now {
    variant_id: String,
    location_id: String,
    is_deleted: bool,
    available: i64,
    policy: String,
    as_of: Option<i64>,
}

/// The events of changed stock, by variant.
pub(super) async fn events(
    tx: &mut db::Connection,
    connection: i64,
    changed: Vec<(StockKey, Before<StockValues>)>,
) -> Outcome<Vec<NewEvent>> {
    const NOW: Statement = Statement {
        head: "SELECT variant_id, location_id, deleted_at IS NOT NULL AS is_deleted, available, policy, as_of FROM inventory \
               WHERE connection = ? AND (variant_id, location_id) IN (VALUES",
        columns: 2,
        tail: ")",
    };
    let now: Vec<Now> = NOW
        .fetch(
            tx,
            &changed,
            |query| query.bind(connection),
            |query, ((variant, location), _)| query.bind(variant.clone()).bind(location.clone()),
        )
        .await?;
    let mut now: BTreeMap<StockKey, Now> =
        now.into_iter().map(|row| ((row.variant_id.clone(), row.location_id.clone()), row)).collect();
    let mut of_variants: BTreeMap<String, Vec<ChangedLevel>> = BTreeMap::new();
    for (key, before) in changed {
        let Some(now) = now.remove(&key) else { continue };
        if let Some(level) = level(before, now)? {
            of_variants.entry(key.0).or_default().push(level);
        }
    }
    let mut events = vec![];
    for (variant, levels) in of_variants {
        for levels in levels.chunks(MOST_ROWS) {
            let data = InventoryEventData { variant_id: ExternalId(variant.clone()), levels: levels.to_vec() };
            events.push(NewEvent::about(EventType::InventoryChanged, format!("variants/{variant}"), &data)?);
        }
    }
    Ok(events)
}

fn level(before: Before<StockValues>, now: Now) -> Outcome<Option<ChangedLevel>> {
    let Some(change) = row_change(before.was_there, !now.is_deleted) else { return Ok(None) };
    let changed = before.old().map_or_else(Vec::new, |old| {
        let differences = [("available", old.available != now.available), ("policy", old.policy != now.policy)];
        names_of(change, &differences)
    });
    if change == RowChange::Changed && changed.is_empty() {
        return Ok(None);
    }
    let row = InventoryRow {
        variant_id: now.variant_id,
        location_id: now.location_id,
        available: now.available,
        policy: now.policy,
        as_of: optional_time(now.as_of)?,
    };
    Ok(Some(ChangedLevel { change, changed, level: InventoryLevel::from(row) }))
}
