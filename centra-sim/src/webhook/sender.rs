//! Sends what waits for one plugin, call by call, as Centra does: a call that fails is tried again after growing pauses,
//! then dropped, and the next is sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::Notify;

use crate::webhook::chance::Chance;
use crate::webhook::payload;
use crate::webhook::plugin::{PluginSettings, RetryOn, RetryTime};
use crate::webhook::queue::Queue;
use crate::webhook::topic::Change;

/// What became of deliveries so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counters {
    /// Changes that were emitted to this plugin.
    pub published: u64,
    /// Changes that found no room to wait.
    pub overflowed: u64,
    /// Changes that wait.
    pub waiting: usize,
    /// Deliveries made up, lost ones too.
    pub deliveries: u64,
    /// Requests sent.
    pub requests: u64,
    /// Deliveries that were taken with a 2xx.
    pub delivered: u64,
    /// Deliveries never sent, on purpose.
    pub lost: u64,
    /// Deliveries sent twice, on purpose.
    pub doubled: u64,
    /// Requests that were retries.
    pub retried: u64,
    /// Deliveries dropped after the last try.
    pub dropped: u64,
    /// Answers by status; 0 is none.
    pub by_status: BTreeMap<u16, u64>,
    /// Answers with a 2xx by the milliseconds they took, rounded up to a power of two.
    pub accepted_by_ms: BTreeMap<u64, u64>,
}

/// A running plugin.
#[derive(Debug)]
pub struct Plugin {
    settings: PluginSettings,
    state: Mutex<State>,
    wake: Notify,
    idle: Notify,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    chance: Chance,
    counters: Counters,
    paused: bool,
    /// Whether the sender holds a delivery.
    sending: bool,
}

impl Plugin {
    /// A plugin with nothing to send.
    pub fn new(settings: PluginSettings) -> Self {
        let state = State {
            queue: Queue::default(),
            chance: Chance::new(settings.seed),
            counters: Counters::default(),
            paused: settings.paused,
            sending: false,
        };
        Self { settings, state: Mutex::new(state), wake: Notify::new(), idle: Notify::new() }
    }

    /// How it is set up.
    pub fn settings(&self) -> &PluginSettings {
        &self.settings
    }

    /// The counters.
    pub fn counters(&self) -> Counters {
        let state = self.state();
        Counters { waiting: state.queue.len(), overflowed: state.queue.overflowed, ..state.counters.clone() }
    }

    /// Queues a change, if this version reports it.
    pub fn publish(&self, change: &Change) {
        if change.topic.name(self.settings.version).is_some() {
            let mut state = self.state();
            state.counters.published += 1;
            state.queue.push(*change);
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Stops sending, or goes on.
    pub fn pause(&self, paused: bool) {
        self.state().paused = paused;
        self.wake.notify_one();
    }

    /// Waits until nothing waits and nothing is being sent; also when paused.
    pub async fn drained(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.is_idle() {
                return;
            }
            idle.await;
        }
    }

    fn is_idle(&self) -> bool {
        let state = self.state();
        !state.sending && (state.queue.is_empty() || state.paused)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next delivery, with how often to send it; `None` when there is none.
    fn next(&self) -> Option<(Vec<Change>, u32)> {
        let mut state = self.state();
        state.sending = false;
        if state.paused || state.queue.is_empty() {
            return None;
        }
        let State { queue, chance, counters, .. } = &mut *state;
        let changes = queue.take(self.settings.events_per_call, self.settings.shuffle, chance);
        counters.deliveries += 1;
        // Both are drawn for every delivery, so that one share does not move the other's choices.
        let (lost, doubled) = (chance.happens(self.settings.lose), chance.happens(self.settings.double));
        let times = match (lost, doubled) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        counters.lost += u64::from(lost);
        counters.doubled += u64::from(times == 2);
        state.sending = true;
        Some((changes, times))
    }
}

/// Sends for as long as it is polled.
pub async fn run(plugin: std::sync::Arc<Plugin>) {
    let timeout = Duration::from_secs(plugin.settings.timeout_s);
    // Following a redirect would hide what the receiver answered.
    let client = reqwest::Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).build();
    let Ok(client) = client else { return };
    loop {
        let wake = plugin.wake.notified();
        if let Some((changes, times)) = plugin.next() {
            let body = payload::body(&changes, &plugin.settings);
            for _ in 0..times {
                deliver(&plugin, &client, &body).await;
            }
        } else {
            plugin.idle.notify_waiters();
            wake.await;
        }
    }
}

/// One delivery with its retries.
async fn deliver(plugin: &Plugin, client: &reqwest::Client, body: &[u8]) {
    let settings = &plugin.settings;
    let first = Timestamp::now().as_second();
    for attempt in 0..=settings.retries {
        if attempt > 0 {
            let pause = settings.retry_pause_ms.saturating_mul(1 << (attempt - 1));
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let time = if settings.retry_time == RetryTime::Renewed { Timestamp::now().as_second() } else { first };
        let begun = tokio::time::Instant::now();
        let status = send(client, settings, time, body).await;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let taken = status.is_some_and(|status| (200..300).contains(&status));
        let mut state = plugin.state();
        let counters = &mut state.counters;
        counters.requests += 1;
        counters.retried += u64::from(attempt > 0);
        counters.delivered += u64::from(taken);
        *counters.by_status.entry(status.unwrap_or(0)).or_default() += 1;
        if taken {
            let rounded = took_ms.checked_next_power_of_two().unwrap_or(u64::MAX);
            *counters.accepted_by_ms.entry(rounded).or_default() += 1;
        }
        let again = !taken && (status.is_none() || settings.retry_on == RetryOn::Failure);
        if taken || !again || attempt == settings.retries {
            counters.dropped += u64::from(!taken);
            return;
        }
    }
}

async fn send(client: &reqwest::Client, settings: &PluginSettings, time: i64, body: &[u8]) -> Option<u16> {
    let mut request = client
        .post(&settings.url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "*/*")
        .body(body.to_vec());
    if let Some(signature) = settings.secret.as_deref().and_then(|secret| payload::signature(secret, time, body)) {
        request = request.header("X-Centra-Signature", signature);
    }
    request.send().await.ok().map(|answer| answer.status().as_u16())
}
