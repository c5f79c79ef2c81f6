//! What is known of each stream over all runs.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};
use sqlx::FromRow;

use crate::{
    model::run::StreamPosition,
    store::{
        Store,
        db::{self, failure::Outcome, value::optional_time},
        error::Result,
    },
};

#[derive(FromRow)]
struct StoredPosition {
    stream: String,
    last_ok_watermark: Option<i64>,
    last_full_at: Option<i64>,
    generation: i64,
    held_since: Option<i64>,
}

impl StoredPosition {
    fn read(self) -> Outcome<StreamPosition> {
        Ok(StreamPosition {
            stream: Stream::from(self.stream.as_str()),
            last_ok_watermark: optional_time(self.last_ok_watermark)?,
            last_full_at: optional_time(self.last_full_at)?,
            generation: self.generation,
            held_since: optional_time(self.held_since)?,
        })
    }
}

impl Store {
    /// Moves the beginning of a stream's next increment back, if it still is what it is taken to be.
    pub async fn lower_watermark(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<()> {
        self.explained(|| async {
            db::query(
                "UPDATE stream_position SET last_ok_watermark = $1 WHERE stream = $2 AND last_ok_watermark = $3 \
                 AND $1 < $3 AND connection = (SELECT key FROM connections WHERE id = $4)",
            )
            .bind(to.as_unix_ms())
            .bind(stream.as_str())
            .bind(from.as_unix_ms())
            .bind(connection.as_str())
            .execute(&self.writer)
            .await?;
            Ok(())
        })
        .await
    }

    /// What is known of each stream over all runs.
    pub async fn positions(&self, connection: &ConnectionId) -> Result<Vec<StreamPosition>> {
        self.explained(|| async {
            let rows: Vec<StoredPosition> = db::query_as(
                "SELECT p.stream, p.last_ok_watermark, p.last_full_at, p.generation, p.held_since FROM stream_position p \
                 JOIN connections c ON c.key = p.connection WHERE c.id = $1 ORDER BY p.stream",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            rows.into_iter().map(StoredPosition::read).collect()
        })
        .await
    }
}
