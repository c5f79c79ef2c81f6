//! Whether a database is sound, and how large it is.

use std::pin::pin;

use futures_util::TryStreamExt;
use serde::de::IgnoredAny;
use sqlx::AssertSqlSafe;

use crate::store::db::{
    connection::Pool,
    dialect::Dialect,
    query::{query, query_as, query_scalar},
};

/// Damage of the file, and rows that refer to what is not there. PostgreSQL looks after both itself.
pub(crate) async fn damage(readers: &Pool) -> sqlx::Result<Vec<String>> {
    if readers.dialect() == Dialect::Postgres {
        return Ok(vec![]);
    }
    let mut problems: Vec<String> = query_scalar("PRAGMA integrity_check(20)").fetch_all(readers).await?;
    problems.retain(|line| line != "ok");
    let lost: Vec<(String, String, i64)> = query_as(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20",
    )
    .fetch_all(readers)
    .await?;
    let said = |(table, parent, rows): (String, String, i64)| {
        format!("{rows} rows of `{table}` refer to rows of `{parent}` that are not there")
    };
    problems.extend(lost.into_iter().map(said));
    Ok(problems)
}

/// Bytes that the database occupies.
pub(crate) async fn bytes(readers: &Pool) -> sqlx::Result<i64> {
    match readers.dialect() {
        Dialect::Sqlite => {
            let pages: i64 = query_scalar("PRAGMA page_count").fetch_one(readers).await?;
            let page_size: i64 = query_scalar("PRAGMA page_size").fetch_one(readers).await?;
            Ok(pages.saturating_mul(page_size))
        }
        Dialect::Postgres => query_scalar("SELECT pg_database_size(current_database())").fetch_one(readers).await,
    }
}

/// How many documents of a column are none. SQLite looks itself; PostgreSQL can say so without failing only since version 16.
pub(crate) async fn unreadable_documents(readers: &Pool, table: &str, column: &str) -> sqlx::Result<i64> {
    if readers.dialect() == Dialect::Sqlite {
        let sql = format!("SELECT count(*) FROM {table} WHERE NOT json_valid({column})");
        return query_scalar(AssertSqlSafe(sql)).fetch_one(readers).await;
    }
    let mut tx = readers.begin().await?;
    // Reading all of a large table may take longer than any other statement.
    query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    let sql = AssertSqlSafe(format!("SELECT {column} FROM {table}"));
    let mut documents = pin!(query(sql).fetch::<(String,)>(&mut tx));
    let mut unreadable = 0;
    while let Some((document,)) = documents.try_next().await? {
        unreadable += i64::from(serde_json::from_str::<IgnoredAny>(&document).is_err());
    }
    Ok(unreadable)
}
