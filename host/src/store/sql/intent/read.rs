//! Reading intents, and claiming them.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        intent::{Begun, Claim, Claimed, Intent, IntentFilter, IntentId, IntentState, NewIntent},
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{self, failure::Outcome},
        error::Result,
        sql::intent::{
            claim,
            row::{COLUMNS, StoredIntent},
        },
    },
};

impl Store {
    /// Writes an intent and claims it until `until`, unless the order it is to place has a channel's number that another has,
    /// rejected ones aside; or claims an earlier one of the same key and request when nobody
    /// acts on it and it is due, or was rejected as repeatable. Channels' numbers that look the same are the same. `Gone` when the connection does not exist.
    pub async fn begin_intent(&self, new: &NewIntent, now: Timestamp, until: Timestamp) -> Result<Begun> {
        self.explained(|| claim::begin(self, new, now, until)).await
    }

    /// Claims the unsettled intent that has been due longest, of connections that can be reached.
    pub async fn claim_due_intent(&self, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
        self.explained(|| claim::due(self, now, until)).await
    }

    /// Claims an unsettled intent, due or not; `None` when somebody acts on it or it is settled.
    pub async fn claim_intent(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claimed>> {
        self.explained(|| claim::one(self, connection, intent, now, until)).await
    }

    /// Lets a claim hold until `until`; `false` when it was given back or another has taken over.
    pub async fn renew_intent(&self, claim: &Claim, until: Timestamp) -> Result<bool> {
        self.explained(|| claim::renew(self, claim, until)).await
    }

    /// Notes that an intended one is being sent now. Must be committed before the platform hears of it. `ClaimLost` when the
    /// claim does not hold any more.
    pub async fn mark_sent(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(|| claim::mark_sent(self, claim, now)).await
    }

    /// One intent.
    pub async fn intent(&self, connection: &ConnectionId, id: &IntentId) -> Result<Option<Intent>> {
        self.intent_by("id", connection, &id.0).await
    }

    /// The intent of a key.
    pub async fn intent_of_key(&self, connection: &ConnectionId, key: &str) -> Result<Option<Intent>> {
        self.intent_by("key", connection, key).await
    }

    async fn intent_by(&self, column: &str, connection: &ConnectionId, value: &str) -> Result<Option<Intent>> {
        self.explained(|| async {
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection \
                 WHERE c.id = $1 AND i.{column} = $2"
            );
            let row: Option<StoredIntent> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(value)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredIntent::read).transpose()
        })
        .await
    }

    /// Intents of a connection, newest first.
    pub async fn intents(
        &self,
        connection: &ConnectionId,
        filter: &IntentFilter,
        page: &PageQuery,
    ) -> Result<Listing<Intent>> {
        self.explained(|| async {
            let limit = page.effective_limit();
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection WHERE c.id = $1 \
                 AND ($2 IS NULL OR i.id < $2) AND ($3 IS NULL OR i.state = $3) AND (NOT $4 OR i.manual_resolution) \
                 ORDER BY i.id DESC LIMIT $5"
            );
            let rows: Vec<StoredIntent> = db::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(page.key()?)
                .bind(filter.state.map(IntentState::as_str))
                .bind(filter.manual_resolution)
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredIntent::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |intent| intent.id.0.clone()))
        })
        .await
    }

    /// Destroys the requests of repeatable rejections that nobody has tried again since `before`.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        self.explained(|| async {
            let done = db::query(
                "UPDATE order_intent SET request = NULL WHERE state = 'rejected' AND request IS NOT NULL AND updated_at < $1",
            )
            .bind(before.as_unix_ms())
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
