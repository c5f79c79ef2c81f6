//! Prices that start and end by themselves.
//!
//! Everything up to `price_timer.position` is emitted. What lies between it and now is emitted in steps, in the order of
//! connection and priced thing; how far a step came stands beside the position, in the transaction of its events.

use std::collections::BTreeMap;

use connector_api::domain::{Price, Timestamp};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::{
        event_data::{ChangedPrice, RowChange},
        price::{PriceRow, PriceScope},
        price_timer::PricesEmitted,
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{optional_time, time, to_json},
        },
        error::Result,
        sql::{
            catalog::price::{StoredPrice, columns},
            outbox::emit,
        },
    },
};

/// Priced things in one transaction: few enough that other writers wait for milliseconds only.
const BATCH: usize = 250;
/// What a clock may be corrected by, in milliseconds, without prices being emitted again.
const CORRECTED_BY_MS: i64 = 60_000;
/// How far a look goes back at most, in milliseconds, when nothing starts or ends.
const LOOK_BACK_MS: i64 = 3_600_000;

/// The first start and the first end after an instant.
pub(crate) const NEXT_CHANGE: &str = "SELECT \
     (SELECT min(valid_from) FROM prices WHERE valid_from > 0 AND deleted_at IS NULL AND valid_from > $1), \
     (SELECT min(valid_until) FROM prices WHERE valid_until IS NOT NULL AND valid_until > $1)";

impl Store {
    /// Emits events for prices that started or ended up to `now`, for a limited number of priced items per call. Where another
    /// price holds now than at the instant up to which everything was emitted, an event says so. Events and position are
    /// written together, so that each change is emitted once, whoever is killed when. What a sync wrote at or after the
    /// instant was emitted by that sync. After a clock that was ahead, prices are emitted as they hold now.
    pub async fn emit_price_changes(&self, now: Timestamp) -> Result<PricesEmitted> {
        self.explained(|| async {
            let mut db = self.readers.acquire().await?;
            // Most searches find nothing, and write nothing.
            if let Some(window) = Window::at(&mut db, now).await?
                && !window.is_begun
                && due(&mut db, &window, 1).await?.is_empty()
                && window.to >= window.from
                && window.to - window.from < LOOK_BACK_MS
            {
                return Ok(PricesEmitted::default());
            }
            drop(db);
            emit(self, now).await
        })
        .await
    }

    /// The first instant after this one at which a price starts or ends.
    pub async fn next_price_change(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        self.explained(|| async {
            let (start, end): (Option<i64>, Option<i64>) =
                db::query_as(NEXT_CHANGE).bind(after.as_unix_ms()).fetch_one(&self.readers).await?;
            optional_time([start, end].into_iter().flatten().min())
        })
        .await
    }
}

/// What is to be emitted: changes between two instants, those of the priced things after a key.
struct Window {
    from: i64,
    to: i64,
    after: (i64, String),
    /// Whether a part of it was emitted.
    is_begun: bool,
}

impl Window {
    /// The window that is open at an instant; none before the first look.
    async fn at(db: &mut db::Connection, now: Timestamp) -> Outcome<Option<Self>> {
        let sql =
            format!("SELECT position, until_ms, connection, priced_id FROM price_timer WHERE id = 1 {}", db.row_lock());
        let stored: Option<(i64, Option<i64>, i64, String)> =
            db::query_as(AssertSqlSafe(sql)).fetch_optional(db).await?;
        Ok(stored.map(|(from, until, connection, priced)| {
            let now = now.as_unix_ms();
            // A clock that was corrected a little reaches the position by itself.
            let to = if now < from && from - now <= CORRECTED_BY_MS { from } else { now };
            Self { from, to: until.unwrap_or(to), after: (connection, priced), is_begun: until.is_some() }
        }))
    }

    /// The earlier and the later instant.
    fn bounds(&self) -> (i64, i64) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    fn contains(&self, instant: Option<Timestamp>) -> bool {
        let (low, high) = self.bounds();
        instant.map(Timestamp::as_unix_ms).is_some_and(|instant| low < instant && instant <= high)
    }

    async fn keep(&self, tx: &mut db::Connection) -> Outcome<()> {
        db::query(
            "INSERT INTO price_timer (id, position, until_ms, connection, priced_id) VALUES (1, $1, $2, $3, $4) \
             ON CONFLICT (id) DO UPDATE SET position = excluded.position, until_ms = excluded.until_ms, \
             connection = excluded.connection, priced_id = excluded.priced_id",
        )
        .bind(self.from)
        .bind(self.is_begun.then_some(self.to))
        .bind(self.after.0)
        .bind(&self.after.1)
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// Connections and priced things of which a row starts or ends in the window. One that was written at that instant or later
/// was emitted by whoever wrote it; one that was removed after its end has ended nevertheless.
async fn due(db: &mut db::Connection, window: &Window, limit: usize) -> Outcome<Vec<(i64, String)>> {
    let (low, high) = window.bounds();
    Ok(db::query_as(
        "SELECT d.connection, d.priced_id FROM (\
         SELECT connection, priced_id FROM prices WHERE valid_from > 0 AND deleted_at IS NULL \
         AND valid_from > $1 AND valid_from <= $2 AND changed_at < valid_from \
         UNION SELECT connection, priced_id FROM prices WHERE valid_until IS NOT NULL \
         AND valid_until > $1 AND valid_until <= $2 AND changed_at < valid_until \
         AND (deleted_at IS NULL OR deleted_at >= valid_until)) d \
         JOIN stream_position s ON s.connection = d.connection AND s.stream = 'prices' AND s.emitted_by IS NOT NULL \
         JOIN connections c ON c.key = d.connection AND c.status <> 'disconnected' \
         WHERE (d.connection, d.priced_id) > ($3, $4) ORDER BY d.connection, d.priced_id LIMIT $5",
    )
    .bind(low)
    .bind(high)
    .bind(window.after.0)
    .bind(&window.after.1)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?)
}

async fn emit(store: &Store, now: Timestamp) -> Outcome<PricesEmitted> {
    let mut tx = store.begin().await?;
    let Some(mut window) = Window::at(&mut tx, now).await? else {
        // The first look: what has started before it is in the catalog already.
        let begun = Window { from: now.as_unix_ms(), to: 0, after: (0, String::new()), is_begun: false };
        begun.keep(&mut tx).await?;
        tx.commit().await?;
        return Ok(PricesEmitted::default());
    };
    let found = due(&mut tx, &window, BATCH).await?;
    let mut by_connection: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for (connection, priced) in &found {
        by_connection.entry(*connection).or_default().push(priced);
    }
    let mut events = 0;
    for (connection, priced) in by_connection {
        let changes = changes(&mut tx, connection, &priced, &window).await?;
        events += emit::price::emit_started(&mut tx, connection, &changes, now).await?;
    }
    let more = found.len() == BATCH;
    window = match found.into_iter().next_back().filter(|_| more) {
        Some(last) => Window { after: last, is_begun: true, ..window },
        None => Window { from: window.to, after: (0, String::new()), is_begun: false, ..window },
    };
    window.keep(&mut tx).await?;
    tx.commit().await?;
    Ok(PricesEmitted { events, more })
}

#[derive(FromRow)]
struct Timed {
    changed_at: i64,
    deleted_at: Option<i64>,
    #[sqlx(flatten)]
    price: StoredPrice,
}

/// A row with what decides whether its instants are emitted here.
#[cfg_attr(test, derive(Debug))]
struct TimedRow {
    changed_at: i64,
    is_deleted: bool,
    row: PriceRow,
}

impl TimedRow {
    /// Pricelist, market, quantity and currency.
    fn place(&self) -> (&str, &str, u32, &str) {
        let PriceRow { pricelist_id, market_id, min_quantity, currency, .. } = &self.row;
        (pricelist_id, market_id, *min_quantity, currency)
    }

    fn is_kept(&self) -> bool {
        !self.is_deleted
    }

    /// Its instants in a window that nobody has emitted.
    fn due(&self, window: &Window) -> impl Iterator<Item = i64> {
        let start = self.row.valid_from.filter(|_| !self.is_deleted);
        let (low, high) = window.bounds();
        let instants = [start, self.row.valid_until].into_iter().flatten().map(Timestamp::as_unix_ms);
        let changed_at = self.changed_at;
        instants.filter(move |instant| low < *instant && *instant <= high && changed_at < *instant)
    }
}

async fn changes(
    tx: &mut db::Connection,
    connection: i64,
    priced: &[&str],
    window: &Window,
) -> Outcome<BTreeMap<String, Vec<ChangedPrice>>> {
    let sql = format!(
        "SELECT p.changed_at, p.deleted_at, {} FROM {} w {} prices p ON p.connection = $2 \
         AND p.priced_id = w.value WHERE p.deleted_at IS NULL \
         OR (p.valid_until IS NOT NULL AND p.deleted_at >= p.valid_until AND p.valid_until > $3)",
        columns(),
        tx.dialect().texts_of_json("$1"),
        tx.dialect().join_in_order()
    );
    let stored: Vec<Timed> = db::query_as(AssertSqlSafe(sql))
        .bind(to_json("ids", &priced)?)
        .bind(connection)
        .bind(window.from.min(window.to))
        .fetch_all(tx)
        .await?;
    let mut by_thing: BTreeMap<String, Vec<TimedRow>> = BTreeMap::new();
    for Timed { changed_at, deleted_at, price } in stored {
        let row = price.read()?;
        let timed = TimedRow { changed_at, is_deleted: deleted_at.is_some(), row };
        by_thing.entry(timed.row.priced_id.clone()).or_default().push(timed);
    }
    let mut changes = BTreeMap::new();
    for (thing, rows) in by_thing {
        let own = of_thing(&rows, window)?;
        if !own.is_empty() {
            changes.insert(thing, own);
        }
    }
    Ok(changes)
}

/// Where another price of a thing holds at the end of the window than before the first of its instants that are due: by
/// pricelist, market and quantity, of the prices that name just these.
fn of_thing(rows: &[TimedRow], window: &Window) -> Outcome<Vec<ChangedPrice>> {
    let mut seen: Vec<(&str, &str, u32, &str)> = vec![];
    let mut changes = vec![];
    for timed in rows.iter().filter(|timed| timed.due(window).next().is_some()) {
        let key = timed.place();
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let own = |timed: &&TimedRow| timed.place() == key;
        let instants = rows.iter().filter(own).flat_map(|timed| timed.due(window));
        // What a sync wrote up to there it has emitted itself.
        let from = if window.from <= window.to { instants.min().map(|first| first - 1) } else { instants.max() };
        let from = time(from.unwrap_or(window.from))?;
        let (pricelist_id, market, quantity, currency) = key;
        let scope = PriceScope { currency, pricelist: Some(pricelist_id), market, quantity };
        let all = |timed: &&TimedRow| timed.is_kept();
        changes.extend(change(Sides {
            before: scope.price_at(rows.iter().filter(own).map(|timed| &timed.row), from),
            after: scope.price_at(rows.iter().filter(own).filter(all).map(|timed| &timed.row), time(window.to)?),
            any_before: scope.price_at(rows.iter().map(|timed| &timed.row), from),
            any_after: scope.price_at(rows.iter().filter(all).map(|timed| &timed.row), time(window.to)?),
            window,
        })?);
    }
    Ok(changes)
}

/// What holds before and after: of the prices that name just this pricelist, market and quantity, and of all that count there.
#[derive(Clone, Copy)]
struct Sides<'a> {
    before: Option<&'a PriceRow>,
    after: Option<&'a PriceRow>,
    any_before: Option<&'a PriceRow>,
    any_after: Option<&'a PriceRow>,
    window: &'a Window,
}

fn change(sides: Sides<'_>) -> Outcome<Option<ChangedPrice>> {
    let in_window = |instant: Option<Timestamp>| instant.filter(|instant| sides.window.contains(Some(*instant)));
    let price = |row: &PriceRow| Price::try_from(row.clone());
    let end = sides.before.and_then(|row| in_window(row.valid_until));
    Ok(match (sides.before, sides.after) {
        (Some(before), Some(after)) if before.has_key_of(after) => None,
        (_, Some(after)) => Some(ChangedPrice {
            change: RowChange::Started,
            changed: vec![],
            price: price(after)?,
            before: sides.any_before.map(price).transpose()?,
            instead: None,
            at: in_window(after.valid_from).or(end),
        }),
        (Some(before), None) => Some(ChangedPrice {
            change: RowChange::Ended,
            changed: vec![],
            price: price(before)?,
            before: None,
            instead: sides.any_after.map(price).transpose()?,
            at: end,
        }),
        (None, None) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000).unwrap()
    }

    fn any_row() -> impl Strategy<Value = TimedRow> {
        (0_i64..12, 0_i64..12, any::<bool>(), 1_i64..1_000).prop_map(|(from, until, of_market, amount_minor)| {
            TimedRow {
                changed_at: 0,
                is_deleted: false,
                row: PriceRow {
                    priced_id: "p".into(),
                    market_id: if of_market { "m".into() } else { String::new() },
                    min_quantity: 1,
                    currency: "SEK".into(),
                    amount_minor,
                    valid_from: (from > 0).then(|| second(from)),
                    valid_until: (until > 0).then(|| second(until)),
                    ..PriceRow::default()
                },
            }
        })
    }

    /// What holds by the prices that name just this market.
    fn holding(rows: &[TimedRow], market: &str, at: i64) -> Option<i64> {
        let scope = PriceScope { currency: "SEK", pricelist: Some(""), market, quantity: 1 };
        let own = rows.iter().map(|timed| &timed.row).filter(|row| row.market_id == market);
        scope.price_at(own, second(at)).map(|row| row.amount_minor)
    }

    proptest! {
        #[test]
        fn who_follows_the_events_knows_what_holds(
            mut rows in prop::collection::vec(any_row(), 0..7),
            searches in prop::collection::vec(1_i64..14, 1..6),
        ) {
            // Of two with one key there is only one row.
            let mut keys = vec![];
            rows.retain(|timed| {
                let key = (timed.row.market_id.clone(), timed.row.valid_from);
                let is_new = !keys.contains(&key);
                keys.push(key);
                is_new
            });
            let mut position = 0;
            let mut known: BTreeMap<&str, Option<i64>> =
                ["", "m"].map(|market| (market, holding(&rows, market, position))).into();
            for look in searches {
                let window =
                    Window { from: position * 1_000, to: look * 1_000, after: (0, String::new()), is_begun: false };
                for change in of_thing(&rows, &window).unwrap() {
                    let market = if change.price.market_id.is_some() { "m" } else { "" };
                    let amount = (change.change == RowChange::Started).then_some(change.price.amount.amount_minor);
                    known.insert(market, amount);
                    prop_assert!(change.at.is_none_or(|at| window.contains(Some(at))));
                }
                position = look;
                for (market, amount) in &known {
                    prop_assert_eq!(*amount, holding(&rows, market, position), "in `{}` at {}", market, position);
                }
            }
        }
    }
}
