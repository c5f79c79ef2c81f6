//! Intents in SQLite: reading them; claims and settlements are beside this module.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::{AssertSqlSafe, FromRow, SqliteConnection};

use crate::{
    model::{
        intent::{
            Acceptance, Begun, Claim, Claimed, Intent, IntentFilter, IntentId, IntentState, NewIntent, OpenQuestion,
            Settlement,
        },
        order::HistoryEntry,
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{
            failure::Outcome,
            value::{from_json, optional_time, time},
        },
        error::Result,
        sql::{
            connection::event::word,
            intent::{claim, difference, settle},
            order::read as order_read,
        },
    },
};

/// The columns of [`StoredIntent`], of `order_intent i`.
pub(crate) const COLUMNS: &str = "i.id, (SELECT id FROM connections WHERE key = i.connection) AS connection, i.key, i.op, \
     i.order_id, i.reference, i.state, i.repeatable, i.needs_person, i.differs, i.accepted, i.attempts, i.looks, i.first_sent_at, i.last_sent_at, \
     i.error, i.outcome, i.actor, i.due_at, i.created_at, i.updated_at";

#[derive(FromRow)]
pub(crate) struct StoredIntent {
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
    pub(crate) fn read(self) -> Outcome<Intent> {
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
            differs_from_agreed: difference::read(self.differs.as_deref())?,
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
pub(crate) async fn read(db: &mut SqliteConnection, id: &str) -> Outcome<Option<Intent>> {
    let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM order_intent i WHERE i.id = $1"));
    let row: Option<StoredIntent> = sqlx::query_as(sql).bind(id).fetch_optional(db).await?;
    row.map(StoredIntent::read).transpose()
}

impl Store {
    /// Writes an intent and claims it until `until`, unless the order it is to place has a channel's number that another has,
    /// rejected ones aside; or claims an earlier one of the same key and request when nobody
    /// acts on it and it is due, or was rejected as repeatable. Channels' numbers that look the same are the same. `Gone` when the connection does not exist.
    pub async fn begin_intent(&self, new: &NewIntent, now: Timestamp, until: Timestamp) -> Result<Begun> {
        self.explained(claim::begin(self, new, now, until)).await
    }

    /// Claims the unsettled intent that has been due longest, of connections that can be reached.
    pub async fn claim_due_intent(&self, now: Timestamp, until: Timestamp) -> Result<Option<Claimed>> {
        self.explained(claim::due(self, now, until)).await
    }

    /// Claims an unsettled intent, due or not; `None` when somebody acts on it or it is settled.
    pub async fn claim_intent(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claimed>> {
        self.explained(claim::one(self, connection, intent, now, until)).await
    }

    /// Lets a claim hold until `until`; `false` when it was given back or another has taken over.
    pub async fn renew_intent(&self, claim: &Claim, until: Timestamp) -> Result<bool> {
        self.explained(claim::renew(self, claim, until)).await
    }

    /// Notes that an intended one is being sent now. Must be committed before the platform hears of it. `ClaimLost` when the
    /// claim does not hold any more.
    pub async fn mark_sent(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(claim::mark_sent(self, claim, now)).await
    }

    /// Notes that it is not known, and gives the claim back.
    pub async fn leave_unknown(&self, claim: &Claim, question: &OpenQuestion, now: Timestamp) -> Result<()> {
        self.explained(settle::leave_unknown(self, claim, question, now)).await
    }

    /// Notes that a search proved that the platform has not done it: it may be sent again. The claim stays.
    pub async fn allow_again(&self, claim: &Claim, now: Timestamp) -> Result<()> {
        self.explained(settle::allow_again(self, claim, now)).await
    }

    /// Settles it for good, writes what came of it, and destroys the request unless the key may try again. `actor` is
    /// who decided, when that was a person.
    pub async fn settle_intent(
        &self,
        claim: &Claim,
        settlement: &Settlement,
        actor: Option<&str>,
        now: Timestamp,
    ) -> Result<Intent> {
        self.explained(settle::settle(self, claim, settlement, actor, now)).await
    }

    /// Notes that somebody accepts how something was done; `None` when nothing of the kind waits for a person.
    pub async fn accept_difference(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        acceptance: &Acceptance,
    ) -> Result<Option<Intent>> {
        self.explained(difference::accept(self, connection, intent, acceptance)).await
    }

    /// One intent.
    pub async fn intent(&self, connection: &ConnectionId, id: &IntentId) -> Result<Option<Intent>> {
        self.explained(async {
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection \
                 WHERE c.id = $1 AND i.id = $2"
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

    /// The intent of a key.
    pub async fn intent_of_key(&self, connection: &ConnectionId, key: &str) -> Result<Option<Intent>> {
        self.explained(async {
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection \
                 WHERE c.id = $1 AND i.key = $2"
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

    /// Intents of a connection, newest first.
    pub async fn intents(
        &self,
        connection: &ConnectionId,
        filter: &IntentFilter,
        page: &PageQuery,
    ) -> Result<Listing<Intent>> {
        self.explained(async {
            let limit = page.effective_limit();
            let sql = format!(
                "SELECT {COLUMNS} FROM order_intent i JOIN connections c ON c.key = i.connection WHERE c.id = $1 \
                 AND ($2 IS NULL OR i.id < $2) AND ($3 IS NULL OR i.state = $3) AND (NOT $4 OR i.needs_person) \
                 ORDER BY i.id DESC LIMIT $5"
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

    /// What happened to an intent, oldest first.
    pub async fn intent_history(
        &self,
        connection: &ConnectionId,
        intent: &IntentId,
        page: &PageQuery,
    ) -> Result<Listing<HistoryEntry>> {
        self.explained(order_read::history_of_intent(self, connection, intent, page)).await
    }

    /// Destroys the requests of repeatable rejections that nobody has tried again since `before`.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        self.explained(async {
            let done = sqlx::query(
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
