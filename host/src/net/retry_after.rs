//! How long a platform asks to wait, in any of the forms seen in the wild.

use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;

/// Longest pause a platform can dictate. A mistaken date in the far future must not silence a connection for days;
/// after an hour the platform is asked again, and may repeat itself.
const LONGEST: Duration = Duration::from_hours(1);

/// Numbers from here on are points in time (September 2001), below they are seconds to wait.
const FIRST_EPOCH_SECONDS: f64 = 1e9;
/// Numbers from here on are points in time in milliseconds (the same month), below in seconds (year 33658).
const FIRST_EPOCH_MILLISECONDS: f64 = 1e12;

/// Reads the value of `Retry-After`: seconds, an HTTP date, an RFC 3339 time, or a Unix time in seconds or
/// milliseconds. A time in the past means now; garbage and negative numbers mean nothing (`None`).
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let (number, is_time) = match value.parse::<f64>() {
        Ok(number) if number >= FIRST_EPOCH_MILLISECONDS => (number / 1e3, true),
        Ok(number) => (number, number >= FIRST_EPOCH_SECONDS),
        Err(_) => (date(value)?, true),
    };
    if !number.is_finite() || number < 0.0 {
        return None;
    }
    let seconds = if is_time { number - seconds_of(now) } else { number };
    let milliseconds = (seconds.clamp(0.0, LONGEST.as_secs_f64()) * 1e3).round();
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}

fn seconds_of(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// Seconds since 1970.
fn date(value: &str) -> Option<f64> {
    let http = httpdate::parse_http_date(value).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    http.map(|time| time.as_secs_f64()).or_else(|| value.parse().ok().map(seconds_of))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn ms(value: &str) -> Option<u128> {
        parse_retry_after(value, now()).map(|wait| wait.as_millis())
    }

    #[test]
    fn every_form_is_read() {
        for (value, wait) in [
            ("0", Some(0)),
            ("7", Some(7_000)),
            (" 7 ", Some(7_000)),
            ("0.5", Some(500)),
            ("Sun, 01 Mar 2026 12:00:30 GMT", Some(30_000)),
            ("Sunday, 01-Mar-26 12:00:30 GMT", Some(30_000)),
            ("Sun Mar  1 12:00:30 2026", Some(30_000)),
            ("2026-03-01T12:00:30Z", Some(30_000)),
            ("2026-03-01T13:00:30.250+01:00", Some(30_250)),
            ("1772366430", Some(30_000)),
            ("1772366430500", Some(30_500)),
            ("Sun, 01 Mar 2026 11:00:00 GMT", Some(0)),
            ("1700000000", Some(0)),
            ("999999", Some(3_600_000)),
            ("9999999999", Some(3_600_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3_600_000)),
            ("18446744073709551616", Some(3_600_000)),
            ("1e300", Some(3_600_000)),
            ("-1", None),
            ("-0.5", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
            ("7 seconds", None),
            ("2026-13-01T00:00:00Z", None),
        ] {
            assert_eq!(ms(value), wait, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_wait_is_bounded(value in "\\PC{0,40}|-?[0-9]{1,30}(\\.[0-9]{0,9})?") {
            prop_assert!(parse_retry_after(&value, now()).is_none_or(|wait| wait <= LONGEST));
        }

        #[test]
        fn the_same_moment_gives_the_same_wait_in_every_form(seconds in 0i64..3600) {
            let then = now() + Duration::from_secs(seconds.unsigned_abs());
            let http = httpdate::fmt_http_date(then.try_into().unwrap());
            for form in [http, then.to_string(), then.as_second().to_string(), then.as_millisecond().to_string(), seconds.to_string()] {
                prop_assert_eq!(ms(&form), Some(u128::from(seconds.unsigned_abs()) * 1000), "{}", form);
            }
        }
    }
}
