//! Pages that came unchanged: noted as seen, without their rows.

use connector_api::{domain::ConnectionId, wire::pull::Stream};

use crate::{
    model::{
        run::{Mode, StreamState},
        sync::KnownPages,
    },
    store::{
        Store,
        db::{self, value::count},
        error::Result,
        sql::sync::{lease, open_stream::open_stream, stream_progress::Added},
    },
};

impl Store {
    /// Whether a page with these records is stored, row by row.
    pub async fn knows_page(&self, connection: &ConnectionId, stream: &Stream, digest: &[u8]) -> Result<bool> {
        self.explained(|| async {
            Ok(db::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM known_page WHERE connection = (SELECT key FROM connections WHERE id = $1) \
                 AND stream = $2 AND digest = $3)",
            )
            .bind(connection.as_str())
            .bind(stream.as_str())
            .bind(digest)
            .fetch_one(&self.readers)
            .await?)
        })
        .await
    }

    /// Notes pages that came unchanged, and moves the checkpoint behind them, in one transaction. `false`, and nothing is
    /// written, when one of them is not known any more. `LeaseLost` without the lease, `Refused` for a stream that has ended.
    pub async fn commit_known_pages(&self, known: KnownPages<'_>) -> Result<bool> {
        self.explained(|| async {
            let mut tx = self.begin().await?;
            let connection = lease::guard(&mut tx, known.lease).await?;
            let open = open_stream(&mut tx, connection, known.run, known.stream).await?;
            if open.state == StreamState::Read || open.mode != Mode::Full {
                return Ok(false);
            }
            let generation = open.generation;
            let mut added = Added::new(open, known.next);
            for page in known.pages {
                let rows: Option<i64> = db::query_scalar(
                    "UPDATE known_page SET seen_by = $1, read_at = $2 WHERE key = (SELECT max(key) FROM known_page \
                     WHERE connection = $3 AND stream = $4 AND digest = $5) RETURNING stored",
                )
                .bind(generation)
                .bind(page.read_at.as_unix_ms())
                .bind(connection)
                .bind(known.stream.as_str())
                .bind(page.digest.as_slice())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(rows) = rows else { return Ok(false) };
                added.known_page(page, count(rows));
            }
            added.write(&mut tx, known.run, known.stream, known.now).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
