//! How long a platform asks to wait, in any of the forms seen in the wild.

use std::time::Duration;

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
    let wait = match value.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => from_number(number, now)?,
        Ok(_) => return None,
        Err(_) => until(date(value)?, now),
    };
    Some(wait.min(LONGEST))
}

fn from_number(number: f64, now: Timestamp) -> Option<Duration> {
    let wait = if number >= FIRST_EPOCH_MILLISECONDS {
        number / 1e3 - seconds_of(now)
    } else if number >= FIRST_EPOCH_SECONDS {
        number - seconds_of(now)
    } else {
        number
    };
    Duration::try_from_secs_f64(wait.clamp(0.0, LONGEST.as_secs_f64())).ok()
}

fn seconds_of(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

fn date(value: &str) -> Option<Timestamp> {
    let http = httpdate::parse_http_date(value).ok().and_then(|time| Timestamp::try_from(time).ok());
    http.or_else(|| value.parse().ok())
}

fn until(time: Timestamp, now: Timestamp) -> Duration {
    time.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}
