//! What has changed in prices, as events; and which amounts were seen, for the lowest of 30 days.
//!
//! As in [`super::catalog`], triggers of the writing connection keep what a row was before it changed.

use connector_api::domain::{ExternalId, Price, Timestamp};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};
use std::collections::BTreeMap;

use crate::{
    model::{
        announcement::{ChangedPrice, PriceAnnouncement, RowChange},
        outbox::EventType,
    },
    store::{
        db::failure::Outcome,
        sql::{
            catalog::price::{StoredPrice, columns_as_given},
            outbox::announce::{
                NewEvent, add,
                catalog::{MOST_ROWS, PIECE, names_of, row_change},
                to_json,
            },
        },
    },
};

/// What a fresh connection of the writer needs. Tables and triggers are its own and end with it.
///
/// `price_seen` keeps of each row from when until when its amount held as far as this host knows: a row that is changed or
/// removed ends then, one that has ended before has ended by itself.
pub(in crate::store) const WATCH: &str = "
CREATE TEMP TABLE price_before (
    connection INTEGER, priced_id TEXT, pricelist_id TEXT, market_id TEXT, min_quantity INTEGER, valid_from INTEGER,
    known INTEGER, retired INTEGER, currency TEXT, amount_minor INTEGER, list_amount_minor INTEGER,
    lowest_amount_minor INTEGER, tax TEXT, source TEXT, valid_until INTEGER,
    PRIMARY KEY (connection, priced_id, pricelist_id, market_id, min_quantity, valid_from)
) WITHOUT ROWID;

CREATE TEMP TRIGGER price_is_new AFTER INSERT ON main.prices
WHEN EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'prices' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO price_before VALUES (NEW.connection, NEW.priced_id, NEW.pricelist_id, NEW.market_id, NEW.min_quantity,
        NEW.valid_from, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER price_has_changed
AFTER UPDATE OF currency, amount_minor, list_amount_minor, lowest_amount_minor, tax, source, valid_until, retired_at
ON main.prices
WHEN EXISTS (SELECT 1 FROM stream_position WHERE connection = NEW.connection AND stream = 'prices' AND announced_by IS NOT NULL)
BEGIN
    INSERT INTO price_before VALUES (OLD.connection, OLD.priced_id, OLD.pricelist_id, OLD.market_id, OLD.min_quantity,
        OLD.valid_from, 1, OLD.retired_at IS NOT NULL, OLD.currency, OLD.amount_minor, OLD.list_amount_minor,
        OLD.lowest_amount_minor, OLD.tax, OLD.source, OLD.valid_until) ON CONFLICT DO NOTHING;
END;

CREATE TEMP TRIGGER amount_is_new AFTER INSERT ON main.prices
WHEN NEW.min_quantity <= 1 AND (NEW.valid_until IS NULL OR NEW.valid_until > max(NEW.changed_at, NEW.valid_from))
BEGIN
    INSERT INTO price_seen VALUES (NEW.connection, NEW.priced_id, NEW.pricelist_id, NEW.market_id, NEW.valid_from,
        max(NEW.changed_at, NEW.valid_from), NEW.valid_until, NEW.currency, NEW.amount_minor)
    ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms, currency = excluded.currency,
        amount_minor = excluded.amount_minor;
END;
CREATE TEMP TRIGGER amount_has_changed
AFTER UPDATE OF currency, amount_minor, list_amount_minor, valid_until, retired_at ON main.prices
WHEN NEW.min_quantity <= 1 AND (OLD.currency <> NEW.currency OR OLD.amount_minor <> NEW.amount_minor
    OR OLD.list_amount_minor IS NOT NEW.list_amount_minor OR OLD.valid_until IS NOT NEW.valid_until
    OR (OLD.retired_at IS NULL) <> (NEW.retired_at IS NULL))
BEGIN
    DELETE FROM price_seen WHERE connection = OLD.connection AND priced_id = OLD.priced_id
        AND pricelist_id = OLD.pricelist_id AND market_id = OLD.market_id AND valid_from = OLD.valid_from
        AND from_ms >= coalesce(NEW.retired_at, NEW.changed_at);
    UPDATE price_seen SET until_ms = coalesce(NEW.retired_at, NEW.changed_at)
        WHERE connection = OLD.connection AND priced_id = OLD.priced_id AND pricelist_id = OLD.pricelist_id
        AND market_id = OLD.market_id AND valid_from = OLD.valid_from
        AND (until_ms IS NULL OR until_ms > coalesce(NEW.retired_at, NEW.changed_at));
    INSERT INTO price_seen
        SELECT NEW.connection, NEW.priced_id, NEW.pricelist_id, NEW.market_id, NEW.valid_from,
            max(NEW.changed_at, NEW.valid_from), NEW.valid_until, NEW.currency, NEW.amount_minor
        WHERE NEW.retired_at IS NULL
        AND (NEW.valid_until IS NULL OR NEW.valid_until > max(NEW.changed_at, NEW.valid_from))
        ON CONFLICT DO NOTHING;
END;
";

#[derive(FromRow)]
struct PriceBefore {
    known: bool,
    was_retired: bool,
    old_currency: Option<String>,
    old_amount: Option<i64>,
    old_list_amount: Option<i64>,
    old_lowest_amount: Option<i64>,
    old_tax: Option<String>,
    old_source: Option<String>,
    old_until: Option<i64>,
    is_retired: bool,
    /// What it is now.
    #[sqlx(flatten)]
    price: StoredPrice,
}

/// Writes the events of prices that this transaction has changed.
pub(crate) async fn tell(tx: &mut SqliteConnection, connection: i64, now: i64) -> Outcome<()> {
    let mut after = (String::new(), String::new(), String::new(), 0, 0);
    let mut any = false;
    loop {
        let sql = format!(
            "SELECT b.known, b.retired AS was_retired, b.currency AS old_currency, b.amount_minor AS old_amount, \
             b.list_amount_minor AS old_list_amount, b.lowest_amount_minor AS old_lowest_amount, b.tax AS old_tax, \
             b.source AS old_source, b.valid_until AS old_until, p.retired_at IS NOT NULL AS is_retired, {} \
             FROM price_before b JOIN prices p USING (connection, priced_id, pricelist_id, market_id, min_quantity, valid_from) \
             WHERE b.connection = $1 \
             AND (b.priced_id, b.pricelist_id, b.market_id, b.min_quantity, b.valid_from) > ($2, $3, $4, $5, $6) \
             ORDER BY b.priced_id, b.pricelist_id, b.market_id, b.min_quantity, b.valid_from LIMIT $7",
            columns_as_given()
        );
        let rows: Vec<PriceBefore> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(connection)
            .bind(&after.0)
            .bind(&after.1)
            .bind(&after.2)
            .bind(after.3)
            .bind(after.4)
            .bind(PIECE)
            .fetch_all(&mut *tx)
            .await?;
        let Some(last) = rows.last() else { break };
        any = true;
        after = last.price.key();
        let mut changes: BTreeMap<String, Vec<ChangedPrice>> = BTreeMap::new();
        for row in rows {
            let priced = row.price.priced_id.clone();
            if let Some(changed) = row.changed(now)? {
                changes.entry(priced).or_default().push(changed);
            }
        }
        let events = events(tx, connection, &changes).await?;
        add(tx, connection, now, &events).await?;
    }
    if any {
        sqlx::query("DELETE FROM price_before WHERE connection = $1").bind(connection).execute(tx).await?;
    }
    Ok(())
}

impl PriceBefore {
    fn changed(self, now: i64) -> Outcome<Option<ChangedPrice>> {
        let was_there = self.known && !self.was_retired;
        let Some(change) = row_change(was_there, !self.is_retired) else { return Ok(None) };
        // That it ended was announced when it did; that it comes or goes afterwards changes nothing.
        let now_is = &self.price;
        let has_ended = |until: Option<i64>| until.is_some_and(|until| until <= now);
        if has_ended(now_is.valid_until) && (change != RowChange::Changed || has_ended(self.old_until)) {
            return Ok(None);
        }
        let differences = [
            ("amount", self.old_amount != Some(now_is.amount_minor)),
            ("currency", self.old_currency.as_ref() != Some(&now_is.currency)),
            ("list_amount", self.old_list_amount != now_is.list_amount_minor),
            ("lowest_amount", self.old_lowest_amount != now_is.lowest_amount_minor),
            ("source", self.old_source.as_ref() != Some(&now_is.source)),
            ("tax", self.old_tax.as_ref() != Some(&now_is.tax)),
            ("valid_until", self.old_until != now_is.valid_until),
        ];
        let changed = names_of(change, &differences);
        if change == RowChange::Changed && changed.is_empty() {
            return Ok(None);
        }
        let price = Price::try_from(self.price.read()?)?;
        Ok(Some(ChangedPrice { change, changed, price, before: None, instead: None, at: None }))
    }
}

/// Events of changed prices, by what is priced: each names the variants that cost this.
pub(in crate::store) async fn events(
    db: &mut SqliteConnection,
    connection: i64,
    changes: &BTreeMap<String, Vec<ChangedPrice>>,
) -> Outcome<Vec<NewEvent>> {
    if changes.is_empty() {
        return Ok(vec![]);
    }
    let priced: Vec<&String> = changes.keys().collect();
    let rows: Vec<(String, String)> = sqlx::query_as(
        // Without statistics SQLite would go through all variants of a connection for each of them.
        "SELECT w.value, v.id FROM json_each($1) w CROSS JOIN variants v INDEXED BY variants_by_price_group \
         ON v.connection = $2 AND v.price_group_id = w.value AND v.price_group_id IS NOT NULL WHERE v.retired_at IS NULL \
         UNION SELECT w.value, v.id FROM json_each($1) w CROSS JOIN variants v INDEXED BY variants_by_id \
         ON v.connection = $2 AND v.id = w.value WHERE v.price_group_id IS NULL AND v.retired_at IS NULL ORDER BY 1, 2",
    )
    .bind(to_json("ids", &priced)?)
    .bind(connection)
    .fetch_all(db)
    .await?;
    let mut variants: BTreeMap<String, Vec<ExternalId>> = BTreeMap::new();
    for (priced, variant) in rows {
        variants.entry(priced).or_default().push(ExternalId(variant));
    }
    let mut events = vec![];
    for (priced, prices) in changes {
        let of_it = variants.remove(priced).unwrap_or_default();
        let groups: Vec<&[ExternalId]> = if of_it.is_empty() { vec![&[]] } else { of_it.chunks(MOST_ROWS).collect() };
        for variant_ids in groups {
            for prices in prices.chunks(MOST_ROWS) {
                let data = PriceAnnouncement {
                    priced_id: ExternalId(priced.clone()),
                    variant_ids: variant_ids.to_vec(),
                    prices: prices.to_vec(),
                };
                events.push(NewEvent::about(EventType::PriceChanged, format!("prices/{priced}"), &data)?);
            }
        }
    }
    Ok(events)
}

/// Writes events of prices that started or ended.
pub(in crate::store) async fn tell_of_started(
    tx: &mut SqliteConnection,
    connection: i64,
    changes: &BTreeMap<String, Vec<ChangedPrice>>,
    now: Timestamp,
) -> Outcome<u64> {
    let events = events(tx, connection, changes).await?;
    add(tx, connection, now.as_unix_ms(), &events).await
}
