//! Writing records that were read outside of a sync run.

use std::collections::BTreeSet;

use connector_api::wire::pull::Stream;

use crate::{
    model::{
        fetched::{FetchCommit, FetchOutcome},
        rows::Rows,
    },
    store::{
        Store, Topic,
        db::{self, failure::Outcome},
        error::Result,
        sql::{
            catalog::{change, stamp::Stamp},
            connection::key::key_of_existing,
            outbox::emit::{self, changes::Changes},
            sync::{
                deleted::delete_named,
                page_rows::{self, check_kind},
                shrunk,
            },
            webhook::entity_queue,
        },
    },
};

impl Store {
    /// Writes rows, deletes what is gone, counts the changes and ends the entity queues, in one transaction. Of the rows of an
    /// offer that is gone, prices and stock stay until the next full pass. `Gone` when the connection does not exist.
    pub async fn commit_fetch(&self, fetch: FetchCommit<'_>) -> Result<FetchOutcome> {
        self.explained(|| async {
            let fetch = &fetch;
            let mut outcome = FetchOutcome::default();
            let mut tx = self.begin().await?;
            let connection = key_of_existing(&mut tx, fetch.connection).await?;
            let mut changes = Changes::begin(&mut tx, connection).await?;
            for (stream, rows) in fetch.rows {
                check_kind(stream, rows)?;
                let generation = generation(&mut tx, connection, stream).await?;
                let (now, read_at) = (fetch.now.as_unix_ms(), fetch.read_at.as_unix_ms());
                let stamp = Stamp { connection, generation, now, read_at, page: None };
                let held = shrunk::hold_back(&mut tx, rows, stamp, None).await?;
                let rows = held.as_ref().map_or(rows, |(rows, _)| rows);
                let mut rows_changed = page_rows::write(&mut tx, stream, rows, stamp, &mut changes).await?;
                outcome.upserted += rows_changed;
                outcome.unchanged += (rows.len() as u64).saturating_sub(rows_changed);
                let deleted = delete_unmentioned(&mut tx, stream, rows, stamp, &mut changes).await?;
                outcome.deleted += deleted;
                rows_changed += deleted;
                change::count(&mut tx, stamp, stream, fetch.source, rows_changed).await?;
            }
            for entity in fetch.gone {
                let (now, read_at) = (fetch.now.as_unix_ms(), fetch.read_at.as_unix_ms());
                let stamp = Stamp { connection, generation: 0, now, read_at, page: None };
                let deleted = delete_named(&mut tx, &entity.stream, &[entity.id.as_str()], stamp, &mut changes).await?;
                outcome.deleted += deleted;
                change::count(&mut tx, stamp, &entity.stream, fetch.source, deleted).await?;
            }
            entity_queue::end(&mut tx, connection, fetch.queues, fetch.now).await?;
            emit::catalog_changes::emit(&mut tx, changes, fetch.now.as_unix_ms()).await?;
            tx.commit().await?;
            if fetch.rows.iter().any(|(stream, _)| *stream == Stream::Prices) {
                self.hint(Topic::Price);
            }
            Ok(outcome)
        })
        .await
    }
}

/// What is written now was seen by the running pass, if there is one: it must not delete it.
pub(crate) async fn generation(tx: &mut db::Connection, connection: i64, stream: &Stream) -> Outcome<i64> {
    let generation: Option<i64> =
        db::query_scalar("SELECT generation FROM stream_position WHERE connection = $1 AND stream = $2")
            .bind(connection)
            .bind(stream.as_str())
            .fetch_optional(tx)
            .await?;
    Ok(generation.unwrap_or(0))
}

/// Deletes prices or stock that are not in an answer, of what the answer holds others of.
pub(crate) async fn delete_unmentioned(
    tx: &mut db::Connection,
    stream: &Stream,
    rows: &Rows,
    stamp: Stamp,
    changes: &mut Changes,
) -> Outcome<u64> {
    let ids: BTreeSet<&str> = match rows {
        Rows::Prices(rows) => rows.iter().map(|row| row.priced_id.as_str()).collect(),
        Rows::Inventory(rows) => rows.iter().map(|row| row.variant_id.as_str()).collect(),
        _ => return Ok(0),
    };
    let ids: Vec<&str> = ids.into_iter().collect();
    delete_named(tx, stream, &ids, stamp, changes).await
}
