//! What a full pass did not see: deleted, or held while there is a reason to doubt the pass.
//!
//! The statements bind connection (`$1`), generation of the pass (`$2`), time (`$3`) and stream (`$4`), whatever the table.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection, sqlite::SqliteRow};

use crate::{
    model::{
        held::{AcceptedDeletions, Confirmed, DeletionRule, Doubt, HeldDeletions, Missed, SMALL},
        run::{Mode, RunId, StreamState},
        sync::Lease,
    },
    store::{
        Store,
        db::{
            failure::Outcome,
            value::{count, stored, to_json},
        },
        error::{Error, Result},
        sql::{
            catalog::{
                change,
                stream_table::{Table, table},
                upsert,
            },
            connection::key::{key_of, key_of_existing},
            outbox::announce,
            sync::{
                fetched,
                held::{self, HELD},
                lease,
                page::{OpenStream, check_kind, open_stream},
                shrunk,
            },
        },
    },
};

/// Rows of a stream as a pass left them.
struct Tally {
    live: u64,
    missed: u64,
    of_pass: u64,
}

/// What the end of a pass did to its stream.
pub(crate) struct Settled {
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) retired: u64,
    /// Rows deleted that had ended by themselves: no news, and nothing that a webhook should have announced.
    pub(crate) ended: u64,
    pub(crate) held: u64,
    /// Whether the stream did not hold deletions before, or for other reasons.
    pub(crate) is_news: bool,
}

impl Settled {
    /// Whether the pass was not complete, whatever it says.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.doubts.iter().any(|doubt| doubt.is_incomplete())
    }
}

#[derive(Clone, Copy)]
struct Pass<'a> {
    connection: i64,
    generation: i64,
    stream: &'a Stream,
    now: i64,
}

impl Pass<'_> {
    async fn change(self, tx: &mut SqliteConnection, sql: String, at: i64) -> Outcome<u64> {
        let done = sqlx::query(AssertSqlSafe(sql))
            .bind(self.connection)
            .bind(self.generation)
            .bind(at)
            .bind(self.stream.as_str())
            .execute(tx)
            .await?;
        Ok(done.rows_affected())
    }

    /// Counts rows of the stream.
    async fn counts<R>(self, tx: &mut SqliteConnection, sql: String) -> Outcome<R>
    where
        R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        Ok(sqlx::query_as(AssertSqlSafe(sql))
            .bind(self.connection)
            .bind(self.generation)
            .bind(None::<i64>)
            .bind(self.stream.as_str())
            .fetch_one(tx)
            .await?)
    }

    async fn tally(self, tx: &mut SqliteConnection) -> Outcome<Tally> {
        let table = table(self.stream);
        let (Table { name, own, .. }, lasting) = (&table, table.lasting(self.now));
        let sql = format!(
            "SELECT count(*) FILTER (WHERE retired_at IS NULL AND {lasting}), \
             count(*) FILTER (WHERE retired_at IS NULL AND {lasting} AND generation < $2), \
             count(*) FILTER (WHERE generation = $2) FROM {name} WHERE {own}"
        );
        let (live, missed, of_pass): (i64, i64, i64) = self.counts(tx, sql).await?;
        Ok(Tally { live: count(live), missed: count(missed), of_pass: count(of_pass) })
    }

    /// Whether no row of a location or pricelist was seen that has as many as are no few deletions.
    async fn missed_a_part(self, tx: &mut SqliteConnection) -> Outcome<bool> {
        let Some(sql) = table(self.stream).missed_part(SMALL, self.now) else { return Ok(false) };
        let (found,): (i64,) = self.counts(tx, sql).await?;
        Ok(found > 0)
    }

    /// Marks rows of the stream as deleted that meet a condition; of offers, their variants as well.
    async fn retire(self, tx: &mut SqliteConnection, which: &str, at: i64, now: i64) -> Outcome<u64> {
        let Table { name, own, .. } = table(self.stream);
        let sql = format!("UPDATE {name} SET retired_at = {now} WHERE {own} AND retired_at IS NULL AND {which}");
        let retired = self.change(tx, sql, at).await?;
        if *self.stream == Stream::Offers && retired > 0 {
            sqlx::query(
                "UPDATE variants SET retired_at = $1 WHERE connection = $2 AND retired_at IS NULL AND offer_id IN \
                 (SELECT id FROM offers WHERE connection = $2 AND retired_at = $1)",
            )
            .bind(now)
            .bind(self.connection)
            .execute(tx)
            .await?;
        }
        Ok(retired)
    }
}

/// The reasons to doubt a pass that was read to its end, and how many rows it did not see.
async fn doubts(
    tx: &mut SqliteConnection,
    pass: Pass<'_>,
    open: &OpenStream,
    rule: DeletionRule,
) -> Outcome<(Vec<Doubt>, u64)> {
    let mut doubts = open.doubts.clone();
    if open.mode == Mode::Increment && open.total.is_none() {
        return Ok((doubts, 0));
    }
    let tally = pass.tally(tx).await?;
    // What a record says twice is there once; of people who were erased there is a record and no row.
    let without_row = open.seen.saturating_sub(open.stored);
    let read = tally.of_pass.saturating_add(without_row).saturating_add(open.skipped).saturating_add(open.left_out());
    if open.total.is_some_and(|total| read < total) {
        add(&mut doubts, Doubt::ShortOfTotal);
    }
    if open.mode == Mode::Increment || tally.missed == 0 {
        return Ok((doubts, 0));
    }
    if open.seen == 0 {
        add(&mut doubts, Doubt::Empty);
    }
    let share = u128::from(tally.missed) * 100;
    if tally.missed >= SMALL && share > u128::from(rule.max_percent) * u128::from(tally.live) {
        add(&mut doubts, Doubt::LargeShare);
    }
    if tally.missed >= SMALL && pass.missed_a_part(tx).await? {
        add(&mut doubts, Doubt::WholePart);
    }
    Ok((doubts, tally.missed))
}

fn add(doubts: &mut Vec<Doubt>, doubt: Doubt) {
    if !doubts.contains(&doubt) {
        doubts.push(doubt);
    }
}

/// Deletes what a pass did not see, or holds it.
pub(crate) async fn settle(
    tx: &mut SqliteConnection,
    connection: i64,
    stream: &Stream,
    open: &OpenStream,
    rule: DeletionRule,
    now: Timestamp,
) -> Outcome<Settled> {
    let now_ms = now.as_unix_ms();
    let pass = Pass { connection, generation: open.generation, stream, now: now_ms };
    let table = table(stream);
    let ended = if table.ends && open.mode == Mode::Full {
        let which = format!("generation < $2 AND NOT {}", table.lasting(now_ms));
        pass.retire(tx, &which, now_ms, now_ms).await?
    } else {
        0
    };
    let (mut doubts, missed) = doubts(tx, pass, open, rule).await?;
    if missed == 0 {
        release(tx, pass).await?;
        return Ok(Settled { doubts, retired: 0, ended, held: 0, is_news: false });
    }
    let failed = doubts.iter().any(|doubt| doubt.is_failure());
    let (Table { name, own, .. }, free) = (&table, table.free());
    let retired = if doubts.is_empty() {
        pass.retire(tx, &format!("generation < $2 AND {free}"), now_ms, now_ms).await?
    } else if failed {
        0
    } else {
        let twice =
            format!("generation < $2 AND missed_by > generation AND missed_by < $2 AND missed_at <= $3 AND {free}");
        pass.retire(tx, &twice, now_ms.saturating_sub(rule.confirm_after_ms), now_ms).await?
    };
    let held = missed.saturating_sub(retired);
    if held == 0 {
        release(tx, pass).await?;
        return Ok(Settled { doubts, retired, ended, held, is_news: false });
    }
    if doubts.is_empty() {
        doubts.push(Doubt::OfferHeld);
    }
    let counts = if failed { "NULL" } else { "$3" };
    let mark = format!(
        "UPDATE {name} SET missed_at = CASE WHEN missed_by > generation THEN coalesce(missed_at, {counts}) \
         ELSE {counts} END, missed_by = CASE WHEN missed_by > generation THEN missed_by ELSE $2 END \
         WHERE {own} AND generation < $2 AND retired_at IS NULL"
    );
    pass.change(tx, mark, now_ms).await?;
    let is_news = hold(tx, pass, &doubts, now_ms).await?;
    Ok(Settled { doubts, retired, ended, held, is_news })
}

/// The stream holds deletions from now on. Gives whether it did not before, or for other reasons.
async fn hold(tx: &mut SqliteConnection, pass: Pass<'_>, doubts: &[Doubt], now: i64) -> Outcome<bool> {
    let doubts = to_json("doubts", &doubts)?;
    let before: Option<String> =
        sqlx::query_scalar("SELECT held_doubts FROM stream_position WHERE connection = $1 AND stream = $2")
            .bind(pass.connection)
            .bind(pass.stream.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .flatten();
    let is_news = before.as_ref() != Some(&doubts);
    sqlx::query(
        "UPDATE stream_position SET held_since = coalesce(held_since, $1), held_doubts = $2 \
         WHERE connection = $3 AND stream = $4",
    )
    .bind(now)
    .bind(doubts)
    .bind(pass.connection)
    .bind(pass.stream.as_str())
    .execute(tx)
    .await?;
    Ok(is_news)
}

/// The stream holds nothing any more.
async fn release(tx: &mut SqliteConnection, pass: Pass<'_>) -> Outcome<()> {
    sqlx::query(
        "UPDATE stream_position SET held_since = NULL, held_doubts = NULL \
         WHERE connection = $1 AND stream = $2 AND held_since IS NOT NULL",
    )
    .bind(pass.connection)
    .bind(pass.stream.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// What a pass that was read to its end would delete, and the reasons to doubt it; the reasons stay with the pass.
    /// Prices that have ended are not counted.
    pub async fn doubt_pass(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        rule: DeletionRule,
        now: Timestamp,
    ) -> Result<Missed> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, lease).await?;
            let open = read_stream(&mut tx, connection, run, stream).await?;
            let pass = Pass { connection, generation: open.generation, stream, now: now.as_unix_ms() };
            let (doubts, rows) = doubts(&mut tx, pass, &open, rule).await?;
            if rows > 0 && doubts != open.doubts {
                sqlx::query("UPDATE sync_stream SET doubts = $1 WHERE run = $2 AND stream = $3")
                    .bind(to_json("doubts", &doubts)?)
                    .bind(&run.0)
                    .bind(stream.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
            Ok(Missed { rows, doubts })
        })
        .await
    }

    /// Ids of rows that the pass did not see, in order, as `fetch` names them: of prices what is priced, of stock the
    /// variants. Prices that have ended are left out.
    pub async fn missed_ids(
        &self,
        run: &RunId,
        stream: &Stream,
        after: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        self.explained(async {
            let pass: Option<(i64, i64)> = sqlx::query_as(
                "SELECT r.connection, s.generation FROM sync_stream s JOIN sync_run r ON r.id = s.run \
                 WHERE s.run = $1 AND s.stream = $2",
            )
            .bind(&run.0)
            .bind(stream.as_str())
            .fetch_optional(&self.readers)
            .await?;
            let Some((connection, generation)) = pass else { return Ok(vec![]) };
            let table = table(stream);
            let (Table { name, id, own, .. }, lasting) = (&table, table.lasting(now.as_unix_ms()));
            let sql = format!(
                "SELECT DISTINCT {id} FROM {name} WHERE {own} AND generation < $2 AND retired_at IS NULL AND {lasting} \
                 AND {id} > $3 ORDER BY {id} LIMIT $5"
            );
            Ok(sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(connection)
                .bind(generation)
                .bind(after)
                .bind(stream.as_str())
                .bind(limit)
                .fetch_all(&self.readers)
                .await?)
        })
        .await
    }

    /// Ids of rows that are there, as `fetch` names them: of those that this run's pass saw, or of all. They are asked for
    /// beside rows that may be gone: an answer that does not know them either proves nothing.
    pub async fn witness_ids(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        seen_by: Option<&RunId>,
        limit: u32,
    ) -> Result<Vec<String>> {
        self.explained(async {
            let Table { name, id, own, .. } = table(stream);
            let sql = format!(
                "SELECT DISTINCT {id} FROM {name} WHERE {} AND retired_at IS NULL AND ($3 IS NULL OR generation = \
                 (SELECT s.generation FROM sync_stream s WHERE s.run = $3 AND s.stream = $4)) LIMIT $2",
                own.replace("$1", "(SELECT key FROM connections WHERE connections.id = $1)")
            );
            Ok(sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(limit)
                .bind(seen_by.map(|run| run.0.as_str()))
                .bind(stream.as_str())
                .fetch_all(&self.readers)
                .await?)
        })
        .await
    }

    /// Writes what was found about missed rows, in one transaction. Returns how many were deleted.
    pub async fn confirm_missed(&self, confirmed: Confirmed<'_>) -> Result<u64> {
        self.explained(confirm(self, &confirmed)).await
    }

    /// Deletions of a connection that are held, by stream.
    pub async fn held_deletions(&self, connection: &ConnectionId) -> Result<Vec<HeldDeletions>> {
        self.explained(async {
            let mut db = self.readers.acquire().await?;
            let Some(key) = key_of(&mut db, connection).await? else { return Ok(vec![]) };
            held::read(&mut db, key).await
        })
        .await
    }

    /// Deletes what is held, of these streams or of all when there are none. `Gone` when the connection does not exist.
    pub async fn accept_deletions(
        &self,
        connection: &ConnectionId,
        streams: &[Stream],
        now: Timestamp,
    ) -> Result<Vec<AcceptedDeletions>> {
        self.explained(async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let mut accepted = vec![];
            for held in held::read(&mut tx, key).await? {
                if !streams.is_empty() && !streams.contains(&held.stream) {
                    continue;
                }
                let at = now.as_unix_ms();
                let pass = Pass { connection: key, generation: 0, stream: &held.stream, now: at };
                let rows = pass.retire(&mut tx, HELD, at, at).await?;
                change::count_retired(&mut tx, key, &held.stream, rows, now).await?;
                release(&mut tx, pass).await?;
                accepted.push(AcceptedDeletions { stream: held.stream, rows });
            }
            announce::catalog::tell(&mut tx, key, now.as_unix_ms()).await?;
            tx.commit().await?;
            Ok(accepted)
        })
        .await
    }
}

async fn read_stream(tx: &mut SqliteConnection, connection: i64, run: &RunId, stream: &Stream) -> Outcome<OpenStream> {
    let open = open_stream(tx, connection, run, stream).await?;
    if open.state != StreamState::Read {
        return Err(Error::Refused(format!("stream `{stream}` of run {run} was not read to its end")).into());
    }
    Ok(open)
}

async fn confirm(store: &Store, confirmed: &Confirmed<'_>) -> Outcome<u64> {
    let (run, stream) = (confirmed.run, confirmed.stream);
    confirmed.rows.map_or(Ok(()), |rows| check_kind(stream, rows))?;
    if let Some(other) = confirmed.gone.iter().find(|gone| gone.stream != *stream) {
        let what = format!("a pass over `{stream}` cannot delete rows of `{}`", other.stream);
        return Err(Error::Refused(what).into());
    }
    let mut tx = store.begin().await?;
    let connection = lease::guard(&mut tx, confirmed.lease).await?;
    let open = read_stream(&mut tx, connection, run, stream).await?;
    if open.mode != Mode::Full {
        return Err(Error::Refused(format!("an increment of stream `{stream}` misses nothing")).into());
    }
    let (now, read_at) = (confirmed.now.as_unix_ms(), confirmed.read_at.as_unix_ms());
    let stamp = upsert::Stamp { connection, generation: open.generation, now, read_at };
    let (mut upserted, mut retired) = (0, 0);
    if let Some(rows) = confirmed.rows {
        let held = shrunk::hold_back(&mut tx, rows, stamp, None).await?;
        let rows = held.as_ref().map_or(rows, |(rows, _)| rows);
        upserted = upsert::rows(&mut tx, stream, rows, stamp).await?;
        change::count_reconciled(&mut tx, stamp, stream, upserted).await?;
        retired = fetched::retire_unmentioned(&mut tx, stream, rows, stamp).await?;
    }
    for entity in confirmed.gone {
        retired += fetched::retire(&mut tx, connection, entity, now, read_at).await?;
    }
    change::count_retired(&mut tx, connection, stream, retired, confirmed.now).await?;
    sqlx::query(
        "UPDATE sync_stream SET retired = retired + $1, upserted = upserted + $2 WHERE run = $3 AND stream = $4",
    )
    .bind(stored(retired))
    .bind(stored(upserted))
    .bind(&run.0)
    .bind(stream.as_str())
    .execute(&mut *tx)
    .await?;
    announce::catalog::tell(&mut tx, connection, now).await?;
    tx.commit().await?;
    if *stream == Stream::Prices {
        store.price_written.notify_one();
    }
    Ok(retired)
}
