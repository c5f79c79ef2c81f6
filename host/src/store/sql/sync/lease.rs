//! Leases: who may sync a connection. The fence rises with every owner.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    model::sync::{Acquired, Lease},
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::Error,
        sql::{claim, connection::key::key_of_existing},
    },
};

pub(crate) async fn acquire(
    store: &Store,
    connection: &ConnectionId,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Outcome<Acquired> {
    let mut tx = store.begin().await?;
    let key = key_of_existing(&mut tx, connection).await?;
    let fence: Option<i64> = db::query_scalar(
        "INSERT INTO sync_lease (connection, owner, fence, until_ms) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (connection) DO UPDATE SET owner = excluded.owner, fence = sync_lease.fence + 1, until_ms = excluded.until_ms \
         WHERE sync_lease.until_ms <= $4 RETURNING sync_lease.fence",
    )
    .bind(key)
    .bind(owner)
    .bind(until.as_unix_ms())
    .bind(now.as_unix_ms())
    .fetch_optional(&mut *tx)
    .await?;
    let Some(fence) = fence else {
        let (owner, until): (String, i64) =
            db::query_as("SELECT owner, until_ms FROM sync_lease WHERE connection = $1")
                .bind(key)
                .fetch_one(&mut *tx)
                .await?;
        return Ok(Acquired::HeldBy { owner, until: time(until)? });
    };
    tx.commit().await?;
    Ok(Acquired::Lease(Lease { connection: connection.clone(), fence }))
}

pub(crate) async fn renew(store: &Store, lease: &Lease, until: Timestamp) -> Outcome<bool> {
    claim::LEASE.renew(store, lease.connection.as_str(), lease.fence, until).await
}

pub(crate) async fn release(store: &Store, lease: &Lease) -> Outcome<()> {
    claim::LEASE.renew(store, lease.connection.as_str(), lease.fence, Timestamp::default()).await.map(drop)
}

/// The row key of the lease's connection, if the lease still holds: the first statement of every transaction that
/// writes under a lease.
pub(crate) async fn guard(tx: &mut db::Connection, lease: &Lease) -> Outcome<i64> {
    let key = claim::LEASE.guard(tx, lease.connection.as_str(), lease.fence, "connection").await?;
    key.ok_or_else(|| lost(lease).into())
}

fn lost(lease: &Lease) -> Error {
    Error::LeaseLost { connection: lease.connection.0.clone() }
}
