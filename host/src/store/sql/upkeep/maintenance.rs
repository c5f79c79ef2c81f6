//! Checks and cleaning of the database file.

use sqlx::AssertSqlSafe;

use crate::{
    model::maintenance::CheckReport,
    store::{
        Store,
        db::{failure::Outcome, schema, value::count},
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
        self.explained(async {
            let mut problems: Vec<String> =
                sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(&self.readers).await?;
            problems.retain(|line| line != "ok");
            problems.extend(lost_references(self).await?);
            problems.extend(unreadable_documents(self).await?);
            let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.readers).await?;
            let page_size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.readers).await?;
            let schema_version = version(self).await?;
            Ok(CheckReport { problems, schema_version, bytes: count(pages.saturating_mul(page_size)) })
        })
        .await
    }

    /// Schema version of the database.
    pub async fn schema_version(&self) -> Result<i64> {
        self.explained(version(self)).await
    }

    /// Removes what is left of removed connections; returns the number of rows. Can be interrupted and repeated.
    pub async fn purge(&self) -> Result<u64> {
        self.explained(async {
            let keys: Vec<i64> =
                sqlx::query_scalar("SELECT key FROM removed_connection").fetch_all(&self.readers).await?;
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

/// Rows that refer to what is not there.
async fn lost_references(store: &Store) -> Outcome<Vec<String>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20",
    )
    .fetch_all(&store.readers)
    .await?;
    let said = |(table, parent, rows): (String, String, i64)| {
        format!("{rows} rows of `{table}` refer to rows of `{parent}` that are not there")
    };
    Ok(rows.into_iter().map(said).collect())
}

/// Documents that are none: what a page's own checks cannot see.
async fn unreadable_documents(store: &Store) -> Outcome<Vec<String>> {
    let mut problems = vec![];
    for (table, column) in DOCUMENTS {
        let sql = format!("SELECT count(*) FROM {table} WHERE NOT json_valid({column})");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&store.readers).await?;
        if rows > 0 {
            problems.push(format!("`{column}` of {rows} rows of `{table}` is no JSON any more"));
        }
    }
    Ok(problems)
}

async fn version(store: &Store) -> Outcome<i64> {
    let version: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&store.readers).await?;
    Ok(version.unwrap_or_else(schema::known_version))
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
                sqlx::query_scalar(AssertSqlSafe(edge)).bind(key).fetch_optional(&store.readers).await?;
            let more = edge.is_some();
            let delete = match &edge {
                Some(_) => format!("DELETE FROM {table} WHERE connection = $1 AND {column} <= $2"),
                None => format!("DELETE FROM {table} WHERE connection = $1"),
            };
            let mut delete = sqlx::query(AssertSqlSafe(delete)).bind(key);
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
    sqlx::query("DELETE FROM removed_connection WHERE key = $1").bind(key).execute(&store.writer).await?;
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
            let deleted = sqlx::query(sql).bind(key).bind(PURGE_ROWS).execute(&store.writer).await?.rows_affected();
            rows += deleted;
            if deleted == 0 {
                break;
            }
        }
    }
    Ok(rows)
}
