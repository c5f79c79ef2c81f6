//! How values are stored: times as milliseconds, counts as signed numbers, documents as JSON.

use connector_api::domain::Timestamp;

use super::failure::{Failure, Outcome};
use crate::store::error::Error;

/// A stored time.
pub(crate) fn time(ms: i64) -> Outcome<Timestamp> {
    Timestamp::from_unix_ms(ms).ok_or_else(|| unreadable("time", format!("{ms} is outside the calendar")))
}

/// A stored time that may be absent.
pub(crate) fn optional_time(ms: Option<i64>) -> Outcome<Option<Timestamp>> {
    ms.map(time).transpose()
}

/// A stored count.
pub(crate) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

/// A stored number of a size that it does not exceed.
pub(crate) fn small(what: &str, stored: i64) -> Outcome<u32> {
    u32::try_from(stored).map_err(|_| unreadable(what, stored.to_string()))
}

/// A count as it is stored.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A value of the database that this program cannot read.
pub(crate) fn unreadable(what: &str, detail: impl Into<String>) -> Failure {
    Failure::Store(Error::Unreadable { what: what.to_owned(), detail: detail.into() })
}

/// A document as it is stored.
pub(crate) fn to_json(what: &str, value: &impl serde::Serialize) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| unreadable(what, error.to_string()))
}

/// A stored document.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error.to_string()))
}

/// A word of an enum that is stored.
pub(crate) fn word<T>(what: &str, word: String, read: impl Fn(&str) -> Option<T>) -> Outcome<T> {
    read(&word).ok_or_else(|| unreadable(what, word))
}
