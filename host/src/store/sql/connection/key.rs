//! Row keys of connections: what the other tables refer to.

use connector_api::domain::ConnectionId;
use sqlx::AssertSqlSafe;

use crate::store::{
    db::{
        self,
        failure::{Failure, Outcome},
    },
    error::Error,
};

/// The row key of a connection. Within a transaction that writes nobody else writes of the connection from now on.
pub(crate) async fn key_of(db: &mut db::Connection, id: &ConnectionId) -> Outcome<Option<i64>> {
    let sql = format!("SELECT key FROM connections WHERE id = $1 {}", db.row_lock());
    Ok(db::query_scalar(AssertSqlSafe(sql)).bind(id.as_str()).fetch_optional(db).await?)
}

/// As [`key_of`], for who writes only what others may write at the same time.
pub(crate) async fn shared_key_of(db: &mut db::Connection, id: &ConnectionId) -> Outcome<Option<i64>> {
    Ok(db::query_scalar("SELECT key FROM connections WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?)
}

/// The row key of a connection that must be there.
pub(crate) async fn key_of_existing(db: &mut db::Connection, id: &ConnectionId) -> Outcome<i64> {
    let gone = || Failure::Store(Error::Gone { what: format!("connection {id}") });
    key_of(db, id).await?.ok_or_else(gone)
}
