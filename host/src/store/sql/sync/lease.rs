//! Leases: who may sync a connection. The fence rises with every owner.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::sync::{Acquired, Lease},
    store::{
        Store,
        db::{self, failure::Outcome, value::time},
        error::{Error, Result},
        sql::{claim, connection::key::key_of_existing},
    },
};

impl Store {
    /// Takes the lease of a connection until `until`, if nobody has it now. `Gone` when the connection does not exist.
    pub async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Acquired> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let key = key_of_existing(&mut tx, connection).await?;
            db::query(
                "INSERT INTO sync_lease (connection, owner, fence, until_ms) VALUES ($1, '', 0, 0) ON CONFLICT DO NOTHING",
            )
            .bind(key)
            .execute(&mut *tx)
            .await?;
            let take = claim::LEASE.take(
                tx.dialect(),
                "$1",
                ", owner = $2",
                "connection = $3 AND until_ms <= $4",
                "fence",
            );
            let fence: Option<i64> = db::query_scalar(AssertSqlSafe(take))
                .bind(until.as_unix_ms())
                .bind(owner)
                .bind(key)
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
        })
        .await
    }

    /// Keeps the lease until a later time; `false` when another has taken it.
    pub async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<bool> {
        self.explained(|| claim::LEASE.renew(self, lease.connection.as_str(), lease.fence, until)).await
    }

    /// Gives the lease back; no error when it is already lost.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.explained(|| async {
            claim::LEASE.renew(self, lease.connection.as_str(), lease.fence, Timestamp::default()).await.map(drop)
        })
        .await
    }
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
