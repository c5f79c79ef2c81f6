//! Reading the catalog.

use connector_api::{domain::ConnectionId, wire::pull::Stream};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        catalog::StreamCount,
        paging::{Listing, PageQuery},
        rows::EntityRow,
    },
    store::{
        Store,
        db::{self, value::count},
        error::Result,
    },
};

/// Tables of one stream each, and variants.
const COUNTED: [&str; 8] = ["offers", "variants", "prices", "inventory", "orders", "customers", "shipments", "returns"];

impl Store {
    /// How many rows each stream has; streams without any are left out.
    pub async fn counts(&self, connection: &ConnectionId) -> Result<Vec<StreamCount>> {
        self.explained(|| async {
            let each = COUNTED.map(|table| {
                format!(" UNION ALL SELECT '{table}', count(*), count(deleted_at) FROM {table} JOIN c ON c.key = connection")
            });
            let sql = format!(
                "WITH c AS (SELECT key FROM connections WHERE id = $1) \
                 SELECT stream, count(*), count(deleted_at) FROM entities JOIN c ON c.key = connection GROUP BY stream{}",
                each.concat()
            );
            let rows: Vec<(String, i64, i64)> = db::query_as(AssertSqlSafe(sql))
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            let counts = rows.into_iter().filter(|(_, all, _)| *all > 0);
            Ok(counts
                .map(|(stream, all, deleted)| StreamCount {
                    stream,
                    live: count(all - deleted),
                    deleted: count(deleted),
                })
                .collect())
        })
        .await
    }

    /// Entities of a small stream, in the order of their ids; deleted ones are left out.
    pub async fn entities(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        page: &PageQuery,
    ) -> Result<Listing<EntityRow>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let rows: Vec<(String, Option<String>, Option<String>, String)> = db::query_as(
                "SELECT e.id, e.title, e.parent_id, e.body FROM entities e JOIN connections c ON c.key = e.connection \
                 WHERE c.id = $1 AND e.stream = $2 AND e.id > $3 AND e.deleted_at IS NULL ORDER BY e.id LIMIT $4",
            )
            .bind(connection.as_str())
            .bind(stream.as_str())
            .bind(page.key()?.unwrap_or_default())
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await?;
            let rows =
                rows.into_iter().map(|(id, title, parent_id, body)| EntityRow { id, title, parent_id, body }).collect();
            Ok(Listing::from_overread(rows, limit, |row: &EntityRow| row.id.clone()))
        })
        .await
    }
}
