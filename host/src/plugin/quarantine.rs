//! Stops calling a plugin that misbehaves, for a while or for good.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use connector_api::{ConnectorError, ErrorCode, domain::Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::work::backoff::{Backoff, Jitter};

/// So many faults …
const FAULTS: usize = 5;
/// … within this time lead to quarantine.
const WINDOW: Duration = Duration::from_mins(1);
/// How long a quarantine lasts. No jitter: only this process waits for it.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(30), Duration::from_hours(1), Jitter::NONE);
/// A call that cannot be stopped holds a thread for ever; so many of them and the plugin is not called again.
const STUCK: usize = 2;

/// The record of one plugin.
///
/// Two things end in quarantine: faults that the calls themselves show ([`Self::note_fault`], [`Self::note_stuck`]), which
/// pass by themselves or with a restart, and what the caller knows from elsewhere, such as a host that died during its calls
/// ([`Self::hold`]), which lasts until it is taken back.
#[derive(Debug, Default)]
pub struct Quarantine(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    faults: VecDeque<Instant>,
    counts: BTreeMap<FaultKind, Count>,
    stuck: usize,
    until: Option<Instant>,
    times: u32,
    last_fault: String,
    held: Option<String>,
}

#[derive(Debug)]
struct Count {
    times: u64,
    message: String,
    at: Instant,
}

/// What a plugin did that it must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It panicked in a call.
    Panic,
    /// It panicked while a call that nobody waits for any more, or a connection, was cleaned up.
    PanicInCleanup,
    /// A call did not end before its deadline.
    Late,
    /// A call did not end after it was dropped: it holds a thread.
    Stuck,
    /// It answered against the contract.
    BrokenAnswer,
    /// It gave a page of records against the contract; nothing of the page was kept.
    RefusedPage,
}

impl FaultKind {
    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::PanicInCleanup => "panic_in_cleanup",
            Self::Late => "late",
            Self::Stuck => "stuck",
            Self::BrokenAnswer => "broken_answer",
            Self::RefusedPage => "refused_page",
        }
    }
}

/// Faults of one kind since the plugin was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Faults {
    /// Kind of the fault.
    pub kind: FaultKind,
    /// Number of these faults.
    pub count: u64,
    /// What the last one was, without secrets.
    pub last_message: String,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// What an operator sees of how a plugin behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PluginBehaviour")]
pub struct Behaviour {
    /// Whether it is not called at the moment.
    pub quarantined: bool,
    /// Why it is held back until an operator releases it; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Calls that could not be stopped.
    pub stuck_calls: usize,
    /// Its last fault; empty when there was none.
    pub last_fault: String,
    /// Its faults since it was loaded, by kind.
    pub faults: Vec<Faults>,
}

impl Quarantine {
    /// Whether the plugin may be called now.
    pub fn admit(&self, plugin: &str, now: Instant) -> Result<(), ConnectorError> {
        let record = self.lock();
        if let Some(reason) = &record.held {
            return Err(refused(format!(
                "plugin `{plugin}` is held back: {reason}; replace the file, or release it with \
                 `connector-host plugin release {plugin}`"
            )));
        }
        if record.stuck >= STUCK {
            return Err(refused(format!(
                "plugin `{plugin}` has {} calls that cannot be stopped; it is not called until the host restarts",
                record.stuck
            )));
        }
        match record.until.map(|until| until.saturating_duration_since(now)) {
            Some(left) if !left.is_zero() => Err(refused(format!(
                "plugin `{plugin}` failed {FAULTS} times within {} s (last: {}); it is called again in {} s",
                WINDOW.as_secs(),
                record.last_fault,
                left.as_secs() + 1
            ))
            .retry_after_ms(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))),
            _ => Ok(()),
        }
    }

    /// Holds the plugin back, whatever its faults: for what only the host as a whole knows, such as that it died during this
    /// plugin's calls. `reason` is shown to operators and stands in the refusal of every call. Without one it is released.
    pub fn hold(&self, reason: Option<&str>) {
        self.lock().held = reason.map(str::to_owned);
    }

    /// Why the plugin is held back; nothing when it is not.
    pub fn held(&self) -> Option<String> {
        self.lock().held.clone()
    }

    /// Counts a fault of the plugin itself.
    pub fn note_fault(&self, kind: FaultKind, what: &str, now: Instant) {
        let mut record = self.lock();
        record.count(kind, what, now);
        record.faults.push_back(now);
        while record.faults.front().is_some_and(|fault| now.duration_since(*fault) > WINDOW) {
            record.faults.pop_front();
        }
        if record.faults.len() >= FAULTS {
            record.faults.clear();
            record.times += 1;
            record.until = Some(now + BACKOFF.pause(record.times, 0.0));
        }
    }

    /// Counts a call that could not be stopped.
    pub fn note_stuck(&self, what: &str, now: Instant) {
        let mut record = self.lock();
        record.stuck += 1;
        record.count(FaultKind::Stuck, what, now);
    }

    /// Uncounts it: it ended after all.
    pub fn note_unstuck(&self) {
        let mut record = self.lock();
        record.stuck = record.stuck.saturating_sub(1);
    }

    /// How the plugin behaves, at the moment that the clock shows as `at`.
    pub fn behaviour(&self, now: Instant, at: Timestamp) -> Behaviour {
        let record = self.lock();
        let faults = record.counts.iter().map(|(kind, count)| Faults {
            kind: *kind,
            count: count.times,
            last_message: count.message.clone(),
            last_at: ago(at, now.saturating_duration_since(count.at)),
        });
        Behaviour {
            quarantined: record.held.is_some()
                || record.stuck >= STUCK
                || record.until.is_some_and(|until| until > now),
            held: record.held.clone(),
            stuck_calls: record.stuck,
            last_fault: record.held.clone().unwrap_or_else(|| record.last_fault.clone()),
            faults: faults.collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn count(&mut self, kind: FaultKind, what: &str, now: Instant) {
        what.clone_into(&mut self.last_fault);
        let count = self.counts.entry(kind).or_insert_with(|| Count { times: 0, message: String::new(), at: now });
        count.times += 1;
        count.at = now;
        what.clone_into(&mut count.message);
    }
}

fn ago(at: Timestamp, elapsed: Duration) -> Timestamp {
    let elapsed = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
    at.plus_seconds(elapsed.saturating_neg())
}

fn refused(message: String) -> ConnectorError {
    ConnectorError::new(ErrorCode::PluginQuarantined, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_faults_within_a_minute_lead_to_a_growing_pause() {
        let (quarantine, start) = (Quarantine::default(), Instant::now());
        for round in 0..2_u32 {
            let now = start + Duration::from_secs(1_000) * round;
            for _ in 0..4 {
                quarantine.note_fault(FaultKind::Panic, "panic", now);
            }
            assert!(quarantine.admit("p", now).is_ok());
            quarantine.note_fault(FaultKind::Panic, "panic", now);
            let pause = Duration::from_secs(30) * (1 << round);
            assert_eq!(quarantine.admit("p", now).unwrap_err().code, ErrorCode::PluginQuarantined);
            assert!(quarantine.admit("p", now + pause).is_ok());
        }
    }

    #[test]
    fn faults_far_apart_are_forgiven() {
        let (quarantine, start) = (Quarantine::default(), Instant::now());
        for minute in 0..20 {
            quarantine.note_fault(FaultKind::Late, "late", start + WINDOW * minute * 2);
        }
        assert!(quarantine.admit("p", start + WINDOW * 40).is_ok());
    }

    #[test]
    fn calls_that_cannot_be_stopped_end_the_plugins_use() {
        let quarantine = Quarantine::default();
        quarantine.note_stuck("pull", Instant::now());
        assert!(quarantine.admit("p", Instant::now()).is_ok());
        quarantine.note_stuck("pull", Instant::now());
        let error = quarantine.admit("p", Instant::now()).unwrap_err();
        assert!(error.message.contains("until the host restarts"), "{error}");
    }

    #[test]
    fn what_was_held_is_not_called_until_it_is_released() {
        let (quarantine, now) = (Quarantine::default(), Instant::now());
        quarantine.hold(Some("the host died 3 times during its calls"));
        let error = quarantine.admit("p", now + Duration::from_hours(24)).unwrap_err();
        assert_eq!(error.code, ErrorCode::PluginQuarantined);
        assert!(error.message.contains("held back: the host died 3 times during its calls"), "{error}");
        let behaviour = quarantine.behaviour(now, noon());
        assert!(behaviour.quarantined && behaviour.held.is_some());
        quarantine.hold(None);
        assert!(quarantine.admit("p", now).is_ok() && !quarantine.behaviour(now, noon()).quarantined);
    }

    #[test]
    fn faults_are_counted_by_kind_with_the_last_message_and_its_time() {
        let (quarantine, start) = (Quarantine::default(), Instant::now());
        quarantine.note_fault(FaultKind::Panic, "first", start);
        quarantine.note_fault(FaultKind::Panic, "second", start + Duration::from_secs(10));
        quarantine.note_stuck("`pull` cannot be stopped", start + Duration::from_secs(20));
        let behaviour = quarantine.behaviour(start + Duration::from_secs(70), noon());
        let seen: Vec<_> = behaviour.faults.iter().map(|f| (f.kind, f.count, f.last_message.as_str())).collect();
        assert_eq!(seen, [(FaultKind::Panic, 2, "second"), (FaultKind::Stuck, 1, "`pull` cannot be stopped")]);
        assert_eq!(behaviour.faults[0].last_at, noon().plus_seconds(-60));
        assert_eq!(behaviour.last_fault, "`pull` cannot be stopped");
    }

    fn noon() -> Timestamp {
        "2026-01-01T12:00:00Z".parse().unwrap()
    }
}
