//! Platforms that keep a queue of events are asked for them; what they tell goes the way of webhooks, and leaves the queue
//! once it is on disk.

use std::{collections::HashMap, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{ConnectionId, Timestamp},
    wire::{
        Op,
        webhook::{ConfirmEventsRequest, ConfirmEventsResponse, PollEventsRequest, PollEventsResponse},
    },
};
use futures_util::{StreamExt, stream};

use super::{content::Content, webhook_worker::Worker};
use crate::{
    core::connection::{self, Opened},
    model::{
        connection::{Connection, ConnectionFilter},
        paging::PageQuery,
    },
    store::Topic,
    work::Periodic,
};

/// Most events asked for at once.
const AT_ONCE: u32 = 100;
/// Queues asked at a time: a platform that does not answer must not hold up the others.
const AT_A_TIME: usize = 8;
/// Most times a queue is asked in one round: others wait.
const MOST_ROUNDS: usize = 20;
const DEADLINE: Duration = Duration::from_mins(1);
/// Seconds before a connection is asked again that has no queue, unless it changes …
const NO_QUEUE_S: i64 = 600;
/// … and one whose queue failed.
const FAILED_S: i64 = 30;

/// Asks queues in rotation.
pub struct Poller {
    /// Opens connections, and wakes who works on entity queues.
    pub worker: Worker,
    /// Seconds between two looks at the same queue.
    pub every_s: u32,
    /// When connections that have no queue, or a broken one, are asked again, while they stay as they were.
    pub later: HashMap<ConnectionId, Later>,
}

/// When a connection is asked again.
pub struct Later {
    version: i64,
    at: Timestamp,
}

impl Periodic for Poller {
    const NAME: &'static str = "poll";
    type Error = connection::Error;

    fn every(&self) -> Duration {
        Duration::from_secs(self.every_s.into())
    }

    async fn round(&mut self) -> Result<Duration, connection::Error> {
        self.ask_all().await?;
        Ok(self.every())
    }
}

impl Poller {
    /// Asks every connection that may have a queue.
    async fn ask_all(&mut self) -> Result<(), connection::Error> {
        let mut page = PageQuery::first(250);
        loop {
            let listing = self.worker.store.connections(&ConnectionFilter::default(), &page).await?;
            let due: Vec<_> = listing.data.into_iter().filter(|connection| self.is_due(connection)).collect();
            let asked = stream::iter(due).map(|connection| self.ask(connection)).buffer_unordered(AT_A_TIME);
            for (id, later) in asked.collect::<Vec<_>>().await {
                match later {
                    Some(later) => self.later.insert(id, later),
                    None => self.later.remove(&id),
                };
            }
            match listing.next_cursor {
                Some(cursor) => page = PageQuery::after(250, Some(cursor)),
                None => return Ok(()),
            }
        }
    }

    fn is_due(&self, connection: &Connection) -> bool {
        let polls = || {
            let manifest = self.worker.pool.manifest(&connection.connector_id);
            manifest.is_ok_and(|manifest| manifest.operations.contains(&Op::PollEvents))
        };
        let now = self.worker.clock.now();
        let later = self.later.get(&connection.id).filter(|later| later.version == connection.version);
        let due = later.is_none_or(|later| later.at <= now || later.at > now.plus_seconds(NO_QUEUE_S));
        connection.health.status.works() && connection.paused_at.is_none() && due && polls()
    }

    /// Takes what a connection's queue holds; when to ask again, if not in the next round.
    async fn ask(&self, connection: Connection) -> (ConnectionId, Option<Later>) {
        let id = &connection.id;
        let asked = async {
            let opened = self.worker.pool.get(&connection).await?;
            for _ in 0..MOST_ROUNDS {
                if !self.take(&opened, id).await? {
                    break;
                }
            }
            Ok::<_, connection::Error>(())
        };
        let Err(error) = asked.await else { return (id.clone(), None) };
        let mut pause_s = FAILED_S;
        match &error {
            // The merchant has not chosen it: nothing is wrong.
            connection::Error::Connector(error) if error.code == ErrorCode::UnsupportedOperation => {
                pause_s = NO_QUEUE_S;
            }
            connection::Error::Connector(refused) if refused.is_auth() => {
                let checker = &self.worker.checker;
                if let Err(error) = checker.confirm_refusal(&self.worker.ctx(), id, refused).await {
                    tracing::error!(connection = id.as_str(), %error, "cannot confirm a refusal");
                }
            }
            error => tracing::warn!(connection = id.as_str(), %error, "cannot read its event queue"),
        }
        let at = self.worker.clock.now().plus_seconds(pause_s);
        (id.clone(), Some(Later { version: connection.version, at }))
    }

    /// Takes some events out of the queue, the keeping before the taking; whether there are more.
    async fn take(&self, opened: &Opened, id: &ConnectionId) -> Result<bool, connection::Error> {
        let request = PollEventsRequest { limit: AT_ONCE };
        let polled: PollEventsResponse = opened.connector.call(&Op::PollEvents, &request, DEADLINE).await?;
        let Some(receipt) = polled.receipt else { return Ok(false) };
        let now = self.worker.clock.now();
        let body = serde_json::to_vec(&polled.events)
            .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
        let content = Content::new(vec![], body).seal(&opened.seal)?;
        let settled = self.worker.settled(now);
        self.worker.store.keep_polled(id, &polled.events, &content, settled, now).await?;
        self.worker.store.hint(Topic::Webhook);
        let confirm = ConfirmEventsRequest { receipt };
        let _: ConfirmEventsResponse = opened.connector.call(&Op::ConfirmEvents, &confirm, DEADLINE).await?;
        Ok(polled.more)
    }
}
