//! What an operator may do to a connection: pause, resume, disconnect. Each leaves an event with its cause and actor.

use connector_api::{domain::ConnectionId, wire::pull::Stream};

use super::{Connections, Error, health};
use crate::model::{
    audit::AuditAction,
    connection::{Connection, ConnectionStatus, Health},
    ctx::Ctx,
    event::ConnectionEvent,
    held::{AcceptedDeletions, counted},
};

impl Connections {
    /// Stops syncing a connection until it is resumed. Its catalog stays readable.
    pub async fn pause(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Connection, Error> {
        self.change_pause(ctx, id, "paused", |connection| {
            let is_new = connection.paused_at.is_none();
            connection.paused_at.get_or_insert(ctx.now);
            is_new
        })
        .await
    }

    /// Syncs a paused connection again.
    pub async fn resume(&self, ctx: &Ctx, id: &ConnectionId) -> Result<Connection, Error> {
        self.change_pause(ctx, id, "resumed", |connection| connection.paused_at.take().is_some()).await
    }

    async fn change_pause(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        kind: &str,
        change: impl FnOnce(&mut Connection) -> bool + Send,
    ) -> Result<Connection, Error> {
        let mut connection = self.get(id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            return Err(Error::Ended(id.clone()));
        }
        if change(&mut connection) {
            connection.updated_at = ctx.now;
            self.store().update_recorded(&mut connection, &done_by(ctx, id, kind, None)).await?;
        }
        Ok(connection)
    }

    /// Ends a connection for good: the key of its secrets is destroyed, it is never synced again. What was read from
    /// the store stays readable until the connection is removed.
    pub async fn disconnect(&self, ctx: &Ctx, id: &ConnectionId, reason: &str) -> Result<Connection, Error> {
        let mut connection = self.get(id).await?;
        if connection.health.status == ConnectionStatus::Disconnected {
            // The last time may have been cut off before it had destroyed them.
            self.store().destroy_secrets(id).await?;
            return Ok(connection);
        }
        let ended = Health {
            status: ConnectionStatus::Disconnected,
            cause: Some(reason.to_owned()),
            remedy: Some("Connect the store again to use it.".to_owned()),
            since: ctx.now,
            actor: None,
        };
        health::replace(&mut connection.health, ended, &ctx.actor);
        connection.updated_at = ctx.now;
        for credential in &mut connection.credentials {
            credential.set = false;
            credential.updated_at = ctx.now;
        }
        self.store().update_connection(&mut connection).await?;
        self.store().destroy_secrets(id).await?;
        Ok(connection)
    }

    /// Deletes the rows whose deletion is held, of these streams or of all when there are none.
    pub async fn accept_deletions(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        streams: &[Stream],
    ) -> Result<Vec<AcceptedDeletions>, Error> {
        self.get(id).await?;
        let audit = ctx.audit(AuditAction::ConnectionDeletionsAccepted).of_connection(id);
        let accepted = self.store().accept_deletions(id, streams, &audit).await?;
        if !accepted.is_empty() {
            self.record(ctx, id, "deletions_accepted", Some(format!("Deleted: {}.", counted(&accepted)))).await?;
        }
        Ok(accepted)
    }

    /// Records something that happened to a connection.
    pub async fn record(&self, ctx: &Ctx, id: &ConnectionId, kind: &str, cause: Option<String>) -> Result<(), Error> {
        self.store().record_event(&done_by(ctx, id, kind, cause), None).await?;
        Ok(())
    }
}

fn done_by(ctx: &Ctx, id: &ConnectionId, kind: &str, cause: Option<String>) -> ConnectionEvent {
    ConnectionEvent {
        seq: 0,
        connection_id: id.clone(),
        kind: kind.to_owned(),
        before: None,
        after: None,
        cause,
        actor: Some(ctx.actor.to_string()),
        at: ctx.now,
    }
}
