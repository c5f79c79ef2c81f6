//! Intents as they are stored.

use connector_api::domain::ConnectionId;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    model::intent::{Difference, Intent, IntentId, IntentState},
    store::db::{
        self,
        failure::Outcome,
        value::{from_json, optional_time, time, word},
    },
};

/// The columns of [`StoredIntent`], of `order_intent i`.
pub(crate) const COLUMNS: &str = "i.id, (SELECT id FROM connections WHERE key = i.connection) AS connection, i.key, i.op, \
     i.order_id, i.reference, i.state, i.repeatable, i.manual_resolution, i.differs, i.accepted, i.attempts, i.searches, i.first_sent_at, i.last_sent_at, \
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
    manual_resolution: bool,
    differs: Option<String>,
    accepted: Option<String>,
    #[sqlx(try_from = "i64")]
    attempts: u32,
    #[sqlx(try_from = "i64")]
    searches: u32,
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
            manual_resolution: self.manual_resolution,
            differs_from_agreed: differences(self.differs.as_deref())?,
            difference_accepted: self.accepted.map(|text| from_json("acceptance", &text)).transpose()?,
            attempts: self.attempts,
            searches: self.searches,
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
pub(crate) async fn read(db: &mut db::Connection, id: &str) -> Outcome<Option<Intent>> {
    let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM order_intent i WHERE i.id = $1"));
    let row: Option<StoredIntent> = db::query_as(sql).bind(id).fetch_optional(db).await?;
    row.map(StoredIntent::read).transpose()
}

/// Stored differences.
pub(crate) fn differences(stored: Option<&str>) -> Outcome<Vec<Difference>> {
    stored.map_or_else(|| Ok(vec![]), |text| from_json("differences", text))
}
