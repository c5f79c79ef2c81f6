//! Writing entities of small streams.

use crate::{
    model::rows::EntityRow,
    store::{
        db::{self, failure::Outcome},
        sql::catalog::{
            known_page,
            row_table::RowTable,
            stamp::{Stamp, last_of_each},
        },
    },
};

/// How entities are written.
pub(crate) const ENTITIES: RowTable =
    RowTable { name: "entities", key: &["stream", "id"], own: &["title", "parent_id", "body"], compared: &["body"] };

/// Writes entities; returns how many were new or changed.
pub(crate) async fn write(tx: &mut db::Connection, stream: &str, rows: &[EntityRow], stamp: Stamp) -> Outcome<u64> {
    let rows = last_of_each(rows, |row| row.id.as_str());
    let key = |query: db::Query, row: &&EntityRow| query.bind(stream.to_owned()).bind(row.id.clone());
    known_page::forget(tx, &ENTITIES, &rows, stamp, key).await?;
    let changed = ENTITIES
        .upsert()
        .statement()
        .execute(
            tx,
            &rows,
            |query| query,
            |query, row| {
                stamp
                    .bind(query)
                    .bind(stream.to_owned())
                    .bind(row.id.clone())
                    .bind(row.title.clone())
                    .bind(row.parent_id.clone())
                    .bind(row.body.clone())
            },
        )
        .await?;
    if changed < rows.len() as u64 {
        ENTITIES.seen(tx.dialect()).statement().execute(tx, &rows, |query| stamp.bind_seen(query), key).await?;
    }
    Ok(changed)
}
