//! Puts the parts together: what `serve` runs.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    Batcher, Receiver, WebhookService,
    poll::Poller,
    watch::Watch,
    webhook_worker::{Work, Worker},
};
use crate::{
    clock::Clock,
    core::{
        connection::{Checker, Connections, Connectors},
        job::SyncQueue,
    },
    secret::Vault,
    store::Store,
    work::{Singleton, Workers, singleton::Election},
};

/// Deliveries that may wait to be written.
const QUEUE: u32 = 4_096;

/// How webhooks are taken in and worked off.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Connections worked for at the same time.
    pub workers: u32,
    /// How work is done.
    pub work: Work,
    /// Seconds between two looks at the same queue of events; 0 for never.
    pub poll_s: u32,
    /// Days for which deliveries are kept.
    pub keep_days: u32,
    /// Hours of silence that are noted; 0 for never.
    pub silent_after_h: u32,
    /// Hours for which a secret that was replaced is still accepted.
    pub previous_secret_h: u32,
}

/// What webhooks are made of.
pub struct Parts {
    /// Where they are kept.
    pub store: Store,
    /// Seals what is in them.
    pub vault: Vault,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Connections.
    pub connections: Connections,
    /// Opens connectors, kept open in a pool of its own.
    pub connectors: Connectors,
    /// Confirms refusals.
    pub checker: Checker,
    /// Where syncs are asked for.
    pub queue: SyncQueue,
}

/// Everything that concerns webhooks in a host.
pub struct Webhooks {
    /// Takes deliveries in.
    pub receiver: Receiver,
    /// What people see of them.
    pub service: WebhookService,
    worker: Worker,
    settings: Settings,
    writer: JoinHandle<()>,
}

impl Webhooks {
    /// Puts the parts together; deliveries can be taken in at once.
    pub fn start(parts: Parts, settings: Settings) -> io::Result<Self> {
        let Parts { store, vault, clock, connections, connectors: pool, checker, queue } = parts;
        let (inbox, writer) = Batcher::start(store.clone(), QUEUE)?;
        let receiver = Receiver { pool: pool.clone(), store: store.clone(), inbox, clock: Arc::clone(&clock) };
        let service = WebhookService::new(store.clone(), vault.clone(), connections);
        let worker = Worker { pool, checker, store, vault, clock, queue, work: settings.work };
        Ok(Self { receiver, service, worker, settings, writer })
    }

    /// The writer's task, where what waits is worked off by other replicas.
    pub fn only_receive(self) -> JoinHandle<()> {
        self.writer
    }

    /// Begins to work off what waits. The tasks end when told to, the writer when nobody can hand anything in any more.
    pub fn work<E: Election>(self, workers: &Workers, election: &E) -> Vec<JoinHandle<()>> {
        let Self { worker, settings, writer, .. } = self;
        let mut tasks: Vec<_> = workers.start(worker.clone(), settings.workers).into_iter().collect();
        let watch = Watch {
            store: worker.store.clone(),
            clock: Arc::clone(&worker.clock),
            silent_after_h: settings.silent_after_h,
            keep_days: settings.keep_days,
            previous_secret_h: settings.previous_secret_h,
        };
        tasks.extend(workers.start(watch.scheduled(election.clone()), 1));
        if settings.workers > 0 && settings.poll_s > 0 {
            let poller = Poller { worker, every_s: settings.poll_s, later: HashMap::new() };
            tasks.extend(workers.start(Singleton::new(poller, election.clone()), 1));
        }
        tasks.push(writer);
        tasks
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { workers: 4, work: Work::default(), poll_s: 60, keep_days: 7, silent_after_h: 24, previous_secret_h: 24 }
    }
}

impl Default for Work {
    fn default() -> Self {
        Self { settle_ms: 250, attempts: 12, lease_s: 30, fetch_timeout: Duration::from_mins(2) }
    }
}
