//! Checks and cleaning of the database file.

use async_trait::async_trait;
use sqlx::AssertSqlSafe;

use super::{SqliteStores, count, failure::Outcome, open};
use crate::store::{
    error::Result,
    maintenance::{CheckReport, Maintenance},
};

/// Rows deleted at once: few enough that other writers wait for milliseconds only.
const PURGE_ROWS: i64 = 5_000;

/// Tables that may be large, and the column along which they are deleted.
const CATALOG: [(&str, &str); 11] = [
    ("prices", "variant_id"),
    ("inventory", "variant_id"),
    ("variants", "offer_id"),
    ("offers", "id"),
    ("entities", "stream"),
    ("order_person", "order_id"),
    ("orders", "id"),
    ("customers", "id"),
    ("shipments", "id"),
    ("returns", "id"),
    ("webhook_lane", "id"),
];

#[async_trait]
impl Maintenance for SqliteStores {
    async fn quick_check(&self) -> Result<CheckReport> {
        self.explained(async {
            let mut problems: Vec<String> =
                sqlx::query_scalar("PRAGMA quick_check(20)").fetch_all(&self.readers).await?;
            problems.retain(|line| line != "ok");
            let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.readers).await?;
            let page_size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.readers).await?;
            let schema_version = version(self).await?;
            Ok(CheckReport { problems, schema_version, bytes: count(pages.saturating_mul(page_size)) })
        })
        .await
    }

    async fn schema_version(&self) -> Result<i64> {
        self.explained(version(self)).await
    }

    async fn purge(&self) -> Result<u64> {
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

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn version(stores: &SqliteStores) -> Outcome<i64> {
    let version: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&stores.readers).await?;
    Ok(version.unwrap_or_else(open::known_version))
}

/// Deletes the catalog of a removed connection piece by piece, each its own transaction.
pub(super) async fn purge_connection(stores: &SqliteStores, key: i64) -> Outcome<u64> {
    let mut rows = 0;
    for (table, column) in CATALOG {
        loop {
            let edge = format!(
                "SELECT {column} FROM {table} WHERE connection = ? ORDER BY {column} LIMIT 1 OFFSET {PURGE_ROWS}"
            );
            let edge: Option<String> =
                sqlx::query_scalar(AssertSqlSafe(edge)).bind(key).fetch_optional(&stores.readers).await?;
            let more = edge.is_some();
            let delete = match &edge {
                Some(_) => format!("DELETE FROM {table} WHERE connection = ? AND {column} <= ?"),
                None => format!("DELETE FROM {table} WHERE connection = ?"),
            };
            let mut delete = sqlx::query(AssertSqlSafe(delete)).bind(key);
            if let Some(edge) = edge {
                delete = delete.bind(edge);
            }
            rows += delete.execute(&stores.writer).await?.rows_affected();
            if !more {
                break;
            }
        }
    }
    rows += purge_inbox(stores, key).await?;
    sqlx::query("DELETE FROM removed_connection WHERE key = ?").bind(key).execute(&stores.writer).await?;
    Ok(rows)
}

/// Deletes the deliveries of a removed connection and their events.
async fn purge_inbox(stores: &SqliteStores, key: i64) -> Outcome<u64> {
    let mut rows = 0;
    for sql in [
        "DELETE FROM webhook_event WHERE seq IN (SELECT e.seq FROM webhook_delivery d JOIN webhook_event e \
         ON e.delivery = d.seq WHERE d.connection = ? LIMIT ?)",
        "DELETE FROM webhook_delivery WHERE seq IN (SELECT seq FROM webhook_delivery WHERE connection = ? LIMIT ?)",
    ] {
        loop {
            let deleted = sqlx::query(sql).bind(key).bind(PURGE_ROWS).execute(&stores.writer).await?.rows_affected();
            rows += deleted;
            if deleted == 0 {
                break;
            }
        }
    }
    Ok(rows)
}
