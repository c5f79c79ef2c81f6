//! What all handles of a connection share in this process: a sync, a check, a probe, a quote and a poll spend one budget, keep
//! away together when the platform asks for it, and know together how far its clock is from the host's.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use connector_api::{domain::Timestamp, wire::service::HttpResponse};
use tokio::time::Instant;

use super::{budget::BudgetConfig, budgets::Budgets};

/// Connections kept of those that nobody uses at the moment.
const MANY: usize = 10_000;
/// A refusal that was asked about is not asked about again before this.
const CONFIRM_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Stands for an offset nobody has measured.
const UNKNOWN: i64 = i64::MIN;

/// What all handles of one connection share.
#[derive(Debug)]
pub struct Shared {
    /// Its budgets.
    pub budgets: Budgets,
    confirming: Mutex<Confirming>,
    /// The platform's clock minus the host's, in milliseconds.
    clock_offset_ms: AtomicI64,
}

#[derive(Debug, Default)]
struct Confirming {
    at_work: bool,
    ended: Option<Instant>,
}

/// The right to ask whether a refusal is one; nobody else asks meanwhile.
#[derive(Debug)]
pub struct Asking<'a>(&'a Shared);

impl Shared {
    /// Of a connection that has sent nothing yet.
    pub fn new(config: BudgetConfig) -> Self {
        Self { budgets: Budgets::new(config), confirming: Mutex::default(), clock_offset_ms: AtomicI64::new(UNKNOWN) }
    }

    /// The right to ask whether a refusal is one; nothing while somebody else asks, or has asked a moment ago.
    pub fn begin_confirming(&self) -> Option<Asking<'_>> {
        let mut confirming = self.confirming.lock().unwrap_or_else(PoisonError::into_inner);
        if confirming.at_work || confirming.ended.is_some_and(|ended| ended.elapsed() < CONFIRM_AGAIN_AFTER) {
            return None;
        }
        confirming.at_work = true;
        Some(Asking(self))
    }

    /// Measures the platform's clock by the `Date` of an answer that came just now. One that a cache has kept says nothing.
    pub fn note_date(&self, response: &HttpResponse, now: Timestamp) {
        let header = |name: &str| response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        if header("age").is_some_and(|age| age.value.trim() != "0") {
            return;
        }
        let date = header("date").and_then(|date| httpdate::parse_http_date(&date.value).ok());
        let since_epoch = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
        if let Some(ms) = since_epoch.and_then(|time| i64::try_from(time.as_millis()).ok()) {
            self.clock_offset_ms.store(ms.saturating_sub(now.as_unix_ms()), Ordering::Relaxed);
        }
    }

    /// The platform's clock minus the host's, in milliseconds, once an answer has told it. `Date` has whole seconds.
    pub fn clock_offset_ms(&self) -> Option<i64> {
        Some(self.clock_offset_ms.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut confirming = self.0.confirming.lock().unwrap_or_else(PoisonError::into_inner);
        *confirming = Confirming { at_work: false, ended: Some(Instant::now()) };
    }
}

/// What is shared, of every connection.
#[derive(Debug, Default)]
pub(super) struct SharedStates(Mutex<HashMap<String, Arc<Shared>>>);

impl SharedStates {
    /// Of a connection, by its id.
    pub(super) fn of(&self, key: &str, config: BudgetConfig) -> Arc<Shared> {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if states.len() >= MANY && !states.contains_key(key) {
            // What somebody holds, or what still says that nothing may be sent, stays.
            states.retain(|_, shared| Arc::strong_count(shared) > 1 || !shared.budgets.are_unused());
        }
        Arc::clone(states.entry(key.to_owned()).or_insert_with(|| Arc::new(Shared::new(config))))
    }
}

impl SharedStates {
    /// Connections for which anything was sent within the last while.
    pub(super) fn used_within(&self, last: Duration) -> Vec<String> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = states.iter().filter(|(_, shared)| shared.budgets.used_within(last));
        used.map(|(key, _)| key.clone()).collect()
    }

    /// Divides what may be in flight for a connection among so many replicas.
    pub(super) fn share_with(&self, key: &str, sharers: u32) {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = states.get(key) {
            shared.budgets.share_with(sharers);
        }
    }
}

#[cfg(test)]
mod tests {
    use connector_api::wire::service::Header;

    use super::*;

    fn answered(headers: &[(&str, &str)]) -> HttpResponse {
        let header =
            |(name, value): &(&str, &str)| Header { name: (*name).into(), value: (*value).into(), secret: false };
        HttpResponse { status: 200, headers: headers.iter().map(header).collect(), retries: 0 }
    }

    #[test]
    fn the_platforms_clock_is_measured_by_answers_that_no_cache_has_kept() {
        let shared = Shared::new(BudgetConfig::default());
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(shared.clock_offset_ms(), None);
        let date = ("date", "Sun, 01 Mar 2026 11:59:00 GMT");
        shared.note_date(&answered(&[date, ("Age", "3600")]), now);
        shared.note_date(&answered(&[("date", "yesterday")]), now);
        shared.note_date(&answered(&[]), now);
        assert_eq!(shared.clock_offset_ms(), None);
        shared.note_date(&answered(&[date]), now);
        assert_eq!(shared.clock_offset_ms(), Some(-60_000));
    }

    #[tokio::test(start_paused = true)]
    async fn one_asks_at_a_time_and_not_again_at_once() {
        let shared = Shared::new(BudgetConfig::default());
        let asking = shared.begin_confirming().unwrap();
        assert!(shared.begin_confirming().is_none());
        drop(asking);
        assert!(shared.begin_confirming().is_none(), "it was asked a moment ago");
        tokio::time::advance(CONFIRM_AGAIN_AFTER).await;
        assert!(shared.begin_confirming().is_some());
    }

    #[tokio::test]
    async fn a_connection_finds_its_budgets_again_and_unused_ones_are_evicted() {
        let states = SharedStates::default();
        let config = BudgetConfig::default();
        states.of("asked to wait", config).budgets.of(None).block_for(Duration::from_mins(1));
        let held = states.of("held", config);
        for number in 0..MANY {
            states.of(&number.to_string(), config);
        }
        assert!(states.0.lock().unwrap().len() < 10, "what nobody uses makes room");
        assert!(Arc::ptr_eq(&held, &states.of("held", config)));
        assert!(!states.of("asked to wait", config).budgets.are_unused());
    }
}
