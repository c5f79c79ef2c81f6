//! Leases: each operation is one transaction of the module beside this one.

use connector_api::domain::{ConnectionId, Timestamp};

use crate::{
    model::sync::{Acquired, Lease},
    store::{Store, error::Result, sql::sync::lease},
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
        self.explained(|| lease::acquire(self, connection, owner, now, until)).await
    }

    /// Keeps the lease until a later time; `false` when another has taken it.
    pub async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<bool> {
        self.explained(|| lease::renew(self, lease, until)).await
    }

    /// Gives the lease back; no error when it is already lost.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.explained(|| lease::release(self, lease)).await
    }
}
