//! The background work of a process that serves: what every replica does, and what those do that work.

use std::collections::HashMap;

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    app::App,
    config::Config,
    core::{
        connection::Connectors,
        job::{ClaimedRun, PriceTimer, ProgressBoard, SyncQueue, Upkeep, Worker},
        order::{OrderService, Resolver},
        outbox::EventService,
        replica::{Heartbeat, Member, hints},
        webhook::Webhooks,
    },
    model::horizon::Horizons,
    work::{Every, Workers},
};

/// Seconds that the end of a claim may lie ahead at least: claims on orders have a length of their own.
const CLAIM_AHEAD_S: i64 = 60;

/// What requests and background work share.
pub(super) struct Shared<'a> {
    pub(super) connectors: &'a Connectors,
    pub(super) queue: &'a SyncQueue,
    pub(super) board: &'a ProgressBoard,
    pub(super) events: &'a EventService,
    pub(super) orders: &'a OrderService,
}

/// What shows others that this process lives; longer than any of its work.
pub(super) struct Alive {
    end: watch::Sender<bool>,
    heartbeat: Option<JoinHandle<()>>,
    hints: JoinHandle<()>,
}

impl Alive {
    /// Ends it.
    pub(super) async fn end(self) {
        self.end.send_replace(true);
        self.hints.abort();
        if let Some(heartbeat) = self.heartbeat {
            heartbeat.await.ok();
        }
    }
}

/// Starts what every replica does, whatever its role is.
pub(super) fn keep_alive(app: &App, member: &Member, connectors: &Connectors) -> Alive {
    let (end, ends) = watch::channel(false);
    let heartbeat = Heartbeat {
        member: member.clone(),
        store: app.store.clone(),
        clock: app.clock(),
        following: app.following.clone(),
        connectors: connectors.clone(),
    };
    let heartbeat = Workers::new(ends).start(Every::new(heartbeat), 1);
    Alive { end, heartbeat, hints: tokio::spawn(hints::exchange(app.store.clone())) }
}

/// Starts the background work; its tasks end when `workers` shut down.
pub(super) fn start(
    app: &App,
    workers: &Workers,
    member: &Member,
    shared: &Shared<'_>,
    webhooks: Webhooks,
) -> Vec<JoinHandle<()>> {
    let Shared { connectors, queue, board, events, orders } = *shared;
    let Config { server, events: sending, advanced, .. } = &app.config;
    let run = ClaimedRun {
        queue: queue.clone(),
        connections: app.connections(),
        connectors: connectors.clone(),
        engine: app.sync_engine(),
        lease_s: advanced.lease_s,
    };
    let worker = Worker {
        run,
        outcomes: app.outcomes(connectors),
        board: board.clone(),
        every_min: server.sync_every_min,
        owner: app.owner.clone(),
    };
    let upkeep = Upkeep {
        store: app.store.clone(),
        clock: app.clock(),
        connectors: connectors.clone(),
        checker: app.checker(connectors),
        queue: queue.clone(),
        check_every_h: server.check_every_h,
        sync_every_min: server.sync_every_min,
        events_kept_days: sending.retention_days,
        audit_kept_days: app.config.storage.keep_audit_days,
        horizons: horizons(&app.config),
        tried: HashMap::new(),
    };
    let resolver = Resolver { orders: orders.clone(), store: app.store.clone(), clock: app.clock() };
    let prices = PriceTimer { store: app.store.clone(), clock: app.clock() };
    let started = [
        workers.start(worker, server.sync_workers),
        workers.start(resolver, advanced.order_resolvers),
        workers.start(upkeep.scheduled(member.clone()), 1),
        workers.start(Every::new(prices), 1),
        workers.start(app.deliverer(events), sending.workers),
    ];
    let mut work: Vec<_> = started.into_iter().flatten().collect();
    work.extend(webhooks.work(workers, member));
    work
}

/// How far ahead instants may lie that this host keeps.
pub(super) fn horizons(config: &Config) -> Horizons {
    // A host with another configuration may have kept them: twice as far.
    Horizons {
        sync_pause_s: i64::from(config.server.sync_every_min).max(60) * 60,
        claim_s: (i64::from(config.advanced.lease_s) * 2).max(CLAIM_AHEAD_S),
        session_s: i64::from(config.server.session_minutes) * 60,
        login_s: i64::from(config.advanced.server_login_hours) * 3_600,
    }
}
