//! Which amounts were seen, from when until when: what the lowest of 30 days is taken from.
//!
//! Of each row it is kept from when until when its amount held as far as this host knows: a row that is changed or deleted
//! ends then, one that has ended before has ended by itself.

use connector_api::domain::Timestamp;
use sqlx::AssertSqlSafe;

use crate::store::{
    Store,
    db::{self, bulk::Statement, failure::Outcome},
    error::Result,
    sql::catalog::price::{PriceKey, REDUCED_SINCE, THIRTY_DAYS_MS, WANTS_LOWEST},
};

/// Days for which an amount is kept after it held last: one more than a reduction looks back.
const KEPT_MS: i64 = THIRTY_DAYS_MS + 86_400_000;
/// Amounts removed at once.
const PRUNED: i64 = 5_000;

/// Where an amount counts: priced thing, pricelist, market and start.
type Place = (String, String, String, i64);

/// An amount and when it holds.
pub(crate) struct Amount {
    pub(crate) place: Place,
    pub(crate) from: i64,
    pub(crate) until: Option<i64>,
    pub(crate) currency: String,
    pub(crate) minor: i64,
}

/// What a page said of amounts.
#[derive(Default)]
pub(crate) struct Observed {
    /// Where another amount held until now.
    pub(crate) ended: Vec<Place>,
    /// What holds from now on, or from its start on.
    pub(crate) begun: Vec<Amount>,
}

/// Connection and time, then where amounts end.
const PLACES: &str = "WITH own (connection, now) AS (SELECT ?, ?), \
     page (priced_id, pricelist_id, market_id, valid_from) AS (VALUES";

/// Forgets amounts that were to hold later and never did.
pub(crate) const FORGET: Statement = Statement {
    head: PLACES,
    columns: 4,
    tail: ") DELETE FROM price_seen WHERE connection = (SELECT connection FROM own) \
           AND (priced_id, pricelist_id, market_id, valid_from, from_ms) IN \
           (SELECT s.priced_id, s.pricelist_id, s.market_id, s.valid_from, s.from_ms FROM page CROSS JOIN price_seen s \
           WHERE s.connection = (SELECT connection FROM own) AND s.priced_id = page.priced_id \
           AND s.pricelist_id = page.pricelist_id AND s.market_id = page.market_id AND s.valid_from = page.valid_from \
           AND s.from_ms >= (SELECT now FROM own))",
};

/// Ends amounts.
pub(crate) const END: Statement = Statement {
    head: PLACES,
    columns: 4,
    tail: ") UPDATE price_seen SET until_ms = (SELECT now FROM own) FROM page \
           WHERE price_seen.connection = (SELECT connection FROM own) AND price_seen.priced_id = page.priced_id \
           AND price_seen.pricelist_id = page.pricelist_id AND price_seen.market_id = page.market_id \
           AND price_seen.valid_from = page.valid_from \
           AND (price_seen.until_ms IS NULL OR price_seen.until_ms > (SELECT now FROM own))",
};

/// Notes what was observed: amounts that end, and such that begin.
pub(crate) async fn keep(tx: &mut db::Connection, connection: i64, seen: &Observed, now: i64) -> Outcome<()> {
    const BEGIN: Statement = Statement {
        head: "INSERT INTO price_seen (connection, priced_id, pricelist_id, market_id, valid_from, from_ms, \
                 until_ms, currency, amount_minor) VALUES",
        columns: 9,
        tail: "ON CONFLICT DO NOTHING",
    };
    end(tx, connection, &seen.ended, now).await?;
    BEGIN
        .execute(
            tx,
            &seen.begun,
            |query| query,
            |query, Amount { place: (priced, pricelist, market, start), from, until, currency, minor }| {
                query
                    .bind(connection)
                    .bind(priced.clone())
                    .bind(pricelist.clone())
                    .bind(market.clone())
                    .bind(*start)
                    .bind(*from)
                    .bind(*until)
                    .bind(currency.clone())
                    .bind(*minor)
            },
        )
        .await?;
    Ok(())
}

/// Notes that prices were deleted.
pub(crate) async fn end_of_deleted(
    tx: &mut db::Connection,
    connection: i64,
    deleted: &[PriceKey],
    now: i64,
) -> Outcome<()> {
    let counting = deleted.iter().filter(|(_, _, _, min_quantity, _)| *min_quantity <= 1);
    let places: Vec<Place> = counting
        .map(|(priced, pricelist, market, _, start)| (priced.clone(), pricelist.clone(), market.clone(), *start))
        .collect();
    end(tx, connection, &places, now).await
}

fn bind_place(query: db::Query, (priced, pricelist, market, start): &Place) -> db::Query {
    query.bind(priced.clone()).bind(pricelist.clone()).bind(market.clone()).bind(*start)
}

async fn end(tx: &mut db::Connection, connection: i64, places: &[Place], now: i64) -> Outcome<()> {
    FORGET.execute(tx, places, |query| query.bind(connection).bind(now), bind_place).await?;
    END.execute(tx, places, |query| query.bind(connection).bind(now), bind_place).await?;
    Ok(())
}

impl Store {
    /// Removes observed amounts that no reduction needs any more for its lowest of 30 days; returns how many.
    pub async fn prune_seen_prices(&self, now: Timestamp) -> Result<u64> {
        self.explained(|| async {
            const KEY: &str = "connection, priced_id, pricelist_id, market_id, valid_from, from_ms";
            let now = now.as_unix_ms();
            // Reductions that go on look back from when they began.
            let needed = format!(
                "SELECT 1 FROM prices p WHERE p.connection = o.connection AND p.priced_id = o.priced_id AND \
                 p.deleted_at IS NULL AND {WANTS_LOWEST} AND (p.valid_until IS NULL OR p.valid_until > $2) AND \
                 o.until_ms > ({REDUCED_SINCE}) - {THIRTY_DAYS_MS}"
            );
            let sql = format!(
                "DELETE FROM price_seen WHERE ({KEY}) IN (SELECT {KEY} FROM price_seen o WHERE o.until_ms IS NOT \
                 NULL AND o.until_ms < $1 AND NOT EXISTS ({needed}) LIMIT {PRUNED})"
            );
            let mut pruned = 0;
            loop {
                let done = db::query(AssertSqlSafe(sql.as_str()))
                    .bind(now.saturating_sub(KEPT_MS))
                    .bind(now)
                    .execute(&self.writer)
                    .await?
                    .rows_affected();
                pruned += done;
                if done == 0 {
                    return Ok(pruned);
                }
            }
        })
        .await
    }
}
