//! Checks and cleaning of the database file.

use sqlx::AssertSqlSafe;

use crate::{
    model::maintenance::CheckReport,
    store::{
        Store,
        db::{self, failure::Outcome, integrity, schema, value::count},
        error::Result,
    },
};

/// Rows deleted at once: few enough that other writers wait for milliseconds only.
const PURGE_ROWS: i64 = 5_000;

/// Tables that may be large, and the column along which they are deleted.
const CATALOG: [(&str, &str); 12] = [
    ("prices", "priced_id"),
    ("price_seen", "priced_id"),
    ("inventory", "variant_id"),
    ("variants", "offer_id"),
    ("offers", "id"),
    ("entities", "stream"),
    ("order_person", "order_id"),
    ("orders", "id"),
    ("customers", "id"),
    ("shipments", "id"),
    ("returns", "id"),
    ("entity_queue", "id"),
];

/// Columns that hold a JSON document each.
const DOCUMENTS: [(&str, &str); 7] = [
    ("entities", "body"),
    ("offers", "body"),
    ("outbox", "data"),
    ("order_history", "detail"),
    ("connections", "settings"),
    ("connections", "credentials"),
    ("connections", "findings"),
];

impl Store {
    /// Reads the whole database, every index against its table, every reference and every document, and reports damage. Slow
    /// on large ones.
    pub async fn check(&self) -> Result<CheckReport> {
        self.explained(|| async {
            let mut problems = integrity::damage(&self.readers).await?;
            problems.extend(unreadable_documents(self).await?);
            let schema_version = version(self).await?;
            Ok(CheckReport { problems, schema_version, bytes: count(integrity::bytes(&self.readers).await?) })
        })
        .await
    }

    /// Schema version of the database.
    pub async fn schema_version(&self) -> Result<i64> {
        self.explained(|| version(self)).await
    }

    /// Removes what is left of removed connections; returns the number of rows. Can be interrupted and repeated.
    pub async fn purge(&self) -> Result<u64> {
        self.explained(|| async {
            let keys: Vec<i64> =
                db::query_scalar("SELECT key FROM removed_connection").fetch_all(&self.readers).await?;
            let mut rows = 0;
            for key in keys {
                rows += purge_connection(self, key).await?;
            }
            Ok(rows)
        })
        .await
    }

    /// Ends cleanly: waits for writes and folds the log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Documents that are none: what a page's own checks cannot see.
async fn unreadable_documents(store: &Store) -> Outcome<Vec<String>> {
    let mut problems = vec![];
    for (table, column) in DOCUMENTS {
        let rows = integrity::unreadable_documents(&store.readers, table, column).await?;
        if rows > 0 {
            problems.push(format!("`{column}` of {rows} rows of `{table}` is no JSON any more"));
        }
    }
    Ok(problems)
}

async fn version(store: &Store) -> Outcome<i64> {
    let version: Option<i64> =
        db::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&store.readers).await?;
    Ok(version.unwrap_or_else(|| schema::known_version(store.dialect())))
}

/// Deletes the catalog of a removed connection piece by piece, each its own transaction.
pub(crate) async fn purge_connection(store: &Store, key: i64) -> Outcome<u64> {
    let mut rows = 0;
    for (table, column) in CATALOG {
        loop {
            let edge = format!(
                "SELECT {column} FROM {table} WHERE connection = $1 ORDER BY {column} LIMIT 1 OFFSET {PURGE_ROWS}"
            );
            let edge: Option<String> =
                db::query_scalar(AssertSqlSafe(edge)).bind(key).fetch_optional(&store.readers).await?;
            let more = edge.is_some();
            let delete = match &edge {
                Some(_) => format!("DELETE FROM {table} WHERE connection = $1 AND {column} <= $2"),
                None => format!("DELETE FROM {table} WHERE connection = $1"),
            };
            let mut delete = db::query(AssertSqlSafe(delete)).bind(key);
            if let Some(edge) = edge {
                delete = delete.bind(edge);
            }
            rows += delete.execute(&store.writer).await?.rows_affected();
            if !more {
                break;
            }
        }
    }
    rows += purge_inbox(store, key).await?;
    db::query("DELETE FROM removed_connection WHERE key = $1").bind(key).execute(&store.writer).await?;
    Ok(rows)
}

/// Deletes the deliveries of a removed connection and their events.
async fn purge_inbox(store: &Store, key: i64) -> Outcome<u64> {
    let mut rows = 0;
    for sql in [
        "DELETE FROM webhook_event WHERE seq IN (SELECT e.seq FROM webhook_delivery d JOIN webhook_event e \
         ON e.delivery = d.seq WHERE d.connection = $1 LIMIT $2)",
        "DELETE FROM webhook_delivery WHERE seq IN (SELECT seq FROM webhook_delivery WHERE connection = $1 LIMIT $2)",
    ] {
        loop {
            let deleted = db::query(sql).bind(key).bind(PURGE_ROWS).execute(&store.writer).await?.rows_affected();
            rows += deleted;
            if deleted == 0 {
                break;
            }
        }
    }
    Ok(rows)
}
