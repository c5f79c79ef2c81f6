//! Writing records that were read outside of a sync run.

use std::collections::BTreeSet;

use connector_api::wire::pull::{EntityRef, Stream};
use sqlx::SqliteConnection;

use crate::{
    model::{
        fetched::{FetchCommit, FetchOutcome},
        rows::Rows,
    },
    store::{
        Store,
        db::failure::Outcome,
        error::Result,
        sql::{
            catalog::{change, upsert},
            connection::key::key_of_existing,
            outbox::announce,
            sync::{page::check_kind, shrunk},
            webhook::lane,
        },
    },
};

impl Store {
    /// Writes rows, retires what is gone, counts the changes and ends the lanes, in one transaction. Of the rows of an
    /// offer that is gone, prices and stock stay until the next full pass. `Gone` when the connection does not exist.
    pub async fn commit_fetch(&self, fetch: FetchCommit<'_>) -> Result<FetchOutcome> {
        self.explained(commit(self, &fetch)).await
    }
}

async fn commit(store: &Store, fetch: &FetchCommit<'_>) -> Outcome<FetchOutcome> {
    let mut outcome = FetchOutcome::default();
    let mut tx = store.begin().await?;
    let connection = key_of_existing(&mut tx, fetch.connection).await?;
    for (stream, rows) in fetch.rows {
        check_kind(stream, rows)?;
        let generation = generation(&mut tx, connection, stream).await?;
        let (now, read_at) = (fetch.now.as_unix_ms(), fetch.read_at.as_unix_ms());
        let stamp = upsert::Stamp { connection, generation, now, read_at };
        let held = shrunk::hold_back(&mut tx, rows, stamp, None).await?;
        let rows = held.as_ref().map_or(rows, |(rows, _)| rows);
        let mut changed = upsert::rows(&mut tx, stream, rows, stamp).await?;
        outcome.upserted += changed;
        outcome.unchanged += (rows.len() as u64).saturating_sub(changed);
        let retired = retire_unmentioned(&mut tx, stream, rows, stamp).await?;
        outcome.retired += retired;
        changed += retired;
        change::count(&mut tx, stamp, stream, fetch.way, changed).await?;
    }
    for entity in fetch.gone {
        let (now, read_at) = (fetch.now.as_unix_ms(), fetch.read_at.as_unix_ms());
        let retired = retire(&mut tx, connection, entity, now, read_at).await?;
        outcome.retired += retired;
        let stamp = upsert::Stamp { connection, generation: 0, now, read_at };
        change::count(&mut tx, stamp, &entity.stream, fetch.way, retired).await?;
    }
    lane::end(&mut tx, connection, fetch.lanes, fetch.now).await?;
    announce::catalog::tell(&mut tx, connection, fetch.now.as_unix_ms()).await?;
    tx.commit().await?;
    if fetch.rows.iter().any(|(stream, _)| *stream == Stream::Prices) {
        store.price_written.notify_one();
    }
    Ok(outcome)
}

/// What is written now was seen by the pass at work, if there is one: it must not retire it.
pub(crate) async fn generation(tx: &mut SqliteConnection, connection: i64, stream: &Stream) -> Outcome<i64> {
    let generation: Option<i64> =
        sqlx::query_scalar("SELECT generation FROM stream_position WHERE connection = $1 AND stream = $2")
            .bind(connection)
            .bind(stream.as_str())
            .fetch_optional(tx)
            .await?;
    Ok(generation.unwrap_or(0))
}

/// Retires prices or stock that are not in an answer, of what the answer holds others of.
pub(crate) async fn retire_unmentioned(
    tx: &mut SqliteConnection,
    stream: &Stream,
    rows: &Rows,
    stamp: upsert::Stamp,
) -> Outcome<u64> {
    let ids: BTreeSet<&str> = match rows {
        Rows::Prices(rows) => rows.iter().map(|row| row.priced_id.as_str()).collect(),
        Rows::Inventory(rows) => rows.iter().map(|row| row.variant_id.as_str()).collect(),
        _ => return Ok(0),
    };
    let mut retired = 0;
    for id in ids {
        retired += retire_set(tx, stream, id, stamp.connection, stamp.now, stamp.read_at).await?;
    }
    Ok(retired)
}

/// Retires all prices filed under an id, or all stock of a variant, that an earlier reading than this wrote.
async fn retire_set(
    tx: &mut SqliteConnection,
    stream: &Stream,
    id: &str,
    connection: i64,
    now: i64,
    read_at: i64,
) -> Outcome<u64> {
    let sql = match stream {
        Stream::Prices => {
            "UPDATE prices SET retired_at = $1, read_at = $2 WHERE connection = $3 \
             AND priced_id = $4 AND retired_at IS NULL AND (read_at < $2 OR read_at > $1 + 3600000)"
        }
        _ => {
            "UPDATE inventory SET retired_at = $1, read_at = $2 WHERE connection = $3 \
             AND variant_id = $4 AND retired_at IS NULL AND (read_at < $2 OR read_at > $1 + 3600000)"
        }
    };
    let done = sqlx::query(sql).bind(now).bind(read_at).bind(connection).bind(id).execute(tx).await?;
    Ok(done.rows_affected())
}

/// Marks an entity as deleted, unless a later reading has written it.
pub(crate) async fn retire(
    tx: &mut SqliteConnection,
    connection: i64,
    entity: &EntityRef,
    now: i64,
    read_at: i64,
) -> Outcome<u64> {
    let sql = match entity.stream {
        Stream::Prices | Stream::Inventory => {
            return retire_set(tx, &entity.stream, entity.id.as_str(), connection, now, read_at).await;
        }
        Stream::Offers => {
            "UPDATE offers SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000)"
        }
        Stream::Orders => {
            "UPDATE orders SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000)"
        }
        Stream::Customers => {
            "UPDATE customers SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000)"
        }
        Stream::Shipments => {
            "UPDATE shipments SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000)"
        }
        Stream::Returns => {
            "UPDATE returns SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000)"
        }
        _ => {
            "UPDATE entities SET retired_at = $1, read_at = $2 WHERE connection = $3 AND id = $4 \
             AND retired_at IS NULL AND (read_at <= $2 OR read_at > $1 + 3600000) AND stream = $5"
        }
    };
    let mut query = sqlx::query(sql).bind(now).bind(read_at).bind(connection).bind(entity.id.as_str());
    if sql.contains("$5") {
        query = query.bind(entity.stream.as_str());
    }
    let retired = query.execute(&mut *tx).await?.rows_affected();
    if retired > 0 && entity.stream == Stream::Offers {
        sqlx::query(
            "UPDATE variants SET retired_at = $1 WHERE connection = $2 AND offer_id = $3 AND retired_at IS NULL",
        )
        .bind(now)
        .bind(connection)
        .bind(entity.id.as_str())
        .execute(tx)
        .await?;
    }
    Ok(retired)
}
