//! Accepted values become a connection, or take the place of those that one has.

use connector_api::{
    domain::ConnectionId,
    wire::validate::{Check, ValidateResponse},
};

use super::{
    Error, Onboarding,
    candidate::{Accepted, NewConnection},
    findings::{expect_store, note_answer},
    form::Values,
    rotation::{changed_fields, keep_replaced},
    values::seal_settings,
};
use crate::model::{
    audit::AuditAction,
    connection::{Connection, SyncStanding},
    ctx::Ctx,
};

/// A connection that was made, and what validation said.
#[derive(Debug)]
pub struct Added {
    /// The connection.
    pub connection: Connection,
    /// What validation said.
    pub answer: ValidateResponse,
    /// Other connections to the same store.
    pub same_store: Vec<ConnectionId>,
}

impl Onboarding {
    /// Validates what a merchant gave, and keeps it when every check allows it. Otherwise nothing is stored.
    pub async fn add(
        &self,
        ctx: &Ctx,
        new: NewConnection,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<Added, Error> {
        if self.connectors.registry().get(&new.connector).is_none() {
            let loaded: Vec<_> =
                self.connectors.registry().plugins().map(|plugin| plugin.manifest().id.as_str()).collect();
            let loaded = if loaded.is_empty() { "none".to_owned() } else { loaded.join(", ") };
            return Err(Error::NotFound(format!(
                "there is no connector `{}`; loaded are: {loaded}; `connector-host plugin list` shows why others are not",
                new.connector
            )));
        }
        let mut accepted = self.try_out(ctx, self.candidate(ctx, new)?, on_check).await?;
        accepted.apply_defaults(&self.connectors.plugin(&accepted.connection.connector_id)?.manifest().settings_schema);
        self.confirm(accepted).await
    }

    /// Puts new credentials in place of those given, once validation has accepted them for the same store.
    pub async fn update(
        &self,
        ctx: &Ctx,
        id: &ConnectionId,
        given: &Values,
        on_check: impl Fn(&Check) + Send + Sync + 'static,
    ) -> Result<(Connection, ValidateResponse), Error> {
        let accepted = self.try_out(ctx, self.renewal(id, given, &Values::new()).await?, on_check).await?;
        let answer = accepted.answer.clone();
        Ok((self.renew(&ctx.at(self.clock.now()), id, accepted).await?, answer))
    }

    /// Keeps accepted values as a new connection.
    pub async fn confirm(&self, accepted: Accepted) -> Result<Added, Error> {
        let Accepted { mut connection, answer, mut credentials, settings, state } = accepted;
        let plugin = self.connectors.plugin(&connection.connector_id)?;
        connection.settings = seal_settings(&plugin.manifest().settings_schema, settings, &mut credentials);
        let same_store = self.same_store(&connection).await?.into_iter().map(|other| other.id).collect();
        let secrets = self.vault.seal_new(&connection.id, &credentials, &state).await?;
        self.store.insert_sealed_connection(&mut connection, &secrets).await?;
        Ok(Added { connection, answer, same_store })
    }

    /// Keeps accepted values in place of those of a connection that exists and leads to the same store.
    pub async fn renew(&self, ctx: &Ctx, id: &ConnectionId, accepted: Accepted) -> Result<Connection, Error> {
        let Accepted { connection: found, answer, mut credentials, settings, state } = accepted;
        let mut connection = self.renewable(id).await?;
        expect_store(&connection, &answer)?;
        let plugin = self.connectors.plugin(&connection.connector_id)?;
        let now = ctx.now;
        let stored = self.vault.credentials(id).await?;
        connection.credentials.clone_from(&found.credentials);
        // What was assumed of a credential ends with it.
        connection.findings.expiries.retain(|expiry| stored.get(&expiry.field) == credentials.get(&expiry.field));
        connection.settings = seal_settings(&plugin.manifest().settings_schema, settings, &mut credentials);
        connection.sync = SyncStanding { last_good_at: connection.sync.last_good_at, ..SyncStanding::default() };
        note_answer(&mut connection, &answer, &plugin.manifest().plugin_version, &ctx.actor, now);
        let audit = ctx.audit(AuditAction::ConnectionCredentialsReplaced).of_connection(id);
        let audit = audit.detailed(changed_fields(&stored, &credentials));
        keep_replaced(&plugin.manifest().credential_schema, stored, &mut credentials);
        self.vault.put_credentials(id, &credentials, &audit).await?;
        for (key, value) in state {
            self.vault.put_state(id, &key, &value, now).await?;
        }
        // What failed with the values before says nothing about these.
        self.store.forget_sync_failures(id).await?;
        self.store.update_connection(&mut connection).await?;
        Ok(connection)
    }
}
