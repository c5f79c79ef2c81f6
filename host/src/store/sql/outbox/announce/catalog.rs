//! What has changed in the catalog, as events.
//!
//! Triggers of the writing connection keep what a row was before it changed, in temporary tables that are no part of the
//! file: whichever statement changes it, and at no cost for rows that stay the same. [`tell`] compares with what it is now
//! and writes the events, before the transaction commits.
//!
//! Nothing is told of a stream that was not read to its end once (`stream_position.announced_by`): the first sync of a
//! large store is one `sync.completed`, not a million events.

use connector_api::domain::{ExternalId, InventoryLevel};
use serde_json::value::RawValue;
use sqlx::{FromRow, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        announcement::{ChangedLevel, InventoryAnnouncement, OfferAnnouncement, RowChange},
        outbox::EventType,
        rows::InventoryRow,
    },
    store::{
        db::{failure::Outcome, value::optional_time},
        sql::outbox::announce::{NewEvent, add, price},
    },
};

/// Changes looked at in one go: memory must not grow with what a pass retires.
pub(crate) const PIECE: u32 = 500;
/// Most prices or locations in one event.
pub(crate) const MOST_ROWS: usize = 100;

/// What a fresh connection of the writer needs. Tables and triggers are its own and end with it.
pub(in crate::store) const WATCH: &str = "
CREATE TEMP TABLE offer_before (
    connection INTEGER, id TEXT, known INTEGER, status TEXT, retired INTEGER, body TEXT,
    PRIMARY KEY (connection, id)
) WITHOUT ROWID;
CREATE TEMP TABLE stock_before (
    connection INTEGER, variant_id TEXT, location_id TEXT, known INTEGER, retired INTEGER, available INTEGER,
    policy TEXT,
    PRIMARY KEY (connection, variant_id, location_id)
) WITHOUT ROWID;

CREATE TEMP TRIGGER offer_is_new AFTER INSERT ON main.offers
WHEN EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'offers' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO offer_before VALUES (NEW.connection, NEW.id, 0, NULL, 0, NULL) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER offer_has_changed AFTER UPDATE OF body, status, retired_at ON main.offers
WHEN (OLD.body <> NEW.body OR OLD.status <> NEW.status OR (OLD.retired_at IS NULL) <> (NEW.retired_at IS NULL))
AND EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'offers' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO offer_before VALUES (NEW.connection, NEW.id, 1, OLD.status, OLD.retired_at IS NOT NULL,
        CASE WHEN NEW.retired_at IS NULL THEN OLD.body END) ON CONFLICT DO NOTHING;
END;

CREATE TEMP TRIGGER stock_is_new AFTER INSERT ON main.inventory
WHEN EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'inventory' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO stock_before VALUES (NEW.connection, NEW.variant_id, NEW.location_id, 0, 0, NULL, NULL)
        ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER stock_has_changed AFTER UPDATE OF available, policy, retired_at ON main.inventory
WHEN EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'inventory' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO stock_before VALUES (OLD.connection, OLD.variant_id, OLD.location_id, 1, OLD.retired_at IS NOT NULL,
        OLD.available, OLD.policy) ON CONFLICT DO NOTHING;
END;
";

/// Writes an event for each thing that this transaction has changed in a connection's catalog. The last step before the
/// commit of whatever writes offers, prices or stock.
pub(in crate::store) async fn tell(tx: &mut SqliteConnection, connection: i64, now: i64) -> Outcome<()> {
    tell_of_offers(tx, connection, now).await?;
    price::tell(tx, connection, now).await?;
    tell_of_stock(tx, connection, now).await
}

#[derive(FromRow)]
struct OfferBefore {
    id: String,
    known: bool,
    old_status: Option<String>,
    was_retired: bool,
    old_body: Option<String>,
    status: String,
    title: Option<String>,
    is_retired: bool,
    updated_at: Option<i64>,
    body: Option<String>,
}

async fn tell_of_offers(tx: &mut SqliteConnection, connection: i64, now: i64) -> Outcome<()> {
    let mut after = String::new();
    loop {
        let rows: Vec<OfferBefore> = sqlx::query_as(
            "SELECT b.id, b.known, b.status AS old_status, b.retired AS was_retired, b.body AS old_body, o.status, \
             o.title, o.retired_at IS NOT NULL AS is_retired, o.updated_at, \
             CASE WHEN b.body IS NOT NULL THEN o.body END AS body \
             FROM offer_before b JOIN offers o ON o.connection = b.connection AND o.id = b.id \
             WHERE b.connection = $1 AND b.id > $2 ORDER BY b.id LIMIT $3",
        )
        .bind(connection)
        .bind(&after)
        .bind(PIECE)
        .fetch_all(&mut *tx)
        .await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        let events = rows.into_iter().filter_map(|row| row.event().transpose()).collect::<Outcome<Vec<_>>>()?;
        add(tx, connection, now, &events).await?;
    }
    if !after.is_empty() {
        sqlx::query("DELETE FROM offer_before WHERE connection = $1").bind(connection).execute(tx).await?;
    }
    Ok(())
}

impl OfferBefore {
    fn event(self) -> Outcome<Option<NewEvent>> {
        let was_there = self.known && !self.was_retired;
        let changed = match (&self.old_body, &self.body) {
            (Some(old), Some(new)) if was_there => changed_fields(old, new)?,
            _ => vec![],
        };
        let kind = match (was_there, !self.is_retired) {
            (false, true) => EventType::OfferCreated,
            (true, false) => EventType::OfferDeleted,
            (false, false) => return Ok(None),
            (true, true) if self.old_status.as_deref() == Some("active") && self.status != "active" => {
                EventType::OfferUnpublished
            }
            (true, true) if changed.is_empty() => return Ok(None),
            (true, true) => EventType::OfferUpdated,
        };
        let subject = format!("offers/{}", self.id);
        let data = OfferAnnouncement {
            offer_id: ExternalId(self.id),
            title: self.title,
            status: self.status,
            changed,
            updated_at: optional_time(self.updated_at)?,
        };
        NewEvent::about(kind, subject, &data).map(Some)
    }
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
    serde_json::from_str(text).map_err(|error| super::unreadable("offer", error.to_string()))
}

/// What happened to a row that was (or was not) there and is (or is not) there.
pub(crate) fn row_change(was_there: bool, is_there: bool) -> Option<RowChange> {
    match (was_there, is_there) {
        (false, true) => Some(RowChange::New),
        (true, true) => Some(RowChange::Changed),
        (true, false) => Some(RowChange::Removed),
        (false, false) => None,
    }
}

/// Names of what differs in a changed row.
pub(crate) fn names_of(change: RowChange, differences: &[(&str, bool)]) -> Vec<String> {
    let differing = differences.iter().filter(|(_, differs)| *differs && change == RowChange::Changed);
    differing.map(|(name, _)| (*name).to_owned()).collect()
}

#[derive(FromRow)]
struct StockBefore {
    variant_id: String,
    location_id: String,
    known: bool,
    was_retired: bool,
    old_available: Option<i64>,
    old_policy: Option<String>,
    is_retired: bool,
    available: i64,
    policy: String,
    as_of: Option<i64>,
}

async fn tell_of_stock(tx: &mut SqliteConnection, connection: i64, now: i64) -> Outcome<()> {
    let mut after = (String::new(), String::new());
    let mut any = false;
    loop {
        let rows: Vec<StockBefore> = sqlx::query_as(
            "SELECT b.variant_id, b.location_id, b.known, b.retired AS was_retired, b.available AS old_available, \
             b.policy AS old_policy, i.retired_at IS NOT NULL AS is_retired, i.available, i.policy, i.as_of \
             FROM stock_before b JOIN inventory i USING (connection, variant_id, location_id) \
             WHERE b.connection = $1 AND (b.variant_id, b.location_id) > ($2, $3) \
             ORDER BY b.variant_id, b.location_id LIMIT $4",
        )
        .bind(connection)
        .bind(&after.0)
        .bind(&after.1)
        .bind(PIECE)
        .fetch_all(&mut *tx)
        .await?;
        let Some(last) = rows.last() else { break };
        any = true;
        after = (last.variant_id.clone(), last.location_id.clone());
        let mut of_variants: BTreeMap<String, Vec<ChangedLevel>> = BTreeMap::new();
        for row in rows {
            let variant = row.variant_id.clone();
            if let Some(changed) = row.changed()? {
                of_variants.entry(variant).or_default().push(changed);
            }
        }
        let mut events = vec![];
        for (variant, levels) in of_variants {
            for levels in levels.chunks(MOST_ROWS) {
                let data = InventoryAnnouncement { variant_id: ExternalId(variant.clone()), levels: levels.to_vec() };
                events.push(NewEvent::about(EventType::InventoryChanged, format!("variants/{variant}"), &data)?);
            }
        }
        add(tx, connection, now, &events).await?;
    }
    if any {
        sqlx::query("DELETE FROM stock_before WHERE connection = $1").bind(connection).execute(tx).await?;
    }
    Ok(())
}

impl StockBefore {
    fn changed(self) -> Outcome<Option<ChangedLevel>> {
        let was_there = self.known && !self.was_retired;
        let Some(change) = row_change(was_there, !self.is_retired) else { return Ok(None) };
        let differences = [
            ("available", self.old_available != Some(self.available)),
            ("policy", self.old_policy.as_ref() != Some(&self.policy)),
        ];
        let changed = names_of(change, &differences);
        if change == RowChange::Changed && changed.is_empty() {
            return Ok(None);
        }
        let row = InventoryRow {
            variant_id: self.variant_id,
            location_id: self.location_id,
            available: self.available,
            policy: self.policy,
            as_of: optional_time(self.as_of)?,
        };
        Ok(Some(ChangedLevel { change, changed, level: InventoryLevel::from(row) }))
    }
}
