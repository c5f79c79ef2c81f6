//! The one claim protocol in SQL: a claim is a row with an end and a fence. Taking it raises the fence and sets the end, renewing
//! it moves the end, and whatever is written under it looks at the fence first.
//!
//! Every table says only where its claims are; which row is due is the query of its kind.

use connector_api::domain::Timestamp;
use sqlx::AssertSqlSafe;

use crate::store::{
    Store,
    db::{self, dialect::Dialect, failure::Outcome},
};

/// Where the claims of a kind of work are.
pub(crate) struct Claims {
    /// The table; it has a column `fence`.
    pub(crate) table: &'static str,
    /// The row of a claim; `$1` is its key.
    pub(crate) row: &'static str,
    /// The column of its end.
    pub(crate) until: &'static str,
    /// Whether it can be written under: a settled row keeps its fence.
    pub(crate) open: &'static str,
    /// Whether its table has a column `connection`.
    pub(crate) of_connection: bool,
}

/// The row of a connection; `$1` is its id.
const OF_CONNECTION: &str = "connection = (SELECT key FROM connections WHERE id = $1)";

/// Due syncs.
pub(crate) static SYNC: Claims =
    Claims { table: "sync_job", row: OF_CONNECTION, until: "claimed_ms", open: "claimed_ms > 0", of_connection: true };
/// The right to write what a sync reads.
pub(crate) static LEASE: Claims =
    Claims { table: "sync_lease", row: OF_CONNECTION, until: "until_ms", open: "TRUE", of_connection: true };
/// Waiting deliveries of a connection's webhooks. The end of a claim is when its turn is due again.
pub(crate) static READING: Claims = Claims {
    table: "webhook_claim",
    row: "work = 'read' AND connection = (SELECT key FROM connections WHERE id = $1)",
    until: "due_at",
    open: "TRUE",
    of_connection: true,
};
/// Entities that are refetched. The end of a claim is when its entity is due again; several are claimed, renewed and ended at once.
pub(crate) static ENTITY: Claims = Claims {
    table: "entity_queue",
    row: "seq = $1",
    until: "due_at",
    open: "dead_lettered_at IS NULL",
    of_connection: true,
};
/// Orders that are not settled.
pub(crate) static INTENT: Claims = Claims {
    table: "order_intent",
    row: "id = $1",
    until: "claimed_ms",
    open: "state IN ('intended', 'sent', 'unknown')",
    of_connection: true,
};
/// Endpoints that events are sent to.
pub(crate) static ENDPOINT: Claims =
    Claims { table: "event_endpoint", row: "id = $1", until: "claimed_ms", open: "TRUE", of_connection: false };

impl Claims {
    /// The statement that takes the rows `which`: held until `until`, with what else is set (each with its comma before).
    pub(crate) fn take(&self, dialect: Dialect, until: &str, also: &str, which: &str, returning: &str) -> String {
        let (update, table, column) = (dialect.update_or_fail(), self.table, self.until);
        format!("{update} {table} SET {column} = {until}, fence = fence + 1{also} WHERE {which} RETURNING {returning}")
    }

    /// Keeps a claim until a later time; `false` when it was given back, or another has it.
    pub(crate) async fn renew(&self, store: &Store, key: &str, fence: i64, until: Timestamp) -> Outcome<bool> {
        let (table, row, column, open) = (self.table, self.row, self.until, self.open);
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {row} AND fence = $3 AND {column} > 0 AND {open}");
        let renew = db::query(AssertSqlSafe(sql)).bind(key).bind(until.as_unix_ms()).bind(fence);
        Ok(renew.execute(&store.writer).await?.rows_affected() == 1)
    }

    /// The first statement of every transaction that writes under a claim: its row, by this column, while it is held.
    pub(crate) async fn guard(
        &self,
        tx: &mut db::Connection,
        key: &str,
        fence: i64,
        column: &str,
    ) -> Outcome<Option<i64>> {
        let (table, row, open, lock) = (self.table, self.row, self.open, tx.row_lock());
        if self.of_connection && tx.locks_rows() {
            // The connection's row first: whoever writes of a connection waits for each other there.
            let whose = format!("SELECT connection FROM {table} WHERE {row}");
            let sql = format!("SELECT key FROM connections WHERE key = ({whose}) {lock}");
            db::query(AssertSqlSafe(sql)).bind(key).execute(&mut *tx).await?;
        }
        let sql = format!("SELECT {column} FROM {table} WHERE {row} AND fence = $2 AND {open} {lock}");
        Ok(db::query_scalar(AssertSqlSafe(sql)).bind(key).bind(fence).fetch_optional(tx).await?)
    }
}

/// Milliseconds that a claim which nobody ended stays closed beyond its lapse, by how often that has happened in a row before:
/// none after the first, so that a host that was killed goes on at once; then `unit_ms`, four times, nine times as long … up to
/// an hour, so that a restart is no loop.
pub(crate) fn unended_pause(dialect: Dialect, column: &str, unit_ms: &str) -> String {
    format!("{}({column} * {column} * {unit_ms}, 3600000)", dialect.least())
}
