//! Claims of webhook work: each operation is one transaction of the modules beside this one.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::EntityRef,
};

use crate::{
    model::{
        audit::AuditEntry,
        fetched::EntityClaim,
        webhook::{EntityDeferral, EventCount, ReadingCommit, WebhookClaim},
    },
    store::{
        Store,
        db::{self, value::optional_time},
        error::Result,
        sql::{
            claim::READING,
            webhook::{claim, entity_queue},
        },
    },
};

impl Store {
    /// Takes the work of the connection that has waited longest, until `until`. Connections that are paused or whose
    /// credentials are refused keep theirs.
    pub async fn claim_webhook_work(&self, now: Timestamp, until: Timestamp) -> Result<Option<WebhookClaim>> {
        self.explained(|| claim::claim(self, now, until)).await
    }

    /// When the next claim is due.
    pub async fn next_webhook_due(&self) -> Result<Option<Timestamp>> {
        self.explained(|| async {
            let due: Option<i64> =
                db::query_scalar("SELECT min(due_at) FROM webhook_claim").fetch_one(&self.readers).await?;
            optional_time(due)
        })
        .await
    }

    /// Puts the events of deliveries into their entity queues and ends the claim, in one transaction. Nothing when the claim was
    /// taken over meanwhile.
    pub async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount> {
        self.explained(|| claim::commit_reading(self, &reading)).await
    }

    /// Keeps a claim on deliveries until a later time; `false` when another has them.
    pub async fn renew_reading(&self, connection: &ConnectionId, fence: i64, until: Timestamp) -> Result<bool> {
        self.explained(|| READING.renew(self, connection.as_str(), fence, until)).await
    }

    /// Keeps claimed entity queues until a later time; `false` when none of them is held any more.
    pub async fn renew_entity_claims(
        &self,
        connection: &ConnectionId,
        holds: &[EntityClaim],
        until: Timestamp,
    ) -> Result<bool> {
        self.explained(|| entity_queue::renew(self, connection, holds, until)).await
    }

    /// Gives entity queues back whose work failed.
    pub async fn defer_entities(
        &self,
        connection: &ConnectionId,
        deferred: EntityDeferral<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.explained(|| entity_queue::defer(self, connection, &deferred, now)).await
    }

    /// Lets entity queues that were dead-lettered be worked off again: one, or all; returns how many.
    pub async fn replay_entities(
        &self,
        connection: &ConnectionId,
        entity: Option<&EntityRef>,
        audit: &AuditEntry,
    ) -> Result<u64> {
        self.explained(|| entity_queue::revive(self, connection, entity, audit)).await
    }
}
