//! Stops calling a plugin that misbehaves, for a while or for good.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use connector_api::{ConnectorError, ErrorCode};
use serde::Serialize;

/// So many faults …
const FAULTS: usize = 5;
/// … within this time lead to quarantine.
const WINDOW: Duration = Duration::from_mins(1);
/// How long the first quarantine lasts; each further one twice as long.
const FIRST: Duration = Duration::from_secs(30);
/// How long a quarantine lasts at most.
const LONGEST: Duration = Duration::from_hours(1);
/// A call that cannot be stopped holds a thread for ever; so many of them and the plugin is not called again.
const STUCK: usize = 2;

/// The record of one plugin.
#[derive(Debug, Default)]
pub struct Quarantine(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    faults: VecDeque<Instant>,
    stuck: usize,
    until: Option<Instant>,
    times: u32,
    last_fault: String,
}

/// What an operator is told of a plugin's conduct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conduct {
    /// Whether it is not called at the moment.
    pub quarantined: bool,
    /// Calls that could not be stopped.
    pub stuck_calls: usize,
    /// Its last fault; empty when there was none.
    pub last_fault: String,
}

impl Quarantine {
    /// Whether the plugin may be called now.
    pub fn admit(&self, plugin: &str, now: Instant) -> Result<(), ConnectorError> {
        let record = self.lock();
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

    /// Counts a fault of the plugin itself: a panic, a missed deadline, a broken answer.
    pub fn note_fault(&self, what: &str, now: Instant) {
        let mut record = self.lock();
        what.clone_into(&mut record.last_fault);
        record.faults.push_back(now);
        while record.faults.front().is_some_and(|fault| now.duration_since(*fault) > WINDOW) {
            record.faults.pop_front();
        }
        if record.faults.len() >= FAULTS {
            record.faults.clear();
            record.until = Some(now + FIRST.saturating_mul(1 << record.times.min(10)).min(LONGEST));
            record.times += 1;
        }
    }

    /// Counts a call that could not be stopped.
    pub fn note_stuck(&self, what: &str) {
        let mut record = self.lock();
        record.stuck += 1;
        what.clone_into(&mut record.last_fault);
    }

    /// Uncounts it: it ended after all.
    pub fn note_unstuck(&self) {
        let mut record = self.lock();
        record.stuck = record.stuck.saturating_sub(1);
    }

    /// What to tell the operator.
    pub fn conduct(&self, now: Instant) -> Conduct {
        let record = self.lock();
        Conduct {
            quarantined: record.stuck >= STUCK || record.until.is_some_and(|until| until > now),
            stuck_calls: record.stuck,
            last_fault: record.last_fault.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
                quarantine.note_fault("panic", now);
            }
            assert!(quarantine.admit("p", now).is_ok());
            quarantine.note_fault("panic", now);
            let pause = FIRST * (1 << round);
            assert_eq!(quarantine.admit("p", now).unwrap_err().code, ErrorCode::PluginQuarantined);
            assert!(quarantine.admit("p", now + pause).is_ok());
        }
    }

    #[test]
    fn faults_far_apart_are_forgiven() {
        let (quarantine, start) = (Quarantine::default(), Instant::now());
        for minute in 0..20 {
            quarantine.note_fault("late", start + WINDOW * minute * 2);
        }
        assert!(quarantine.admit("p", start + WINDOW * 40).is_ok());
    }

    #[test]
    fn calls_that_cannot_be_stopped_end_the_plugins_use() {
        let quarantine = Quarantine::default();
        quarantine.note_stuck("pull");
        assert!(quarantine.admit("p", Instant::now()).is_ok());
        quarantine.note_stuck("pull");
        let error = quarantine.admit("p", Instant::now()).unwrap_err();
        assert!(error.message.contains("until the host restarts"), "{error}");
    }
}
