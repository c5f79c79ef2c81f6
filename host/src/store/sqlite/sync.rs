//! Syncing in SQLite: each operation is one transaction of the modules beside this one.

use async_trait::async_trait;
use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};

use super::{SqliteStores, kept, lease, optional_time, page, run, run_view, stream_end};
use crate::store::{
    error::Result,
    paging::{Listing, PageQuery},
    run::{RunId, RunPlan, RunResult, RunView, StreamPosition},
    sync::{Acquired, Kept, Lease, PageCommit, PageOutcome, StreamEnd, StreamEnded, SyncStore},
};

#[async_trait]
impl SyncStore for SqliteStores {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Acquired> {
        self.explained(lease::acquire(self, connection, owner, now, until)).await
    }

    async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<()> {
        self.explained(lease::renew(self, lease, until)).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.explained(lease::release(self, lease)).await
    }

    async fn begin_or_resume_run(&self, lease: &Lease, plan: &RunPlan, now: Timestamp) -> Result<RunView> {
        self.explained(run::begin_or_resume(self, lease, plan, now)).await
    }

    async fn unfinished_run(&self, connection: &ConnectionId) -> Result<Option<RunView>> {
        self.explained(async { run_view::unfinished(&mut *self.readers.acquire().await?, connection).await }).await
    }

    async fn commit_page(&self, page: PageCommit<'_>) -> Result<PageOutcome> {
        self.explained(page::commit(self, &page)).await
    }

    async fn finish_stream(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        end: &StreamEnd,
        now: Timestamp,
    ) -> Result<StreamEnded> {
        self.explained(stream_end::finish(self, lease, run, stream, end, now)).await
    }

    async fn finish_run(
        &self,
        lease: &Lease,
        run: &RunId,
        result: RunResult,
        error: Option<&serde_json::Value>,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(run::finish(self, lease, run, result, error, now)).await
    }

    async fn defer_run(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        error: &serde_json::Value,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(run::defer(self, lease, run, stream, error, now)).await
    }

    async fn kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(kept::sum(self, connection)).await
    }

    async fn count_kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(kept::count(self, connection)).await
    }

    async fn run(&self, connection: &ConnectionId, run: &RunId) -> Result<Option<RunView>> {
        self.explained(async { run_view::one(&mut *self.readers.acquire().await?, connection, run).await }).await
    }

    async fn runs(&self, connection: &ConnectionId, page: &PageQuery) -> Result<Listing<RunView>> {
        self.explained(async { run_view::list(&mut *self.readers.acquire().await?, connection, page).await }).await
    }

    async fn lower_watermark(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<()> {
        self.explained(async {
            sqlx::query(
                "UPDATE stream_position SET last_ok_watermark = ?1 WHERE stream = ?2 AND last_ok_watermark = ?3 \
                 AND ?1 < ?3 AND connection = (SELECT key FROM connections WHERE id = ?4)",
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

    async fn positions(&self, connection: &ConnectionId) -> Result<Vec<StreamPosition>> {
        self.explained(async {
            let rows: Vec<(String, Option<i64>, Option<i64>, i64, Option<i64>)> = sqlx::query_as(
                "SELECT p.stream, p.last_ok_watermark, p.last_full_at, p.generation, p.held_since FROM stream_position p \
                 JOIN connections c ON c.key = p.connection WHERE c.id = ? ORDER BY p.stream",
            )
            .bind(connection.as_str())
            .fetch_all(&self.readers)
            .await?;
            rows.into_iter()
                .map(|(stream, watermark, full, generation, held_since)| {
                    Ok(StreamPosition {
                        stream: Stream::from(stream.as_str()),
                        last_ok_watermark: optional_time(watermark)?,
                        last_full_at: optional_time(full)?,
                        generation,
                        held_since: optional_time(held_since)?,
                    })
                })
                .collect()
        })
        .await
    }
}
