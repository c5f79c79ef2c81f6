//! What lanes name is read again and written: many entities in one `fetch`, each failure as small as it can be made.

use std::time::Duration;

use connector_api::{
    ConnectorError, ErrorCode, Retry,
    domain::{ConnectionId, Timestamp},
    wire::{
        Op,
        pull::{EntityRef, FetchRequest},
    },
};

use super::{read::again_at, worker::Worker};
use crate::{
    connection::Opened,
    store::{
        self, Rows,
        fetched::{FetchCommit, LaneHold, Way},
        run::Trigger,
        webhook::{ClaimedLane, LanePutOff},
    },
    sync::{
        PersonalRows,
        apply::{RawFetch, is_stored},
    },
};

/// Seconds before the work of a connection that cannot be opened is tried again.
const UNOPENED_S: i64 = 60;
/// From how many failed attempts on entities are read in small groups, and each alone: one of them may be the reason.
const SUSPECT: u32 = 2;
const ALONE: u32 = 4;
const SMALL_GROUP: usize = 10;

/// How work on a group of lanes ended when it did not end well.
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
    /// Works claimed lanes off, keeping the claim meanwhile.
    pub(super) async fn apply(&self, connection: &ConnectionId, lanes: Vec<ClaimedLane>) {
        let holds = holds(&lanes);
        let renew = async {
            loop {
                tokio::time::sleep(Duration::from_secs(u64::from(self.work.lease_s.max(3) / 3))).await;
                let until = self.lease_until(self.clock.now());
                if let Err(error) = self.stores.renew_lanes(connection, &holds, until).await {
                    tracing::warn!(connection = connection.as_str(), %error, "a claim could not be renewed");
                }
            }
        };
        let outcome = tokio::select! {
            outcome = self.groups(connection, lanes) => outcome,
            () = renew => return,
        };
        if let Err(error) = outcome {
            tracing::error!(connection = connection.as_str(), %error, "entities could not be written");
        }
    }

    async fn groups(&self, connection: &ConnectionId, lanes: Vec<ClaimedLane>) -> Result<(), store::Error> {
        let now = self.clock.now();
        let put_off_all = async |lanes: &[ClaimedLane], due_at, error: &str| {
            let put_off = LanePutOff { holds: &holds(lanes), due_at: Some(due_at), counts: false, error };
            self.stores.put_off_lanes(connection, put_off, self.clock.now()).await
        };
        let opened = match self.pool.named(connection).await {
            Ok(opened) => opened,
            Err(error) => return put_off_all(&lanes, now.plus_seconds(UNOPENED_S), &error.to_string()).await,
        };
        let mut groups = grouped(lanes);
        while let Some(group) = groups.pop() {
            match self.fetch(&opened, connection, &group).await {
                Ok(()) => {}
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Connector(error)) if error.is_auth() => {
                    self.note_refusal(connection, &error).await;
                    groups.push(group);
                    return put_off_all(&groups.concat(), now, &error.to_string()).await;
                }
                Err(Failure::Connector(error)) => match smaller(group, &error) {
                    Ok(parts) => groups.extend(parts),
                    Err(group) => self.put_off(connection, &group, &error).await?,
                },
            }
        }
        Ok(())
    }

    /// Reads a group's entities and writes them with the end of their lanes.
    async fn fetch(&self, opened: &Opened, connection: &ConnectionId, lanes: &[ClaimedLane]) -> Result<(), Failure> {
        let refs: Vec<EntityRef> = lanes.iter().map(|lane| lane.hold.entity.clone()).collect();
        if !opened.does(&Op::Fetch) || !refs.iter().all(|entity| is_stored(&entity.stream)) {
            return Err(unsupported("this connector does not read single entities of this stream").into());
        }
        let read_at = self.clock.now();
        let request = FetchRequest { refs };
        let text = opened.connector.call_raw(&Op::Fetch, &request, vec![], self.work.fetch_timeout).await?;
        let personal = PersonalRows::open(&self.pool.connections.vault, &*self.stores, connection)
            .await
            .map_err(|error| host_failed(&error))?;
        let fetched = RawFetch::read(&text).and_then(|fetched| Ok((fetched.rows(&personal)?, fetched.gone)));
        let (rows, gone) = fetched.map_err(|problem| opened.connector.broken(&Op::Fetch, &problem))?;
        self.write(connection, lanes, read_at, &rows, &gone).await?;
        Ok(())
    }

    async fn write(
        &self,
        connection: &ConnectionId,
        lanes: &[ClaimedLane],
        read_at: Timestamp,
        rows: &[(connector_api::wire::pull::Stream, Rows)],
        gone: &[EntityRef],
    ) -> Result<(), store::Error> {
        let way = if lanes.iter().any(|lane| lane.way == Way::Webhook) { Way::Webhook } else { Way::Poll };
        let now = self.clock.now();
        let commit = FetchCommit { connection, way, read_at, rows, gone, lanes: &holds(lanes), now };
        let outcome = self.stores.commit_fetch(commit).await?;
        tracing::debug!(connection = connection.as_str(), lanes = lanes.len(), ?outcome, "entities were read again");
        Ok(())
    }

    /// A group that failed and cannot be made smaller: tried again, given up, or left to a sync.
    async fn put_off(
        &self,
        connection: &ConnectionId,
        lanes: &[ClaimedLane],
        error: &ConnectorError,
    ) -> Result<(), store::Error> {
        let now = self.clock.now();
        if error.code == ErrorCode::UnsupportedOperation {
            tracing::debug!(connection = connection.as_str(), %error, "a sync reads what cannot be read singly");
            if let Err(error) = self.queue.request(connection, false, Trigger::Schedule).await {
                tracing::warn!(connection = connection.as_str(), %error, "a sync could not be asked for");
            }
            return self.write(connection, lanes, now, &[], &[]).await;
        }
        tracing::warn!(connection = connection.as_str(), lanes = lanes.len(), %error, "entities could not be read again");
        for lane in lanes {
            let gives_up = lane.attempts + 1 >= self.work.attempts
                || error.retry == Retry::Never && !error.code.concerns_connection();
            let due_at = (!gives_up).then(|| again_at(now, lane.attempts, error.retry));
            let put_off =
                LanePutOff { holds: std::slice::from_ref(&lane.hold), due_at, counts: true, error: &error.to_string() };
            self.stores.put_off_lanes(connection, put_off, now).await?;
        }
        Ok(())
    }

    async fn note_refusal(&self, connection: &ConnectionId, refused: &ConnectorError) {
        let connections = self.pool.connections.acting_as("webhooks");
        if let Err(error) = connections.note_refusal(connection, refused).await {
            tracing::error!(connection = connection.as_str(), %error, "a refusal cannot be noted");
        }
    }
}

/// Entities that have failed before apart from the others, so that one of them does not hold up the rest.
fn grouped(lanes: Vec<ClaimedLane>) -> Vec<Vec<ClaimedLane>> {
    let (suspect, fresh): (Vec<_>, Vec<_>) = lanes.into_iter().partition(|lane| lane.attempts >= SUSPECT);
    let (alone, suspect): (Vec<_>, Vec<_>) = suspect.into_iter().partition(|lane| lane.attempts >= ALONE);
    let mut groups: Vec<Vec<ClaimedLane>> = alone.into_iter().map(|lane| vec![lane]).collect();
    groups.extend(suspect.chunks(SMALL_GROUP).map(<[ClaimedLane]>::to_vec));
    // Worked off from the end: first what has not failed.
    if !fresh.is_empty() {
        groups.push(fresh);
    }
    groups
}

/// Parts of a group that may fare better than the whole; the group itself when there is no point in it.
fn smaller(group: Vec<ClaimedLane>, error: &ConnectorError) -> Result<Vec<Vec<ClaimedLane>>, Vec<ClaimedLane>> {
    if group.len() == 1 || error.retry != Retry::Never || error.code.concerns_connection() {
        return Err(group);
    }
    if error.code == ErrorCode::UnsupportedOperation {
        let first = group[0].hold.entity.stream.clone();
        let (same, others): (Vec<_>, Vec<_>) = group.into_iter().partition(|lane| lane.hold.entity.stream == first);
        return if others.is_empty() { Err(same) } else { Ok(vec![same, others]) };
    }
    let (left, right) = group.split_at(group.len() / 2);
    Ok(vec![left.to_vec(), right.to_vec()])
}

fn holds(lanes: &[ClaimedLane]) -> Vec<LaneHold> {
    lanes.iter().map(|lane| lane.hold.clone()).collect()
}

fn unsupported(message: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::UnsupportedOperation, message)
}

fn host_failed(error: &crate::secret::Error) -> Failure {
    Failure::Connector(ConnectorError::new(ErrorCode::HostFailed, error.to_string()))
}
