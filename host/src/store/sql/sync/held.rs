//! Deletions that are held, as they are shown.

use connector_api::wire::pull::Stream;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::{
    model::held::{Doubt, HeldDeletions, HeldDoubt},
    store::{
        db::{
            failure::Outcome,
            value::{count, from_json, optional_time, time},
        },
        sql::catalog::stream_table::{Table, table},
    },
};

/// Ids shown of a stream's held deletions.
const EXAMPLES: i64 = 10;
/// Rows that no pass has seen since one missed them.
pub(crate) const HELD: &str = "retired_at IS NULL AND missed_by IS NOT NULL AND missed_by > generation";

/// What a connection holds, by stream.
pub(crate) async fn read(db: &mut SqliteConnection, connection: i64) -> Outcome<Vec<HeldDeletions>> {
    let positions: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT stream, held_since, coalesce(held_doubts, '[]') FROM stream_position \
         WHERE connection = $1 AND held_since IS NOT NULL ORDER BY stream",
    )
    .bind(connection)
    .fetch_all(&mut *db)
    .await?;
    let mut all = vec![];
    for (stream, since, doubts) in positions {
        let stream = Stream::from(stream.as_str());
        let Table { name, id, own, .. } = table(&stream);
        let count_sql = format!("SELECT count(*), min(missed_at) FROM {name} WHERE {own} AND {HELD}");
        let (rows, first): (i64, Option<i64>) = sqlx::query_as(AssertSqlSafe(count_sql))
            .bind(connection)
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(stream.as_str())
            .fetch_one(&mut *db)
            .await?;
        if rows == 0 {
            continue;
        }
        let examples_sql = format!("SELECT DISTINCT {id} FROM {name} WHERE {own} AND {HELD} ORDER BY {id} LIMIT $3");
        let examples = sqlx::query_scalar(AssertSqlSafe(examples_sql))
            .bind(connection)
            .bind(None::<i64>)
            .bind(EXAMPLES)
            .bind(stream.as_str())
            .fetch_all(&mut *db)
            .await?;
        let doubts: Vec<Doubt> = from_json("doubts", &doubts)?;
        all.push(HeldDeletions {
            stream,
            rows: count(rows),
            doubts: doubts.into_iter().map(HeldDoubt::from).collect(),
            since: time(since)?,
            first_missed_at: optional_time(first)?,
            examples,
        });
    }
    Ok(all)
}
