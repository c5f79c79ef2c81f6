//! What entity queues name is refetched and written: many entities in one `fetch`, each failure as small as it can be made.

use std::collections::BTreeSet;

use connector_api::{
    ConnectorError, ErrorCode, Retry,
    domain::{ConnectionId, Timestamp},
    wire::{
        Op,
        pull::{EntityRef, FetchRequest},
    },
};

use super::{
    read::{again, due_at},
    webhook_worker::Worker,
};
use crate::{
    core::{
        connection::Opened,
        sync::{
            PersonalRows,
            apply::{RawFetch, is_stored},
            paging::ids_of,
        },
    },
    model::{
        fetched::{ChangeSource, FetchCommit},
        rows::Rows,
        run::Trigger,
        webhook::{ClaimedEntity, EntityDeferral},
    },
    plugin::Asked,
    store,
    work::{Lost, Next, keep},
};

/// Seconds before the work of a connection that cannot be opened is tried again.
const UNOPENED_S: i64 = 60;
/// From how many failed attempts on entities are read in small groups, and each alone: one of them may be the reason.
const SUSPECT: u32 = 2;
const ALONE: u32 = 4;
const SMALL_GROUP: usize = 10;
/// Entities in one question, as the contract allows.
const MOST_ASKED: usize = 100;
/// Rows that are there, asked for beside those that are called gone.
const WITNESSES: u32 = 10;

/// How work on a group of entity queues ended when it did not end well.
enum Failure {
    /// The connector failed.
    Connector(ConnectorError),
    /// The store failed: the claim runs out, and the work is done again.
    Store(store::Error),
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        Self::Connector(error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl Worker {
    /// Works claimed entity queues off, keeping the claim meanwhile.
    pub(super) async fn apply(&self, connection: &ConnectionId, queues: Vec<ClaimedEntity>) {
        let holds = ClaimedEntity::holds(&queues);
        let renew = || self.store.renew_entity_claims(connection, &holds, self.lease_until(self.clock.now()));
        match keep(self.lease(), renew, self.groups(connection, queues)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(connection = connection.as_str(), %error, "cannot write entities"),
            Err(Lost) => tracing::warn!(connection = connection.as_str(), "another worker took over entities"),
        }
    }

    async fn groups(&self, connection: &ConnectionId, queues: Vec<ClaimedEntity>) -> Result<(), store::Error> {
        let now = self.clock.now();
        let defer_all = async |queues: &[ClaimedEntity], due_at, error: &str| {
            let deferred =
                EntityDeferral { holds: &ClaimedEntity::holds(queues), due_at: Some(due_at), counts: false, error };
            self.store.defer_entities(connection, deferred, self.clock.now()).await
        };
        let opened = match self.pool.named(connection).await {
            Ok(opened) => opened,
            Err(error) => return defer_all(&queues, now.plus_seconds(UNOPENED_S), &error.to_string()).await,
        };
        let (unended, queues): (Vec<_>, Vec<_>) =
            queues.into_iter().partition(|queue| queue.attempts >= self.work.attempts);
        if !unended.is_empty() {
            let error = "no refetch finished: the host crashed or stalled each time";
            let deferred = EntityDeferral { holds: &ClaimedEntity::holds(&unended), due_at: None, counts: true, error };
            self.store.defer_entities(connection, deferred, now).await?;
        }
        let mut groups = grouped(queues);
        while let Some(group) = groups.pop() {
            match self.fetch(&opened, connection, &group).await {
                Ok(()) => {}
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Connector(error)) if error.is_auth() => {
                    let refused = self.confirm_refusal(connection, &error).await;
                    groups.push(group);
                    // Once it is closed they wait until it works again, otherwise as after any failure.
                    let attempts = groups.iter().flatten().map(|queue| queue.attempts).max().unwrap_or(0);
                    let next = if refused { Next::At(now) } else { again(attempts, error.retry) };
                    let queues = groups.concat();
                    let deferred = EntityDeferral {
                        holds: &ClaimedEntity::holds(&queues),
                        due_at: due_at(connection, now, next),
                        counts: !refused,
                        error: &error.to_string(),
                    };
                    return self.store.defer_entities(connection, deferred, self.clock.now()).await;
                }
                Err(Failure::Connector(error)) => match smaller(group, &error) {
                    Ok(parts) => groups.extend(parts),
                    Err(group) => self.deferred(connection, &group, &error).await?,
                },
            }
        }
        Ok(())
    }

    /// Reads a group's entities and writes them with the end of their entity queues.
    async fn fetch(&self, opened: &Opened, connection: &ConnectionId, queues: &[ClaimedEntity]) -> Result<(), Failure> {
        let refs: Vec<EntityRef> = queues.iter().map(|queue| queue.hold.entity.clone()).collect();
        if !opened.does(&Op::Fetch) || !refs.iter().all(|entity| is_stored(&entity.stream)) {
            return Err(unsupported("this connector cannot fetch single entities of this stream").into());
        }
        let read_at = self.clock.now();
        let request = FetchRequest { refs };
        let before = opened.connector.asked();
        let text = opened.connector.call_raw(&Op::Fetch, &request, vec![], self.work.fetch_timeout).await?;
        let asked = opened.connector.asked().since(before);
        let personal =
            PersonalRows::open(&self.vault, &self.store, connection).await.map_err(|error| host_failed(&error))?;
        let fetched = RawFetch::read(&text).and_then(|fetched| Ok((fetched.rows(&personal)?, fetched.gone)));
        let (rows, gone) = fetched.map_err(|problem| opened.connector.broken(&Op::Fetch, &problem))?;
        if !gone.is_empty() && !asked.proves_absence() {
            return Err(unproven(asked).into());
        }
        if !self.are_gone(opened, connection, &gone, &personal).await? {
            return Err(unwitnessed().into());
        }
        self.write(connection, queues, read_at, &rows, &gone).await?;
        Ok(())
    }

    /// Whether rows that are known to be there are still found by an answer that calls these gone: a store that answers
    /// everything emptily for a while deletes nothing.
    async fn are_gone(
        &self,
        opened: &Opened,
        connection: &ConnectionId,
        gone: &[EntityRef],
        personal: &PersonalRows,
    ) -> Result<bool, Failure> {
        for stream in gone.iter().map(|entity| &entity.stream).collect::<BTreeSet<_>>() {
            let mut refs: Vec<_> = gone.iter().filter(|entity| entity.stream == *stream).cloned().collect();
            refs.truncate(MOST_ASKED - WITNESSES as usize);
            let limit = WITNESSES.saturating_add(u32::try_from(refs.len()).unwrap_or(0));
            let mut witnesses = self.store.witness_ids(connection, stream, None, limit).await?;
            witnesses.retain(|id| !refs.iter().any(|entity| entity.id.as_str() == id));
            witnesses.truncate(WITNESSES as usize);
            if witnesses.is_empty() {
                continue;
            }
            refs.extend(witnesses.iter().map(|id| EntityRef { stream: stream.clone(), id: id.as_str().into() }));
            let request = FetchRequest { refs };
            let text = opened.connector.call_raw(&Op::Fetch, &request, vec![], self.work.fetch_timeout).await?;
            let rows = RawFetch::read(&text).and_then(|fetched| fetched.rows_of(stream, personal));
            let rows = rows.map_err(|problem| opened.connector.broken(&Op::Fetch, &problem))?;
            let found = rows.as_ref().map(ids_of).unwrap_or_default();
            let is_there = |entity: &EntityRef| entity.stream == *stream && found.contains(entity.id.as_str());
            if gone.iter().any(is_there) || !witnesses.iter().any(|witness| found.contains(witness.as_str())) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write(
        &self,
        connection: &ConnectionId,
        queues: &[ClaimedEntity],
        read_at: Timestamp,
        rows: &[(connector_api::wire::pull::Stream, Rows)],
        gone: &[EntityRef],
    ) -> Result<(), store::Error> {
        let source = if queues.iter().any(|queue| queue.source == ChangeSource::Webhook) {
            ChangeSource::Webhook
        } else {
            ChangeSource::Poll
        };
        let now = self.clock.now();
        let commit =
            FetchCommit { connection, source, read_at, rows, gone, queues: &ClaimedEntity::holds(queues), now };
        let outcome = self.store.commit_fetch(commit).await?;
        tracing::debug!(connection = connection.as_str(), queues = queues.len(), ?outcome, "entities refetched");
        Ok(())
    }

    /// A group that failed and cannot be made smaller: tried again, dead-lettered, or left to a sync.
    async fn deferred(
        &self,
        connection: &ConnectionId,
        queues: &[ClaimedEntity],
        error: &ConnectorError,
    ) -> Result<(), store::Error> {
        let now = self.clock.now();
        if error.code == ErrorCode::UnsupportedOperation {
            tracing::debug!(connection = connection.as_str(), %error, "scheduled a sync for entities that cannot be fetched singly");
            if let Err(error) = self.queue.request(connection, false, Trigger::Schedule).await {
                tracing::warn!(connection = connection.as_str(), %error, "cannot schedule a sync");
            }
            return self.write(connection, queues, now, &[], &[]).await;
        }
        tracing::warn!(connection = connection.as_str(), queues = queues.len(), %error, "cannot refetch entities");
        for queue in queues {
            let is_dead_lettered = queue.attempts + 1 >= self.work.attempts
                || error.retry == Retry::Never && !error.code.concerns_connection();
            let next = if is_dead_lettered { Next::Never } else { again(queue.attempts, error.retry) };
            let due_at = due_at(connection, now, next);
            let deferred = EntityDeferral {
                holds: std::slice::from_ref(&queue.hold),
                due_at,
                counts: true,
                error: &error.to_string(),
            };
            self.store.defer_entities(connection, deferred, now).await?;
        }
        Ok(())
    }

    async fn confirm_refusal(&self, connection: &ConnectionId, refused: &ConnectorError) -> bool {
        let ctx = self.ctx();
        self.checker.confirm_refusal(&ctx, connection, refused).await.unwrap_or_else(|error| {
            tracing::error!(connection = connection.as_str(), %error, "cannot confirm a refusal");
            false
        })
    }
}

/// Entities that have failed before apart from the others, so that one of them does not hold up the rest.
fn grouped(queues: Vec<ClaimedEntity>) -> Vec<Vec<ClaimedEntity>> {
    let (suspect, fresh): (Vec<_>, Vec<_>) = queues.into_iter().partition(|queue| queue.attempts >= SUSPECT);
    let (alone, suspect): (Vec<_>, Vec<_>) = suspect.into_iter().partition(|queue| queue.attempts >= ALONE);
    let mut groups: Vec<Vec<ClaimedEntity>> = alone.into_iter().map(|queue| vec![queue]).collect();
    groups.extend(suspect.chunks(SMALL_GROUP).map(<[ClaimedEntity]>::to_vec));
    // Worked off from the end: first what has not failed.
    if !fresh.is_empty() {
        groups.push(fresh);
    }
    groups
}

/// Parts of a group that may fare better than the whole; the group itself when there is no point in it.
fn smaller(group: Vec<ClaimedEntity>, error: &ConnectorError) -> Result<Vec<Vec<ClaimedEntity>>, Vec<ClaimedEntity>> {
    if group.len() == 1 || error.retry != Retry::Never || error.code.concerns_connection() {
        return Err(group);
    }
    if error.code == ErrorCode::UnsupportedOperation {
        let first = group[0].hold.entity.stream.clone();
        let (same, others): (Vec<_>, Vec<_>) = group.into_iter().partition(|queue| queue.hold.entity.stream == first);
        return if others.is_empty() { Err(same) } else { Ok(vec![same, others]) };
    }
    let (left, right) = group.split_at(group.len() / 2);
    Ok(vec![left.to_vec(), right.to_vec()])
}

/// The connector says that something is gone, and the platform did not: nothing is deleted, and it is asked again.
fn unproven(asked: Asked) -> ConnectorError {
    let what = match asked.failed() {
        0 => "no request was sent".to_owned(),
        failed => format!("{failed} of {} requests failed", asked.requests),
    };
    let message = format!("the connector reports records as gone, but {what}; nothing was deleted");
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, message).retry_with_backoff()
}

fn unwitnessed() -> ConnectorError {
    let message = "the connector reports records as gone, but does not find existing records either; nothing was \
                   deleted";
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, message).retry_with_backoff()
}

fn unsupported(message: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::UnsupportedOperation, message)
}

fn host_failed(error: &crate::secret::Error) -> Failure {
    Failure::Connector(ConnectorError::new(ErrorCode::HostFailed, error.to_string()))
}
