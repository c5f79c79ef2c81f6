//! Syncing in SQLite: each operation is one transaction of the modules beside this one.

use connector_api::{
    domain::{ConnectionId, Timestamp},
    wire::pull::Stream,
};

use sqlx::FromRow;

use crate::{
    model::{
        paging::{Listing, PageQuery},
        run::{RunId, RunPlan, RunResult, RunView, StreamPosition},
        sync::{Acquired, Kept, Lease, PageCommit, PageOutcome, StreamEnd, StreamEnded},
    },
    store::{
        Store,
        db::{failure::Outcome, value::optional_time},
        error::Result,
        sql::sync::{kept, lease, page, run, run_view, stream_end},
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
    /// Takes the lease of a connection until `until`, if nobody has it now. `Gone` when the connection does not exist.
    pub async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Acquired> {
        self.explained(lease::acquire(self, connection, owner, now, until)).await
    }

    /// Keeps the lease until a later time; `false` when another has taken it.
    pub async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<bool> {
        self.explained(lease::renew(self, lease, until)).await
    }

    /// Gives the lease back; no error when it is already lost.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        self.explained(lease::release(self, lease)).await
    }

    /// The unfinished run of a connection, with its checkpoints and its own plan (`resumed` tells it from a new one); or
    /// one that goes on with a deferred run; or a new run of this plan, each stream with a generation above all before. `LeaseLost` without the lease.
    pub async fn begin_or_resume_run(&self, lease: &Lease, plan: &RunPlan, now: Timestamp) -> Result<RunView> {
        self.explained(run::begin_or_resume(self, lease, plan, now)).await
    }

    /// The unfinished run of a connection, if there is one.
    pub async fn unfinished_run(&self, connection: &ConnectionId) -> Result<Option<RunView>> {
        self.explained(async { run_view::unfinished(&mut *self.readers.acquire().await?, connection).await }).await
    }

    /// Writes rows, checkpoint and counters in one transaction, or nothing. `LeaseLost` without the lease, `Refused` for
    /// a stream that has ended or rows that do not belong to it.
    pub async fn commit_page(&self, page: PageCommit<'_>) -> Result<PageOutcome> {
        self.explained(page::commit(self, &page)).await
    }

    /// Ends a stream, deletes or holds what its pass did not see and moves the stream's position, in one transaction.
    pub async fn finish_stream(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        end: &StreamEnd,
        now: Timestamp,
    ) -> Result<StreamEnded> {
        self.explained(stream_end::finish(self, lease, run, stream, end, now)).await
    }

    /// Ends a run. `Ok` is refused unless every stream ended as [`StreamEnd::Complete`].
    pub async fn finish_run(
        &self,
        lease: &Lease,
        run: &RunId,
        result: RunResult,
        error: Option<&serde_json::Value>,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(run::finish(self, lease, run, result, error, now)).await
    }

    /// Ends a run that cannot go on now as `failed`, at this stream and for this reason. The next run goes on with it: with
    /// its plan, its checkpoints and what it has counted. Emits nothing: who runs the sync knows whether it is tried again.
    pub async fn defer_run(
        &self,
        lease: &Lease,
        run: &RunId,
        stream: &Stream,
        error: &serde_json::Value,
        now: Timestamp,
    ) -> Result<RunView> {
        self.explained(run::defer(self, lease, run, stream, error, now)).await
    }

    /// What a connection's rows may occupy at most: kept up with each page, exact after [`Self::count_kept`].
    pub async fn kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(kept::sum(self, connection)).await
    }

    /// Counts them.
    pub async fn count_kept(&self, connection: &ConnectionId) -> Result<Kept> {
        self.explained(kept::count(self, connection)).await
    }

    /// One run with its streams.
    pub async fn run(&self, connection: &ConnectionId, run: &RunId) -> Result<Option<RunView>> {
        self.explained(async { run_view::one(&mut *self.readers.acquire().await?, connection, run).await }).await
    }

    /// Runs of a connection, newest first.
    pub async fn runs(&self, connection: &ConnectionId, page: &PageQuery) -> Result<Listing<RunView>> {
        self.explained(async { run_view::list(&mut *self.readers.acquire().await?, connection, page).await }).await
    }

    /// Moves the beginning of a stream's next increment back, if it still is what it is taken to be.
    pub async fn lower_watermark(
        &self,
        connection: &ConnectionId,
        stream: &Stream,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<()> {
        self.explained(async {
            sqlx::query(
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
        self.explained(async {
            let rows: Vec<StoredPosition> = sqlx::query_as(
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
