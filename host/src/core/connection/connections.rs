//! Connections as they are stored: read by whoever may see them, and how they stand.

use connector_api::domain::{ConnectionId, Timestamp};

use super::{Error, health, stored};
use crate::{
    model::{
        connection::{Connection, ConnectionFilter, ConnectionStatus, Environment, SyncFailure},
        ctx::{Ctx, Viewer},
        paging::{Listing, PageQuery},
        standing::{PoolUse, Standing},
    },
    secret::Vault,
    store::Store,
};

/// Reads connections, pauses and ends them. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    store: Store,
    vault: Vault,
}

impl Connections {
    /// Connections of a store.
    pub fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// One connection, whoever asks.
    pub async fn get(&self, id: &ConnectionId) -> Result<Connection, Error> {
        stored::get(&self.store, id).await
    }

    /// A connection, if the viewer may see it.
    pub async fn seen(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Connection, Error> {
        let connection = self.get(id).await?;
        if ctx.viewer.sees(&connection) { Ok(connection) } else { Err(Error::missing(id)) }
    }

    /// Whether a connection that was seen is still to be watched: it is gone when it was removed or disconnected.
    pub async fn still_seen(&self, ctx: &Ctx, id: &ConnectionId) -> bool {
        match self.seen(ctx, id).await {
            Ok(connection) => connection.health.status != ConnectionStatus::Disconnected,
            Err(error) => !matches!(error, Error::NotFound(_)),
        }
    }

    /// Connections that the viewer may see.
    pub async fn list(
        &self,
        ctx: &Ctx,
        mut filter: ConnectionFilter,
        page: &PageQuery,
    ) -> Result<Listing<Connection>, Error> {
        if let Some(channel) = ctx.viewer.channel() {
            filter.channel_id = Some(channel.to_owned());
        }
        if matches!(ctx.viewer, Viewer::Tests(_)) {
            filter.environment = Some(Environment::Test);
        }
        Ok(self.store.connections(&filter, page).await?)
    }

    /// Makes sure that the database answers and every key in use opens what it sealed.
    pub async fn check_ready(&self) -> Result<(), Error> {
        self.store.in_place()?;
        self.store.schema_version().await?;
        Ok(self.vault.check_keys().await?)
    }

    /// How all connections and the work for them stand.
    pub async fn standing(&self, now: Timestamp) -> Result<Standing, Error> {
        Ok(self.store.standing(now).await?)
    }

    /// How the connections to the database are used.
    pub fn pools(&self) -> [(&'static str, PoolUse); 2] {
        self.store.pools()
    }

    /// Notes how a sync went; repeated failures change the connection's state, and the next good sync changes it back.
    pub async fn note_sync(&self, ctx: &Ctx, id: &ConnectionId, failure: Option<&SyncFailure>) -> Result<(), Error> {
        if self.store.note_sync(id, failure, ctx.now).await?.is_none() {
            return Ok(());
        }
        stored::change(&self.store, id, |connection| {
            if !connection.health.status.works() {
                return false;
            }
            let health = health::standing(&connection.findings, &connection.sync, ctx.now);
            let is_same = health.status == connection.health.status && health.cause == connection.health.cause;
            if !is_same {
                health::replace(&mut connection.health, health, &ctx.actor);
                connection.updated_at = ctx.now;
            }
            !is_same
        })
        .await
        .map(drop)
    }
}
