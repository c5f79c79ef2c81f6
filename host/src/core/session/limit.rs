//! So many checks a minute and session: a link is no place to try out tokens. They are counted with the session, whichever
//! replica runs them.

use connector_api::domain::Timestamp;

use super::Error;
use crate::{model::session::CheckWindow, store::Store};

/// Checks of one session within a minute.
const WINDOW: CheckWindow = CheckWindow { checks: 5, ms: 60_000 };

/// Counts a check; an error with seconds to wait when there were too many.
pub(super) async fn count(store: &Store, session: &str, now: Timestamp) -> Result<(), Error> {
    match store.count_check(session, WINDOW, now).await? {
        None => Ok(()),
        Some(wait_ms) => {
            Err(Error::TooManyChecks { retry_after_s: u64::try_from(wait_ms.div_euclid(1_000) + 1).unwrap_or(1) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_within_a_minute_waits_for_the_first_to_pass() {
        let mut times = vec![];
        let mut count = |ms: i64| WINDOW.count(&mut times, 1_760_000_000_000 + ms);
        for number in 0..5 {
            assert_eq!(count(number * 1_000), None);
        }
        assert_eq!(count(10_000), Some(50_000));
        assert_eq!(count(60_001), None);
        assert!(count(60_002).is_some_and(|wait_ms| wait_ms < 1_000));
        assert_eq!(count(0), None, "checks of a clock that was ahead count no more");
    }
}
