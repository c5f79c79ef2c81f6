//! The share of a platform's quota that one connection may take.
//!
//! Until the platform has told its quota nothing but the number of requests in flight is limited (`in_flight`): a guess would
//! either slow down every platform or protect none. From the first [`QuotaReport`] on, a request waits until it fits into every
//! window, and part of each window is left to the merchant's other integrations. After a refusal nothing is sent until
//! the platform's own time.
//!
//! Waiting is first come, first served; requests that change something have a queue of their own in front, so that they
//! do not hold up reads while their quota is spent. A dropped wait leaves no trace.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::service::{Cost, QuotaKind, QuotaReport},
};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    time::{Instant, sleep_until, timeout_at},
};

use super::{
    in_flight::{InFlight, Place},
    policy::RetryPolicy,
    quota_window::SlidingWindow,
};

/// Most windows that are kept: more than any platform has.
const MAX_WINDOWS: usize = 16;
/// Longest window, in seconds: a day.
const MAX_INTERVAL_S: u64 = 24 * 60 * 60;

/// Settings of a budget.
#[derive(Debug, Clone, Copy)]
pub struct BudgetConfig {
    /// Part of every window that is left to the merchant's other integrations, in percent.
    pub headroom_percent: u8,
    /// Requests in flight at first …
    pub in_flight: usize,
    /// … and at most, while the platform keeps up.
    pub max_in_flight: usize,
}

impl Default for BudgetConfig {
    fn default() -> Self {
        Self { headroom_percent: 20, in_flight: 4, max_in_flight: 32 }
    }
}

/// How full one window is, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLevel {
    /// What is counted.
    pub kind: QuotaKind,
    /// Length of the window.
    pub interval: Duration,
    /// What the platform allows in it.
    pub quota: u64,
    /// What this connection lets itself take.
    pub limit: u64,
    /// What counts against the limit now, others' use included.
    pub used: u64,
}

/// The leave to send one request; hold it until the answer is there.
#[derive(Debug)]
#[must_use = "the request is in flight as long as its permit is held"]
pub struct Permit<'budget> {
    /// Whether it had to be waited for.
    pub waited: bool,
    place: Place<'budget>,
}

impl Permit<'_> {
    /// The platform answered as well as it can.
    pub fn went_well(&self) {
        self.place.went_well();
    }

    /// The platform refused, or did not answer.
    pub fn went_badly(&self) {
        self.place.went_badly();
    }
}

/// The budget of one connection.
#[derive(Debug)]
pub struct Budget {
    config: BudgetConfig,
    in_flight: InFlight,
    mutation_place: AsyncMutex<()>,
    place: AsyncMutex<()>,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    windows: BTreeMap<(QuotaKind, u64), SlidingWindow>,
    last_used: Option<Instant>,
    blocked_until: Option<Instant>,
    /// Refusals for the quota in a row.
    refusals: u32,
}

impl Budget {
    /// A budget that knows of no quota yet.
    pub fn new(config: BudgetConfig) -> Self {
        Self {
            in_flight: InFlight::new(config.in_flight, config.max_in_flight),
            config,
            mutation_place: AsyncMutex::new(()),
            place: AsyncMutex::new(()),
            changed: Notify::new(),
            state: Mutex::default(),
        }
    }

    /// Waits until a request of this cost may be sent and takes its cost. Answers `rate_limited` with the time to wait
    /// as soon as it is sure that the deadline comes first.
    pub async fn acquire(&self, cost: Cost, deadline: Instant) -> Result<Permit<'_>, ConnectorError> {
        match timeout_at(deadline, self.take_place(cost, deadline)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(at)) => Err(no_room(at.saturating_duration_since(Instant::now()))),
            Err(_) => {
                let now = Instant::now();
                Err(no_room(self.state().available_at(now, cost).saturating_duration_since(now)))
            }
        }
    }

    async fn take_place(&self, cost: Cost, deadline: Instant) -> Result<Permit<'_>, Instant> {
        let mut waited = false;
        let _mutation_place = if cost.mutation {
            let place = self.mutation_place.lock().await;
            waited |= self.wait_for(deadline, State::mutations_at).await?;
            Some(place)
        } else {
            None
        };
        let _turn = self.place.lock().await;
        let mut place = self.in_flight.take().await;
        waited |= place.waited;
        waited |= self.wait_for(deadline, |state, now| state.take_or_available_at(now, cost)).await?;
        place.begins();
        Ok(Permit { waited, place })
    }

    /// Asks `ready` until it answers `None`; in between sleeps until the time it names or until a report comes in.
    async fn wait_for(
        &self,
        deadline: Instant,
        ready: impl Fn(&mut State, Instant) -> Option<Instant>,
    ) -> Result<bool, Instant> {
        let mut waited = false;
        loop {
            let changed = self.changed.notified();
            let asked = ready(&mut self.state(), Instant::now());
            let Some(at) = asked else { return Ok(waited) };
            if at > deadline {
                return Err(at);
            }
            waited = true;
            tokio::select! {
                () = sleep_until(at) => {}
                () = changed => {}
            }
        }
    }

    /// Takes in what the platform says of its quota. Windows it does not mention stay as they were; those without
    /// length or quota say nothing.
    pub fn report(&self, report: &QuotaReport) {
        let (now, headroom) = (Instant::now(), self.config.headroom_percent);
        let mut state = self.state();
        if let (Some(estimated), Some(charged)) = (report.estimated_complexity, report.charged_complexity) {
            for ((kind, _), window) in &mut state.windows {
                if *kind == QuotaKind::Complexity {
                    window.settle(now, estimated, charged);
                }
            }
        }
        for reported in report.windows.iter().filter(|reported| reported.interval_s > 0 && reported.quota > 0) {
            let known = QuotaKind::KNOWN.contains(&reported.kind.as_str());
            let key = (reported.kind.clone(), reported.interval_s);
            if known && (state.windows.len() < MAX_WINDOWS || state.windows.contains_key(&key)) {
                let interval = Duration::from_secs(reported.interval_s.min(MAX_INTERVAL_S));
                let fresh = || SlidingWindow::new(interval, reported.quota, headroom);
                state.windows.entry(key).or_insert_with(fresh).correct(
                    now,
                    reported.quota,
                    reported.remaining,
                    headroom,
                );
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Sends nothing for this long: the platform has refused a request for its quota.
    pub fn block_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut state = self.state();
        state.blocked_until = state.blocked_until.max(Some(until));
    }

    /// The platform has refused a request for its quota: nothing is sent for as long as it asks, and at least for a pause that
    /// grows with each refusal in a row, whoever sent the request. Gives the pause.
    pub fn refuse(&self, policy: &RetryPolicy, asked: Option<Duration>) -> Duration {
        let refusals = {
            let mut state = self.state();
            state.refusals = state.refusals.saturating_add(1);
            state.refusals
        };
        let pause = policy.floor(refusals).max(asked.unwrap_or_default());
        self.block_for(pause);
        pause
    }

    /// The platform has answered: refusals are counted anew.
    pub fn accept(&self) {
        self.state().refusals = 0;
    }

    /// Divides the requests that may be in flight among so many replicas; each has one at least.
    pub(super) fn share_with(&self, sharers: u32) {
        self.in_flight.share_with(sharers);
    }

    /// Whether anything was sent within the last while.
    pub(super) fn used_within(&self, last: Duration) -> bool {
        self.state().last_used.is_some_and(|used| used.elapsed() < last)
    }

    /// Whether nothing would be lost with it.
    pub(super) fn is_unused(&self) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        self.in_flight.is_unused()
            && state.blocked_until.is_none_or(|until| until <= now)
            && state.windows.values_mut().all(|window| window.used_at(now) == 0)
    }

    /// How full the windows are.
    pub fn levels(&self) -> Vec<BudgetLevel> {
        let now = Instant::now();
        let level = |((kind, _), window): (&(QuotaKind, u64), &mut SlidingWindow)| BudgetLevel {
            kind: kind.clone(),
            interval: window.interval(),
            quota: window.quota(),
            limit: window.limit(),
            used: window.used_at(now),
        };
        self.state().windows.iter_mut().map(level).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before the next panic could happen, so a poisoned state is a sound one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn available_at(&mut self, now: Instant, cost: Cost) -> Instant {
        let start = self.blocked_until.map_or(now, |until| until.max(now));
        let windows = self.windows.iter_mut();
        windows.map(|((kind, _), window)| window.available_at(now, amount(kind, cost))).fold(start, Instant::max)
    }

    fn mutations_at(&mut self, now: Instant) -> Option<Instant> {
        let windows = self.windows.iter_mut().filter(|((kind, _), _)| *kind == QuotaKind::Mutations);
        let at = windows.map(|(_, window)| window.available_at(now, 1)).fold(now, Instant::max);
        (at > now).then_some(at)
    }

    fn take_or_available_at(&mut self, now: Instant, cost: Cost) -> Option<Instant> {
        let at = self.available_at(now, cost);
        if at > now {
            return Some(at);
        }
        for ((kind, _), window) in &mut self.windows {
            window.take(now, amount(kind, cost));
        }
        self.last_used = Some(now);
        None
    }
}

fn amount(kind: &QuotaKind, cost: Cost) -> u64 {
    match kind {
        QuotaKind::Requests => 1,
        QuotaKind::Mutations => u64::from(cost.mutation),
        QuotaKind::Complexity => cost.complexity,
        _ => 0,
    }
}

fn no_room(wait: Duration) -> ConnectorError {
    if wait.is_zero() {
        let message = "timed out waiting for the connection's other requests";
        return ConnectorError::new(ErrorCode::RateLimited, message).retry_with_backoff();
    }
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    let message = format!("the platform's quota is used up for now; retry in {} s", ms.div_ceil(1_000));
    ConnectorError::new(ErrorCode::RateLimited, message).retry_after_ms(ms)
}
