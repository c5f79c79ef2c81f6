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

/// How long hints are gathered before they go out together.
const GATHER: Duration = Duration::from_millis(20);

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

impl Hints {
    /// Wakes whoever waits, and keeps the hint for other replicas, if there are any.
    pub(crate) fn give(&self, topic: Topic) {
        self.here[topic.index()].notify_one();
        if self.has_others.load(Ordering::Relaxed) {
            self.unsent.fetch_or(topic.bit(), Ordering::AcqRel);
            self.send.notify_one();
        }
    }

    /// Wakes whoever waits for what another replica has named.
    pub(crate) fn take(&self, topics: &str) {
        let named = |topic: &Topic| topics.split(',').any(|word| word == topic.word());
        Topic::ALL.into_iter().filter(named).for_each(|topic| self.here[topic.index()].notify_one());
    }

    /// Wakes everybody: nobody knows what was hinted while nobody listened.
    pub(crate) fn take_all(&self) {
        self.here.iter().for_each(Notify::notify_one);
    }

    /// Waits for a hint.
    pub(crate) async fn given(&self, topic: Topic) {
        self.here[topic.index()].notified().await;
    }

    /// Says whether other replicas live.
    pub(crate) fn set_others(&self, others: bool) {
        self.has_others.store(others, Ordering::Relaxed);
    }

    /// Waits for hints to send; all of a moment together, as words.
    pub(crate) async fn unsent(&self) -> String {
        self.send.notified().await;
        sleep(GATHER).await;
        let unsent = self.unsent.swap(0, Ordering::AcqRel);
        let topics = Topic::ALL.into_iter().filter(|topic| unsent & topic.bit() != 0).map(Topic::word);
        topics.collect::<Vec<_>>().join(",")
    }
}
