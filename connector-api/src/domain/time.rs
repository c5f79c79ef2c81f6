//! Points in time: UTC, RFC 3339 on the wire.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time. Reads any RFC 3339 offset, always writes UTC (`2026-01-09T14:18:33Z`).
/// The default is 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is not an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time such as 2026-01-09T14:18:33Z")]
pub struct InvalidTimestamp(pub String);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z; `None` outside the years -9999 to 9999.
    pub fn from_unix_ms(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(Self)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_unix_ms(self) -> i64 {
        self.0.as_millisecond()
    }

    /// This time moved by a number of seconds, which may be negative; stays where it is at the ends of the range.
    ///
    /// ```
    /// use connector_api::domain::Timestamp;
    ///
    /// let placed: Timestamp = "2026-01-09T15:18:33+01:00".parse()?;
    /// assert_eq!(placed.plus_seconds(-33).to_string(), "2026-01-09T14:18:00Z");
    /// # Ok::<(), connector_api::domain::InvalidTimestamp>(())
    /// ```
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.0.checked_add(jiff::SignedDuration::from_secs(seconds)).map_or(self, Self)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidTimestamp(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2026-01-09T14:18:33Z"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        let time: Timestamp = "2026-01-09T15:18:33+01:00".parse().unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-01-09T14:18:33Z\"");
    }

    #[test]
    fn a_wrong_text_is_named() {
        let error = serde_json::from_str::<Timestamp>("\"yesterday\"").unwrap_err();
        assert!(error.to_string().contains("`yesterday` is not an RFC 3339 time"), "{error}");
    }
}
