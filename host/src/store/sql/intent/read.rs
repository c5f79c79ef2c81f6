//! Reading intents.

use connector_api::domain::{ConnectionId, Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    model::{
        intent::{Intent, IntentFilter, IntentId, IntentState},
        paging::{Listing, PageQuery},
    },
    store::{
        Store,
        db::{self, failure::Outcome},
        error::Result,
        sql::intent::row::{COLUMNS, StoredIntent},
    },
};

impl Store {
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
