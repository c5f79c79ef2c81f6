//! A circuit per connection: a platform that fails or is late again and again is left alone for a while, so that quotes
//! do not wait for it in vain.
//!
//! Closed: every quote goes to the platform. After some failures in a row it opens: none does. When its time is over one
//! quote goes as a probe; its success closes the circuit, its failure opens it for twice as long.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connector_api::domain::{ConnectionId, Timestamp};

use crate::work::backoff::{Backoff, Jitter, after};

/// Longest a circuit stays open, in seconds.
const LONGEST_OPEN_S: i64 = 300;
const LONGEST_OPEN: Duration = Duration::from_mins(5);

/// When circuits open, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct CircuitRules {
    /// Failures in a row that open it.
    pub failures: u32,
    /// Seconds it stays open at first.
    pub open_s: u32,
}

/// The circuits of all connections.
#[derive(Debug)]
pub struct Circuits {
    rules: CircuitRules,
    troubled: Mutex<HashMap<ConnectionId, Circuit>>,
}

/// A circuit that is not simply closed.
#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    open_until: Option<Timestamp>,
    /// How often it has opened in a row.
    opened: u32,
    probing: bool,
}

/// The right to one call. Without a verdict it counts as neither success nor failure.
#[derive(Debug)]
pub struct Permit<'a> {
    circuits: &'a Circuits,
    connection: ConnectionId,
    is_probe: bool,
}

impl Circuits {
    /// All closed.
    pub fn new(rules: CircuitRules) -> Self {
        Self { rules, troubled: Mutex::default() }
    }

    /// The right to one call, or until when there is none.
    pub fn admit(&self, connection: &ConnectionId, now: Timestamp) -> Result<Permit<'_>, Timestamp> {
        let mut troubled = self.lock();
        let mut is_probe = false;
        if let Some(circuit) = troubled.get_mut(connection)
            && let Some(until) = circuit.open_until
        {
            // One that lies further ahead than it may comes from a clock that was ahead.
            let is_open = now < until && until <= now.plus_seconds(LONGEST_OPEN_S);
            if is_open || circuit.probing {
                return Err(until);
            }
            circuit.probing = true;
            is_probe = true;
        }
        Ok(Permit { circuits: self, connection: connection.clone(), is_probe })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Circuit>> {
        self.troubled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The platform answered.
    pub fn succeeded(self) {
        self.circuits.lock().remove(&self.connection);
    }

    /// The platform failed or was late. `pause_ms` is the pause it asked for.
    pub fn failed(self, now: Timestamp, pause_ms: Option<u64>) {
        let rules = self.circuits.rules;
        let mut troubled = self.circuits.lock();
        let circuit = troubled.entry(self.connection.clone()).or_default();
        circuit.failures = circuit.failures.saturating_add(1);
        let asked_s = pause_ms.map(|ms| i64::try_from(ms.div_ceil(1_000)).unwrap_or(LONGEST_OPEN_S));
        if self.is_probe || asked_s.is_some() || circuit.failures >= rules.failures {
            circuit.opened = circuit.opened.saturating_add(1);
            // No jitter: one probe goes at a time.
            let backoff = Backoff::new(Duration::from_secs(rules.open_s.into()), LONGEST_OPEN, Jitter::NONE);
            let asked = now.plus_seconds(asked_s.unwrap_or(0).clamp(1, LONGEST_OPEN_S));
            circuit.open_until = Some(after(now, backoff.pause(circuit.opened, 0.0)).max(asked));
            circuit.failures = 0;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe
            && let Some(circuit) = self.circuits.lock().get_mut(&self.connection)
        {
            circuit.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000).unwrap()
    }

    fn circuits() -> (Circuits, ConnectionId) {
        (Circuits::new(CircuitRules { failures: 3, open_s: 10 }), ConnectionId::from("conn_1"))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_a_probe_decides() {
        let (circuits, id) = circuits();
        for second in 0..3 {
            circuits.admit(&id, at(second)).unwrap().failed(at(second), None);
        }
        assert_eq!(circuits.admit(&id, at(3)).unwrap_err(), at(12));
        let probe = circuits.admit(&id, at(12)).unwrap();
        assert_eq!(circuits.admit(&id, at(12)).unwrap_err(), at(12), "one probe at a time");
        probe.failed(at(12), None);
        assert_eq!(circuits.admit(&id, at(20)).unwrap_err(), at(32), "twice as long");
        circuits.admit(&id, at(32)).unwrap().succeeded();
        circuits.admit(&id, at(32)).unwrap().failed(at(32), None);
        assert!(circuits.admit(&id, at(33)).is_ok(), "one failure opens nothing");
    }

    #[test]
    fn a_circuit_of_a_clock_that_was_ahead_is_not_open_until_then() {
        let (circuits, id) = circuits();
        for _ in 0..3 {
            circuits.admit(&id, at(400 * 86_400)).unwrap().failed(at(400 * 86_400), None);
        }
        assert!(circuits.admit(&id, at(400 * 86_400 + 1)).is_err());
        assert!(circuits.admit(&id, at(5)).is_ok());
    }

    #[test]
    fn a_success_between_failures_counts_them_anew() {
        let (circuits, id) = circuits();
        for _ in 0..5 {
            circuits.admit(&id, at(0)).unwrap().failed(at(0), None);
            circuits.admit(&id, at(0)).unwrap().failed(at(0), None);
            circuits.admit(&id, at(0)).unwrap().succeeded();
        }
        assert!(circuits.admit(&id, at(0)).is_ok());
    }

    #[test]
    fn a_probe_without_verdict_lets_another_try() {
        let (circuits, id) = circuits();
        circuits.admit(&id, at(0)).unwrap().failed(at(0), Some(4_200));
        assert_eq!(circuits.admit(&id, at(9)).unwrap_err(), at(10), "at least its own time");
        drop(circuits.admit(&id, at(10)).unwrap());
        assert!(circuits.admit(&id, at(10)).is_ok());
        assert!(circuits.admit(&ConnectionId::from("conn_2"), at(9)).is_ok(), "each connection has its own");
    }
}
