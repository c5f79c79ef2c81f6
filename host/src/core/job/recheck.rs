//! When a connection is validated again.

use std::time::Duration;

use connector_api::domain::Timestamp;

use crate::{
    model::connection::{Connection, ConnectionStatus},
    work::backoff::{Backoff, Jitter, of_key},
};

/// Seconds before a validation is tried again that came to nothing, so that platforms that are down leave room for others.
const CHECK_AGAIN_S: i64 = 3_600;
/// Before a connection in trouble is checked for the first time; the pauses double up to `server.check_every_h`.
const TROUBLE_PAUSE: Duration = Duration::from_mins(1);
const DAY_S: i64 = 86_400;

/// Whether a connection is to be checked that was last tried in vain at `tried`.
pub(super) fn is_due(connection: &Connection, tried: Option<Timestamp>, every_h: u32, now: Timestamp) -> bool {
    // What lies ahead comes from a clock that was.
    let [validated, tried] = [connection.validated_at, tried].map(|at| at.filter(|at| *at <= now));
    let asked = validated.max(tried);
    let is_over = |at: Option<Timestamp>, pause_s: i64| at.is_none_or(|at| at.plus_seconds(pause_s) <= now);
    let every_s = i64::from(every_h) * 3_600;
    match connection.health.status {
        ConnectionStatus::Degraded | ConnectionStatus::Failing | ConnectionStatus::ReauthRequired => {
            is_over(asked, trouble_pause_s(connection, asked, if every_h > 0 { every_s } else { DAY_S }))
        }
        ConnectionStatus::Active | ConnectionStatus::Expiring => {
            every_h > 0 && is_over(validated, every_s) && is_over(tried, CHECK_AGAIN_S)
        }
        ConnectionStatus::Pending | ConnectionStatus::Validating | ConnectionStatus::Disconnected => false,
    }
}

/// Seconds before a connection in trouble is checked again, so that a platform that is repaired brings it back by itself: as
/// long as the trouble had lasted when it was checked last, so that the pauses double, and a little more, by its id, so that
/// those that fell together do not come back together.
fn trouble_pause_s(connection: &Connection, asked: Option<Timestamp>, longest_s: i64) -> i64 {
    let since = connection.health.since.as_unix_ms();
    let lasted_s = asked.map_or(0, |asked| asked.as_unix_ms().saturating_sub(since) / 1_000);
    let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let backoff = Backoff::new(TROUBLE_PAUSE, seconds(longest_s), Jitter::FIFTH_LATER);
    let pause = backoff.pause_as_long_as(seconds(lasted_s), of_key(connection.id.as_str()));
    i64::try_from(pause.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::Environment;

    #[test]
    fn a_connection_in_trouble_is_checked_again_and_again_and_ever_less_often() {
        let start: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        for (every_h, least, most) in [(0, 8, 14), (24, 8, 14), (1, 24, 30)] {
            let mut connection = Connection::new("demo", "1.0.0", "1", Environment::Test, start);
            connection.health.status = ConnectionStatus::ReauthRequired;
            connection.validated_at = Some(start);
            let (mut checks, mut tried) = (vec![], None);
            for minute in 0..24 * 60 {
                let now = start.plus_seconds(minute * 60);
                if is_due(&connection, tried, every_h, now) {
                    checks.push(minute);
                    tried = Some(now);
                }
            }
            assert!(checks.first().is_some_and(|first| *first <= 2), "{checks:?}");
            assert!((least..=most).contains(&checks.len()), "{every_h} h: {checks:?}");
        }
    }

    #[test]
    fn a_check_of_a_clock_that_was_ahead_keeps_no_connection_from_being_checked() {
        let now: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        let ahead = now.plus_seconds(400 * DAY_S);
        for status in [ConnectionStatus::Active, ConnectionStatus::ReauthRequired, ConnectionStatus::Failing] {
            let mut connection = Connection::new("demo", "1.0.0", "1", Environment::Test, ahead);
            connection.health.status = status;
            connection.validated_at = Some(ahead);
            assert!(is_due(&connection, Some(ahead), 24, now), "{status:?}");
            connection.validated_at = Some(now);
            assert!(!is_due(&connection, None, 24, now.plus_seconds(30)), "{status:?}");
        }
    }
}
