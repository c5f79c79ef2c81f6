//! A sync is wanted: kept as a row, so that it survives a restart, and workers are woken, of whichever replica.

use std::sync::Arc;

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    clock::Clock,
    core::connection::Error,
    model::{job::SyncJob, run::Trigger},
    store::{Store, Topic},
    trace,
};

/// Where syncs are asked for. Cheap to clone.
#[derive(Clone)]
pub struct SyncQueue {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
}

/// The next sync of a connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextSync {
    /// Time at which the sync is due.
    pub due_at: Timestamp,
    /// Whether everything is read.
    pub full: bool,
    /// How often it has failed since it last went well.
    pub failed_attempts: u32,
}

impl SyncQueue {
    /// A queue over a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Makes a sync due now.
    pub async fn request(&self, connection: &ConnectionId, full: bool, trigger: Trigger) -> Result<(), Error> {
        let due_at = self.clock.now();
        let job = SyncJob {
            connection: connection.clone(),
            due_at,
            full,
            trigger,
            attempts: 0,
            traceparent: trace::traceparent(),
        };
        self.store.request_sync(&job).await?;
        self.store.hint(Topic::Sync);
        Ok(())
    }

    /// Makes a sync due now, because a person asked.
    pub async fn request_by_hand(&self, connection: &ConnectionId, full: bool) -> Result<(), Error> {
        self.request(connection, full, Trigger::Manual).await
    }

    /// When the next sync is due.
    pub async fn next(&self, connection: &ConnectionId) -> Result<Option<NextSync>, Error> {
        let job = self.store.next_sync(connection).await?;
        Ok(job.map(|job| NextSync { due_at: job.due_at, full: job.full, failed_attempts: job.attempts }))
    }
}
