//! Deletions that are held: as they are shown, and deleted when somebody accepts it.

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        audit::AuditEntry,
        doubt::{Doubt, HeldDoubt},
        held::{self, AcceptedDeletions, HeldDeletions},
    },
    store::{
        Store,
        db::{
            self,
            failure::Outcome,
            value::{count, from_json, optional_time, time},
        },
        error::Result,
        sql::{
            audit,
            catalog::{
                change,
                known_page::SEEN_BY,
                stream_table::{Table, table},
            },
            connection::key::{key_of, key_of_existing},
            outbox::emit::{self, changes::Changes},
            sync::pass::{Pass, release},
        },
    },
};

/// Ids shown of a stream's held deletions.
const EXAMPLES: i64 = 10;
/// Rows that no pass has seen since one missed them.
fn which() -> String {
    format!("deleted_at IS NULL AND missed_by IS NOT NULL AND missed_by > {SEEN_BY}")
}

/// What a connection holds, by stream.
async fn read(db: &mut db::Connection, connection: i64) -> Outcome<Vec<HeldDeletions>> {
    let of_held = which();
    let positions: Vec<(String, i64, String)> = db::query_as(
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
        let count_sql = format!("SELECT count(*), min(missed_at) FROM {name} WHERE {own} AND {of_held}");
        let (rows, first): (i64, Option<i64>) = db::query_as(AssertSqlSafe(count_sql))
            .bind(connection)
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(stream.as_str())
            .fetch_one(&mut *db)
            .await?;
        if rows == 0 {
            continue;
        }
        let examples_sql = format!("SELECT DISTINCT {id} FROM {name} WHERE {own} AND {of_held} ORDER BY {id} LIMIT $3");
        let examples = db::query_scalar(AssertSqlSafe(examples_sql))
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

impl Store {
    /// Deletions of a connection that are held, by stream.
    pub async fn held_deletions(&self, connection: &ConnectionId) -> Result<Vec<HeldDeletions>> {
        self.explained(|| async {
            let mut db = self.readers.acquire().await?;
            let Some(key) = key_of(&mut db, connection).await? else { return Ok(vec![]) };
            read(&mut db, key).await
        })
        .await
    }

    /// Deletes what is held, of these streams or of all when there are none. `Gone` when the connection does not exist.
    pub async fn accept_deletions(
        &self,
        connection: &ConnectionId,
        streams: &[Stream],
        audit: &AuditEntry,
    ) -> Result<Vec<AcceptedDeletions>> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            let mut changes = Changes::begin(&mut tx, key).await?;
            let at = audit.at.as_unix_ms();
            let mut accepted = vec![];
            for held in read(&mut tx, key).await? {
                if !streams.is_empty() && !streams.contains(&held.stream) {
                    continue;
                }
                let pass = Pass { connection: key, generation: 0, stream: &held.stream, now: at };
                let rows = pass.delete(&mut tx, &which(), at, &mut changes).await?;
                change::count_deleted(&mut tx, key, &held.stream, rows, audit.at).await?;
                release(&mut tx, pass).await?;
                accepted.push(AcceptedDeletions { stream: held.stream, rows });
            }
            emit::catalog_changes::emit(&mut tx, changes, at).await?;
            if !accepted.is_empty() {
                audit::insert(&mut tx, &audit.clone().detailed(held::counted(&accepted))).await?;
            }
            tx.commit().await?;
            Ok(accepted)
        })
        .await
    }
}
