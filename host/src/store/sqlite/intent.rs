//! Intents in SQLite: reading them; claims and settlements are beside this module.

use async_trait::async_trait;
use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};

use super::{
    SqliteStores, event::word, failure::Outcome, from_json, intent_claim, intent_differ, intent_settle, optional_time,
    order, time,
};
use crate::store::{
    error::Result,
    intent::{
        Acceptance, Begun, Claim, Claimed, Intent, IntentFilter, IntentId, IntentState, IntentStore, NewIntent,
        OpenQuestion, Settlement,
    },
    order::HistoryEntry,
    paging::{Listing, PageQuery},
};

/// The columns of [`StoredIntent`], of `order_intent i`.
pub(super) const COLUMNS: &str = "i.id, (SELECT id FROM connections WHERE key = i.connection) AS connection, i.key, i.op, \
     i.order_id, i.reference, i.state, i.repeatable, i.needs_person, i.differs, i.accepted, i.attempts, i.looks, i.first_sent_at, i.last_sent_at, \
     i.error, i.outcome, i.actor, i.due_at, i.created_at, i.updated_at";

#[derive(FromRow)]
pub(super) struct StoredIntent {
    id: String,
    connection: String,
    key: String,
    op: String,
    order_id: Option<String>,
    reference: Option<String>,
    state: String,
    repeatable: bool,
    needs_person: bool,
    differs: Option<String>,
    accepted: Option<String>,
    attempts: u32,
    looks: u32,
    first_sent_at: Option<i64>,
    last_sent_at: Option<i64>,
    error: Option<String>,
    outcome: Option<String>,
    actor: String,
    due_at: i64,
    created_at: i64,
    updated_at: i64,
}

impl StoredIntent {
    pub(super) fn read(self) -> Outcome<Intent> {
        Ok(Intent {
            id: IntentId(self.id),
            connection_id: ConnectionId(self.connection),
            key: self.key,
            op: self.op,
            order_id: self.order_id,
            channel_reference: self.reference,
            state: word("intent state", self.state, IntentState::from_word)?,
            repeatable: self.repeatable,
            needs_person: self.needs_person,
            differs_from_agreed: intent_differ::read(self.differs.as_deref())?,
            difference_accepted: self.accepted.map(|text| from_json("acceptance", &text)).transpose()?,
            attempts: self.attempts,
            looks: self.looks,
            first_sent_at: optional_time(self.first_sent_at)?,
            last_sent_at: optional_time(self.last_sent_at)?,
            error: self.error.map(|text| from_json("intent error", &text)).transpose()?,
            outcome: self.outcome.map(|text| from_json("intent outcome", &text)).transpose()?,
            actor: self.actor,
            due_at: time(self.due_at)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// One intent, as it stands within a transaction.
pub(super) async fn read(db: &mut SqliteConnection, id: &str) -> Outcome<Option<Intent>> {
    let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM order_intent i WHERE i.id = ?"));
    let row: Option<StoredIntent> = sqlx::query_as(sql).bind(id).fetch_optional(db).await?;
    row.map(StoredIntent::read).transpose()
}

#[async_trait]
impl IntentStore for SqliteStores {
    async fn begin_intent(&self, new: &NewIntent, now: Timestamp, until: Timestamp) -> Result<Begun> {
        self.explained(intent_claim::begin(self, new, now, until)).await
    }

    async fn claim_due_intent(&self, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
        self.explained(intent_claim::due(self, now, until)).await
    }

    async fn claim_intent(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claimed>> {
        self.explained(intent_claim::one(self, connection, intent, now, until)).await
    }

    async fn renew_intent(&self, claim: &Claim, until: Timestamp) -> Result<()> {
        self.explained(intent_claim::renew(self, claim, until)).await
    }

    async fn mark_sent(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(intent_claim::mark_sent(self, claim, now)).await
    }

    async fn leave_unknown(&self, claim: &Claim, question: &OpenQuestion, now: Timestamp) -> Result<()> {
        self.explained(intent_settle::leave_unknown(self, claim, question, now)).await
    }

    async fn allow_again(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(intent_settle::allow_again(self, claim, now)).await
    }

    async fn settle_intent(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        actor: Option<&str>,
        now: Timestamp,
    ) -> Result<Intent> {
        self.explained(intent_settle::settle(self, claim, settlement, actor, now)).await
    }

    async fn accept_difference(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        acceptance: &Acceptance,
    ) -> Result<Option<Intent>> {
        self.explained(intent_differ::accept(self, connection, intent, acceptance)).await
    }

    async fn intent(&self, connection: &ConnectionId, id: &IntentId) -> Result<Option<Intent>> {
        self.explained(async {
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection \
                 WHERE c.id = ? AND i.id = ?"
            );
            let row: Option<StoredIntent> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(&id.0)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredIntent::read).transpose()
        })
        .await
    }

    async fn intent_of_key(&self, connection: &ConnectionId, key: &str) -> Result<Option<Intent>> {
        self.explained(async {
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection \
                 WHERE c.id = ? AND i.key = ?"
            );
            let row: Option<StoredIntent> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(key)
                .fetch_optional(&self.readers)
                .await?;
            row.map(StoredIntent::read).transpose()
        })
        .await
    }

    async fn intents(
        &self,
        connection: &ConnectionId,
        filter: &IntentFilter,
        page: &PageQuery,
    ) -> Result<Listing<Intent>> {
        self.explained(async {
            let limit = page.effective_limit();
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection WHERE c.id = ?1 \
                 AND (?2 IS NULL OR i.id < ?2) AND (?3 IS NULL OR i.state = ?3) AND (NOT ?4 OR i.needs_person) \
                 ORDER BY i.id DESC LIMIT ?5"
            );
            let rows: Vec<StoredIntent> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(connection.as_str())
                .bind(page.key()?)
                .bind(filter.state.map(IntentState::as_str))
                .bind(filter.needs_person)
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await?;
            let rows = rows.into_iter().map(StoredIntent::read).collect::<Outcome<Vec<_>>>()?;
            Ok(Listing::from_overread(rows, limit, |intent| intent.id.0.clone()))
        })
        .await
    }

    async fn intent_history(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        page: &PageQuery,
    ) -> Result<Listing<HistoryEntry>> {
        self.explained(order::history_of_intent(self, connection, intent, page)).await
    }

    async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        self.explained(async {
            let done = sqlx::query(
                "UPDATE order_intent SET request = NULL WHERE state = 'rejected' AND request IS NOT NULL AND updated_at < ?",
            )
            .bind(before.as_unix_ms())
            .execute(&self.writer)
            .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
