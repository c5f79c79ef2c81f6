//! Row keys of connections: what the other tables refer to.

use connector_api::domain::ConnectionId;
use sqlx::SqliteConnection;

use crate::store::{
    db::failure::{Failure, Outcome},
    error::Error,
};

/// The row key of a connection.
pub(crate) async fn key_of(db: &mut SqliteConnection, id: &ConnectionId) -> Outcome<Option<i64>> {
    Ok(sqlx::query_scalar("SELECT key FROM connections WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?)
}

/// The row key of a connection that must be there.
pub(crate) async fn key_of_existing(db: &mut SqliteConnection, id: &ConnectionId) -> Outcome<i64> {
    let gone = || Failure::Store(Error::Gone { what: format!("connection {id}") });
    key_of(db, id).await?.ok_or_else(gone)
}
