//! What follows a sync: when the next one is due, and what it reads.

use std::time::Duration;

use connector_api::{Retry, domain::Timestamp};

use crate::{
    core::sync::Error,
    model::{
        job::SyncJob,
        run::{Mode, RunView, Trigger},
    },
    work::{
        Next,
        backoff::{self, Backoff, Jitter, of_key},
    },
};

/// Before a failed sync is tried again, and before it is looked again for a plugin that is not there.
const FIRST_PAUSE: Duration = Duration::from_mins(1);
const BACKOFF: Backoff = Backoff::new(FIRST_PAUSE, Duration::from_hours(1), Jitter::TENTH_SOONER);

/// What follows a sync.
pub(super) enum After {
    /// It went well, or there is no point in trying again soon.
    AsScheduled,
    /// It is tried again; after the platform's own pause at least.
    Again { asked_ms: u64 },
    /// It was cancelled with the host, or another one was ended in its place.
    Now,
    /// Its plugin is not there: it is looked again soon, and nothing counts.
    Later,
    /// Not before the connection is mended.
    Never,
}

impl After {
    /// What follows this outcome.
    pub(super) fn of(job: &SyncJob, outcome: Result<&RunView, &Error>) -> Self {
        match outcome {
            // An increment that had been interrupted was ended in its place: the full pass is still to come.
            Ok(run) if job.full && run.streams.iter().any(|stream| stream.mode == Mode::Increment) => Self::Now,
            Ok(_) => Self::AsScheduled,
            Err(Error::NotFound(_)) => Self::Never,
            Err(Error::NotReady { .. }) => Self::Later,
            Err(Error::Cancelled) => Self::Now,
            Err(Error::Deferred { error, .. }) => Self::Again {
                asked_ms: match error.retry {
                    Retry::After { ms } => ms,
                    _ => 0,
                },
            },
            Err(
                Error::Auth(_)
                | Error::Held { .. }
                | Error::DiskLow(_)
                | Error::Connector(_)
                | Error::Secret(_)
                | Error::Store(_),
            ) => Self::Again { asked_ms: 0 },
        }
    }

    /// The next sync after `job`; `every_min` is the schedule, 0 for none.
    pub(super) fn next_job(&self, job: &SyncJob, every_min: u32, now: Timestamp) -> Option<SyncJob> {
        let failures = job.attempts.saturating_add(1);
        let next = match self {
            Self::AsScheduled if every_min == 0 => Next::Never,
            Self::AsScheduled => Next::At(now.plus_seconds(i64::from(every_min) * 60)),
            Self::Again { asked_ms } => Next::Backoff { failures, asked: Duration::from_millis(*asked_ms) },
            Self::Later => Next::At(backoff::after(now, FIRST_PAUSE)),
            Self::Now => Next::At(now),
            Self::Never => Next::Never,
        };
        let due_at = next.due_at(&BACKOFF, now, of_key(job.connection.as_str()))?;
        let connection = job.connection.clone();
        Some(match self {
            Self::AsScheduled => {
                SyncJob { connection, due_at, full: false, trigger: Trigger::Schedule, attempts: 0, traceparent: None }
            }
            Self::Again { .. } => SyncJob { due_at, attempts: failures, ..job.clone() },
            _ => SyncJob { due_at, ..job.clone() },
        })
    }
}
