//! Claims of webhook work: each operation is one transaction of the modules beside this one.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::EntityRef,
};

use crate::{
    model::{
        fetched::LaneHold,
        webhook::{EventCount, LanePutOff, ReadingCommit, Turn},
    },
    store::{
        Store,
        db::value::optional_time,
        error::Result,
        sql::{
            claim,
            webhook::{lane, turn},
        },
    },
};

impl Store {
    /// Takes the work of the connection that has waited longest, until `until`. Connections that are paused or whose
    /// credentials are refused keep theirs.
    pub async fn claim_turn(&self, now: Timestamp, until: Timestamp) -> Result<Option<Turn>> {
        self.explained(turn::claim(self, now, until)).await
    }

    /// When the next turn is due.
    pub async fn next_turn(&self) -> Result<Option<Timestamp>> {
        self.explained(async {
            let due: Option<i64> =
                sqlx::query_scalar("SELECT min(due_at) FROM webhook_turn").fetch_one(&self.readers).await?;
            optional_time(due)
        })
        .await
    }

    /// Puts the events of deliveries into their lanes and ends the turn, in one transaction. Nothing when the turn was
    /// taken over meanwhile.
    pub async fn commit_reading(&self, reading: ReadingCommit<'_>) -> Result<EventCount> {
        self.explained(turn::commit_reading(self, &reading)).await
    }

    /// Keeps a claim on deliveries until a later time; `false` when another has them.
    pub async fn renew_reading(&self, connection: &ConnectionId, fence: i64, until: Timestamp) -> Result<bool> {
        self.explained(claim::READING.renew(self, connection.as_str(), fence, until)).await
    }

    /// Keeps claimed lanes until a later time; `false` when none of them is held any more.
    pub async fn renew_lanes(&self, connection: &ConnectionId, holds: &[LaneHold], until: Timestamp) -> Result<bool> {
        self.explained(lane::renew(self, connection, holds, until)).await
    }

    /// Gives lanes back whose work failed.
    pub async fn put_off_lanes(
        &self,
        connection: &ConnectionId,
        put_off: LanePutOff<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.explained(lane::put_off(self, connection, &put_off, now)).await
    }

    /// Lets lanes that were given up be worked off again: one, or all; returns how many.
    pub async fn revive_lanes(
        &self,
        connection: &ConnectionId,
        entity: Option<&EntityRef>,
        now: Timestamp,
    ) -> Result<u64> {
        self.explained(lane::revive(self, connection, entity, now)).await
    }
}
