//! What a full pass did not see: deleted, or held while there is a reason to doubt the pass.

use connector_api::{domain::Timestamp, wire::pull::Stream};

use crate::{
    model::{
        doubt::{DeletionRule, Doubt, SMALL},
        run::Mode,
    },
    store::{
        db::{self, failure::Outcome, value::to_json},
        sql::{
            catalog::{
                known_page::{self, SEEN_BY},
                stream_table::{Table, table},
            },
            outbox::emit::changes::Changes,
            sync::{
                open_stream::OpenStream,
                pass::{Pass, release},
            },
        },
    },
};

/// What the end of a pass did to its stream.
pub(crate) struct Settled {
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) deleted: u64,
    /// Rows deleted that had ended by themselves: no news, and nothing that a webhook should have emitted.
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

/// The reasons to doubt a pass that was read to its end, and how many rows it did not see.
pub(crate) async fn doubts(
    tx: &mut db::Connection,
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
    tx: &mut db::Connection,
    connection: i64,
    stream: &Stream,
    open: &OpenStream,
    rule: DeletionRule,
    now: Timestamp,
    changes: &mut Changes,
) -> Outcome<Settled> {
    let now_ms = now.as_unix_ms();
    let pass = Pass { connection, generation: open.generation, stream, now: now_ms };
    let table = table(stream);
    let ended = if table.ends && open.mode == Mode::Full {
        let which = format!("{SEEN_BY} < $2 AND NOT {}", table.lasting(now_ms));
        pass.delete(tx, &which, now_ms, changes).await?
    } else {
        0
    };
    let (mut doubts, missed) = doubts(tx, pass, open, rule).await?;
    if open.mode == Mode::Full {
        known_page::remove_missed(tx, connection, stream, open.generation).await?;
    }
    if missed == 0 {
        release(tx, pass).await?;
        return Ok(Settled { doubts, deleted: 0, ended, held: 0, is_news: false });
    }
    let failed = doubts.iter().any(|doubt| doubt.is_failure());
    let (Table { name, own, .. }, free) = (&table, table.free());
    let deleted = if doubts.is_empty() {
        pass.delete(tx, &format!("{SEEN_BY} < $2 AND {free}"), now_ms, changes).await?
    } else if failed {
        0
    } else {
        let twice =
            format!("{SEEN_BY} < $2 AND missed_by > {SEEN_BY} AND missed_by < $2 AND missed_at <= $3 AND {free}");
        pass.delete(tx, &twice, now_ms.saturating_sub(rule.confirm_after_ms), changes).await?
    };
    let held = missed.saturating_sub(deleted);
    if held == 0 {
        release(tx, pass).await?;
        return Ok(Settled { doubts, deleted, ended, held, is_news: false });
    }
    if doubts.is_empty() {
        doubts.push(Doubt::OfferHeld);
    }
    let counts = if failed { "NULL" } else { "$3" };
    let mark = format!(
        "UPDATE {name} SET missed_at = CASE WHEN missed_by > {SEEN_BY} THEN coalesce(missed_at, {counts}) \
         ELSE {counts} END, missed_by = CASE WHEN missed_by > {SEEN_BY} THEN missed_by ELSE $2 END \
         WHERE {own} AND {SEEN_BY} < $2 AND deleted_at IS NULL"
    );
    pass.change(tx, mark, now_ms).await?;
    let is_news = hold(tx, pass, &doubts, now_ms).await?;
    Ok(Settled { doubts, deleted, ended, held, is_news })
}

/// The stream holds deletions from now on. Gives whether it did not before, or for other reasons.
async fn hold(tx: &mut db::Connection, pass: Pass<'_>, doubts: &[Doubt], now: i64) -> Outcome<bool> {
    let doubts = to_json("doubts", &doubts)?;
    let before: Option<String> =
        db::query_scalar("SELECT held_doubts FROM stream_position WHERE connection = $1 AND stream = $2")
            .bind(pass.connection)
            .bind(pass.stream.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .flatten();
    let is_news = before.as_ref() != Some(&doubts);
    db::query(
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
