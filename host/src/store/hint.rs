//! Hints that work may have become due: within this process, and among replicas by `NOTIFY`.
//!
//! Nothing depends on them: whoever works looks by itself at least once a second, and a hint that is lost costs as much. Hints go
//! out beside the transactions that they are about, one statement for all of a moment: `NOTIFY` within them would have their
//! commits wait for each other.

use std::{
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};

use crate::store::{
    Store,
    db::{self, listen::Listener},
    error::Result,
};

/// How long hints are gathered before they go out together.
const GATHER: Duration = Duration::from_millis(20);
/// The name under which replicas listen.
pub(crate) const CHANNEL: &str = "connector_host";

/// Work that a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Syncs.
    Sync,
    /// Webhooks that wait, and entities that are to be refetched.
    Webhook,
    /// Prices were written that start or end.
    Price,
}

impl Topic {
    const ALL: [Self; 3] = [Self::Sync, Self::Webhook, Self::Price];

    fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Webhook => "webhook",
            Self::Price => "price",
        }
    }

    fn index(self) -> usize {
        self as usize
    }

    fn bit(self) -> u8 {
        1 << self.index()
    }
}

/// Who waits for hints, and which have not gone out yet.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    here: [Notify; Topic::ALL.len()],
    unsent: AtomicU8,
    send: Notify,
    /// Whether other replicas live.
    has_others: AtomicBool,
}

impl Store {
    /// Work of this kind may have become due: whoever waits for it is woken, here and in other replicas.
    pub fn hint(&self, topic: Topic) {
        self.wake(topic);
        if self.hints.has_others.load(Ordering::Relaxed) {
            self.hints.unsent.fetch_or(topic.bit(), Ordering::AcqRel);
            self.hints.send.notify_one();
        }
    }

    /// Waits for a hint. One that came since the last wait ends the next at once.
    pub async fn hinted(&self, topic: Topic) {
        self.hints.here[topic.index()].notified().await;
    }

    /// Says whether other replicas live: nobody else needs hints.
    pub fn hint_others(&self, others: bool) {
        self.hints.has_others.store(others, Ordering::Relaxed);
    }

    /// Sends hints to other replicas, until it is dropped or cannot.
    pub async fn send_hints(&self) -> Result<()> {
        loop {
            self.hints.send.notified().await;
            sleep(GATHER).await;
            let unsent = self.hints.unsent.swap(0, Ordering::AcqRel);
            let topics = Topic::ALL.into_iter().filter(|topic| unsent & topic.bit() != 0).map(Topic::word);
            let topics = topics.collect::<Vec<_>>().join(",");
            self.explained(|| async {
                db::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(topics.as_str()).execute(&self.writer).await?;
                Ok(())
            })
            .await?;
        }
    }

    /// Takes hints of other replicas by a connection of its own, until it is dropped or the connection is lost. What was hinted
    /// while nobody listened is looked for first.
    pub async fn take_hints(&self) -> Result<()> {
        let explain = |error: sqlx::Error| self.place.explain(error.into());
        let mut listener = Listener::connect(&self.readers, CHANNEL).await.map_err(explain)?;
        Topic::ALL.into_iter().for_each(|topic| self.wake(topic));
        while let Some(topics) = listener.next().await.map_err(explain)? {
            let named = |topic: &Topic| topics.split(',').any(|word| word == topic.word());
            Topic::ALL.into_iter().filter(named).for_each(|topic| self.wake(topic));
        }
        Ok(())
    }

    fn wake(&self, topic: Topic) {
        self.hints.here[topic.index()].notify_one();
    }
}
