//! Prices as they are stored: with what is known of the lowest amount before a reduction.

use connector_api::domain::{ConnectionId, Timestamp};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        catalog::MAX_DETAIL_ROWS,
        price::{LowestSource, VariantPrice},
        rows::PriceRow,
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{optional_time, time},
        },
        error::Result,
    },
};

/// Stands for no start in `valid_from`, which is part of a key. What started before 1970 has always held.
pub(crate) const ALWAYS: i64 = 0;

/// A start as it is stored.
pub(crate) fn stored_start(start: Option<Timestamp>) -> i64 {
    start.map_or(ALWAYS, |start| start.as_unix_ms().max(ALWAYS))
}

/// A stored start.
pub(crate) fn start(stored: i64) -> Outcome<Option<Timestamp>> {
    if stored <= ALWAYS { Ok(None) } else { time(stored).map(Some) }
}

/// Priced thing, pricelist, market, quantity and start: what a price is filed under, within a connection.
pub(crate) type PriceKey = (String, String, String, i64, i64);

/// What columns of `prices p` are read, in the order of [`StoredPrice`]'s fields.
const COLUMNS: &str = "p.priced_id, p.pricelist_id, p.market_id, p.min_quantity, p.currency, p.amount_minor, \
     p.list_amount_minor, p.lowest_amount_minor, p.tax, p.source, p.valid_from, p.valid_until";

/// Amounts that were seen where `p` counts: in its pricelist and market, and in all of them. Where a market has prices of its
/// own, one for all markets counts nevertheless: a reference that is too low understates a reduction.
const SEEN: &str = "FROM price_seen s WHERE s.connection = p.connection AND s.priced_id = p.priced_id AND \
     s.pricelist_id IN (p.pricelist_id, '') AND s.market_id IN (p.market_id, '') AND s.currency = p.currency";

/// When the reduction of `p` began: with its start, or else when this host first saw its amount.
pub(crate) const REDUCED_SINCE: &str = "CASE WHEN p.valid_from > 0 THEN p.valid_from ELSE (SELECT max(own.from_ms) \
     FROM price_seen own WHERE own.connection = p.connection AND own.priced_id = p.priced_id AND own.pricelist_id = \
     p.pricelist_id AND own.market_id = p.market_id AND own.valid_from = p.valid_from) END";

/// Milliseconds of the 30 days before a reduction, of which the law wants the lowest amount.
pub(crate) const THIRTY_DAYS_MS: i64 = 30 * 86_400_000;

/// Which rows are reduced, and the platform does not say from which lowest amount.
pub(crate) const WANTS_LOWEST: &str = "p.list_amount_minor > p.amount_minor AND p.lowest_amount_minor IS NULL";

/// The expressions of `prices p` that make a [`StoredPrice`], one after the other: for a JSON list.
pub(crate) fn values() -> String {
    let (lowest, since) = observed();
    format!("{COLUMNS}, {lowest}, {since}")
}

/// As [`values`], with names: for a row.
pub(crate) fn columns() -> String {
    let (lowest, since) = observed();
    format!("{COLUMNS}, {lowest} AS seen_lowest, {since} AS seen_since")
}

/// As [`columns`], without what this host observed: only what the platform says.
pub(crate) fn columns_as_given() -> String {
    format!("{COLUMNS}, NULL AS seen_lowest, NULL AS seen_since")
}

fn observed() -> (String, String) {
    let before = format!(
        "{SEEN} AND s.from_ms < ({REDUCED_SINCE}) AND (s.until_ms IS NULL OR s.until_ms > ({REDUCED_SINCE}) - \
         {THIRTY_DAYS_MS})"
    );
    let lowest = format!("CASE WHEN {WANTS_LOWEST} THEN (SELECT min(s.amount_minor) {before}) END");
    let since = format!(
        "CASE WHEN {WANTS_LOWEST} THEN (SELECT CASE WHEN min(s.from_ms) > ({REDUCED_SINCE}) - {THIRTY_DAYS_MS} THEN \
         min(s.from_ms) END {before}) END"
    );
    (lowest, since)
}

/// Fields in the order of the columns: a JSON list of them reads as well.
#[derive(FromRow, Deserialize)]
pub(crate) struct StoredPrice {
    pub(crate) priced_id: String,
    pricelist_id: String,
    market_id: String,
    #[sqlx(try_from = "i64")]
    min_quantity: u32,
    pub(crate) currency: String,
    pub(crate) amount_minor: i64,
    pub(crate) list_amount_minor: Option<i64>,
    pub(crate) lowest_amount_minor: Option<i64>,
    pub(crate) tax: String,
    pub(crate) source: String,
    valid_from: i64,
    pub(crate) valid_until: Option<i64>,
    seen_lowest: Option<i64>,
    seen_since: Option<i64>,
}

impl StoredPrice {
    /// What it is filed under, within a connection.
    pub(crate) fn key(&self) -> PriceKey {
        let [priced, pricelist, market] = [&self.priced_id, &self.pricelist_id, &self.market_id].map(String::clone);
        (priced, pricelist, market, i64::from(self.min_quantity), self.valid_from)
    }

    pub(crate) fn read(self) -> Outcome<PriceRow> {
        let given = self.lowest_amount_minor.map(|_| LowestSource::Platform);
        Ok(PriceRow {
            priced_id: self.priced_id,
            pricelist_id: self.pricelist_id,
            market_id: self.market_id,
            min_quantity: self.min_quantity,
            currency: self.currency,
            amount_minor: self.amount_minor,
            list_amount_minor: self.list_amount_minor,
            lowest_amount_minor: self.lowest_amount_minor.or(self.seen_lowest),
            lowest_source: given.or(self.seen_lowest.map(|_| LowestSource::Observed)),
            observed_since: optional_time(self.seen_since)?,
            tax: self.tax,
            source: self.source,
            valid_from: start(self.valid_from)?,
            valid_until: optional_time(self.valid_until)?,
        })
    }
}

#[derive(FromRow)]
struct OfVariant {
    variant_id: String,
    #[sqlx(flatten)]
    price: StoredPrice,
}

/// Prices of an offer's variants that have not ended, at most [`MAX_DETAIL_ROWS`], by their keys.
pub(crate) async fn of_offer(
    db: &mut db::Connection,
    connection: i64,
    offer: &str,
    now: Timestamp,
) -> Outcome<Vec<VariantPrice>> {
    let sql = format!(
        "SELECT v.id AS variant_id, {} FROM variants v JOIN prices p ON p.connection = v.connection AND p.priced_id \
         = coalesce(v.price_group_id, v.id) WHERE v.connection = $1 AND v.offer_id = $2 AND v.deleted_at IS NULL AND \
         p.deleted_at IS NULL AND (p.valid_until IS NULL OR p.valid_until > $3) ORDER BY v.id, p.pricelist_id, \
         p.market_id, p.min_quantity, p.valid_from LIMIT {MAX_DETAIL_ROWS}",
        columns()
    );
    let rows: Vec<OfVariant> =
        db::query_as(AssertSqlSafe(sql)).bind(connection).bind(offer).bind(now.as_unix_ms()).fetch_all(db).await?;
    rows.into_iter().map(|row| Ok(VariantPrice { variant_id: row.variant_id, price: row.price.read()? })).collect()
}

impl Store {
    /// Prices of a variant, whenever they hold, at most [`MAX_DETAIL_ROWS`].
    pub async fn prices(&self, connection: &ConnectionId, variant_id: &str) -> Result<Vec<PriceRow>> {
        self.explained(|| async {
            let variant = variant_id;
            // A variant that no offer has may have prices: those under its own id.
            let sql = format!(
                "SELECT {} FROM prices p WHERE p.connection = (SELECT key FROM connections WHERE id = $1) AND \
                 p.priced_id = coalesce((SELECT v.price_group_id FROM variants v {} WHERE v.connection = (SELECT key \
                 FROM connections WHERE id = $1) AND v.id = $2 AND v.deleted_at IS NULL AND v.price_group_id IS NOT \
                 NULL LIMIT 1), $2) AND p.deleted_at IS NULL ORDER BY p.pricelist_id, p.market_id, p.min_quantity, \
                 p.valid_from LIMIT {MAX_DETAIL_ROWS}",
                columns(),
                self.dialect().indexed_by("variants_by_id")
            );
            let rows: Vec<StoredPrice> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(variant)
                .fetch_all(&self.readers)
                .await?;
            rows.into_iter().map(StoredPrice::read).collect()
        })
        .await
    }
}
