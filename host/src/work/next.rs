//! What follows a piece of work.

use std::time::Duration;

use connector_api::domain::Timestamp;

use super::backoff::Backoff;

/// What follows a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is due at this time, whatever has happened.
    At(Timestamp),
    /// It failed, for so many times in a row with this one, and is tried again; not before the pause that was asked for.
    Backoff {
        /// Failures in a row, this one included.
        failures: u32,
        /// What the other side asked for; a mistake in it is bounded by the longest pause.
        asked: Duration,
    },
    /// Nothing: it is done, or dead-lettered.
    Never,
}

impl Next {
    /// When it is due again; nothing when it is not. `draw` is between 0 and 1.
    pub fn due_at(self, backoff: &Backoff, now: Timestamp, draw: f64) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Backoff { failures, asked } => Some(backoff.due_at(now, failures, asked, draw)),
            Self::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::backoff::Jitter;

    #[test]
    fn what_was_asked_for_counts_up_to_the_longest_pause() {
        let backoff = Backoff::new(Duration::from_secs(10), Duration::from_mins(1), Jitter::NONE);
        let now = Timestamp::from_unix_ms(0).unwrap();
        let due = |next: Next| next.due_at(&backoff, now, 0.0).map(|at| at.as_unix_ms() / 1_000);
        let after = |failures, asked| due(Next::Backoff { failures, asked: Duration::from_secs(asked) });
        assert_eq!([after(1, 0), after(2, 0), after(2, 30), after(1, 9_999)], [10, 20, 30, 60].map(Some));
        assert_eq!([due(Next::At(now)), due(Next::Never)], [Some(0), None]);
    }
}
