//! So many checks a minute and session: a link is no place to try out tokens.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use connector_api::domain::Timestamp;

/// Checks of one session …
const CHECKS: usize = 5;
/// … within so many milliseconds.
const WINDOW_MS: i64 = 60_000;
/// Sessions remembered before old ones are forgotten.
const MANY: usize = 10_000;

/// Counts checks, in this process.
#[derive(Debug, Default)]
pub(super) struct CheckLimit(Mutex<HashMap<String, VecDeque<i64>>>);

impl CheckLimit {
    /// Counts a check; `Err` with seconds to wait when there were too many.
    pub(super) fn count(&self, session: &str, now: Timestamp) -> Result<(), u64> {
        let now = now.as_unix_ms();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() > MANY {
            sessions.retain(|_, times| times.back().is_some_and(|last| is_recent(*last, now)));
        }
        let times = sessions.entry(session.to_owned()).or_default();
        times.retain(|time| is_recent(*time, now));
        if times.len() >= CHECKS {
            let oldest = times.front().copied().unwrap_or(now);
            return Err(u64::try_from((oldest + WINDOW_MS - now).div_euclid(1_000) + 1).unwrap_or(1));
        }
        times.push_back(now);
        Ok(())
    }
}

/// Whether a check counts still; one that lies ahead comes from a clock that was.
fn is_recent(time: i64, now: i64) -> bool {
    (0..WINDOW_MS).contains(&(now - time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_760_000_000_000 + ms).unwrap()
    }

    #[test]
    fn the_sixth_within_a_minute_waits_for_the_first_to_pass() {
        let limit = CheckLimit::default();
        for number in 0..5 {
            assert_eq!(limit.count("a", at(number * 1_000)), Ok(()));
        }
        assert_eq!(limit.count("a", at(10_000)), Err(51));
        assert_eq!(limit.count("b", at(10_000)), Ok(()), "another session is not held up");
        assert_eq!(limit.count("a", at(60_001)), Ok(()));
        assert!(limit.count("a", at(60_002)).is_err());
        assert_eq!(limit.count("a", at(0)), Ok(()), "checks of a clock that was ahead count no more");
    }
}
