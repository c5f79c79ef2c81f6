//! What one open connector has learned from answers: permissions used, deprecations told, costs, quota.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    ConnectorError,
    domain::Timestamp,
    wire::service::{QuotaKind, QuotaWindow},
};
use serde::Deserialize;

use super::{answer::Extensions, fit::Fit};
use crate::{operation::Operation, schema::known::Known};

/// After how many answers the state of the quota is asked for again, along with whatever is asked then.
const LIMITS_EVERY: u32 = 25;

/// What was learned.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) permissions_used: BTreeSet<String>,
    pub(super) windows: Vec<QuotaWindow>,
    deprecated: BTreeSet<String>,
    row_costs: BTreeMap<&'static str, u64>,
    pub(super) complexity_per_10s: Option<u64>,
    until_limits: u32,
    fits: BTreeMap<&'static str, Fit>,
    /// Why a list was abandoned last, of which not even single records could be read.
    pub(super) abandoned: Option<ConnectorError>,
    /// How many seconds the host's clock is ahead of the platform's, as its last answer told.
    pub(super) clock_ahead_s: Option<i64>,
}

impl Session {
    /// Whether the next question should ask for the state of the quota, too.
    pub(super) fn limits_are_due(&self) -> bool {
        self.until_limits == 0
    }

    /// What is remembered of pages that failed.
    pub(super) fn fit(&self, operation: Operation) -> Option<Fit> {
        self.fits.get(operation.name()).copied()
    }

    /// Remembers how large pages may be.
    pub(super) fn remember(&mut self, operation: Operation, fit: Option<Fit>) {
        match fit {
            Some(fit) => drop(self.fits.insert(operation.name(), fit)),
            None => drop(self.fits.remove(operation.name())),
        }
    }

    /// What one row of an operation costs.
    pub(super) fn row_cost(&self, known: &Known, operation: Operation) -> u64 {
        self.row_costs.get(operation.name()).copied().unwrap_or_else(|| known.row_cost(operation))
    }

    /// Takes in what an answer says; returns deprecations not reported before. `rows` is absent where they cost what others do
    /// not.
    pub(super) fn note(
        &mut self,
        operation: Operation,
        extensions: &Extensions,
        windows: &[QuotaWindow],
        with_limits: bool,
        rows: Option<u32>,
    ) -> Vec<String> {
        self.until_limits = if with_limits { LIMITS_EVERY } else { self.until_limits.saturating_sub(1) };
        self.permissions_used.extend(extensions.permissions_used.iter().flatten().take(500).cloned());
        if let (Some(charged), Some(rows)) = (extensions.complexity, rows) {
            self.row_costs.insert(operation.name(), charged.div_ceil(u64::from(rows.max(1))));
        }
        if !windows.is_empty() {
            self.windows = windows.to_vec();
        }
        let ten_seconds = windows.iter().find(|window| window.kind == QuotaKind::Complexity && window.interval_s == 10);
        self.complexity_per_10s = ten_seconds.map(|window| window.quota).or(self.complexity_per_10s);
        let reported = extensions.deprecated_fields_used.iter().flatten().take(100);
        reported
            .map(|sentence| sentence.chars().take(300).collect())
            .filter(|sentence: &String| self.deprecated.insert(sentence.clone()))
            .collect()
    }

    /// Adds costs and quota to what is kept.
    pub(super) fn add_to(&self, known: &mut Known) {
        known.row_costs.extend(self.row_costs.iter().map(|(name, cost)| ((*name).to_owned(), *cost)));
        known.complexity_per_10s = self.complexity_per_10s.or(known.complexity_per_10s);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LimitsPart {
    #[serde(default)]
    rate_limits: Option<Vec<RateLimit>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RateLimit {
    #[serde(rename = "type")]
    kind: String,
    interval_seconds: serde_json::Value,
    quota: u64,
    remaining_quota: u64,
}

/// The windows of the quota, if the data holds them. Kinds and intervals that are not known are left out.
pub(super) fn windows_of(data: &str) -> Vec<QuotaWindow> {
    let limits = serde_json::from_str::<LimitsPart>(data).ok().and_then(|part| part.rate_limits).unwrap_or_default();
    let window = |limit: RateLimit| {
        let kind = match limit.kind.as_str() {
            "REQUEST_COUNT" => QuotaKind::Requests,
            "MUTATION_COUNT" => QuotaKind::Mutations,
            "QUERY_COMPLEXITY" => QuotaKind::Complexity,
            _ => return None,
        };
        let interval_s = match limit.interval_seconds.as_str() {
            Some("TEN_SECONDS") => 10,
            Some("ONE_HOUR") => 3_600,
            _ => limit.interval_seconds.as_u64()?,
        };
        Some(QuotaWindow { kind, interval_s, quota: limit.quota, remaining: limit.remaining_quota })
    };
    limits.into_iter().filter_map(window).collect()
}

/// The seconds since 1970 of an HTTP date: `Tue, 15 Nov 1994 08:12:31 GMT`.
pub(super) fn seconds_of(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = date.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|own| own == month)? + 1;
    let at: Timestamp = format!("{year}-{month:02}-{day}T{time}Z").parse().ok()?;
    Some(at.as_unix_ms().div_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(seconds_of("Tue, 15 Nov 1994 08:12:31 GMT"), Some(784_887_151));
        assert_eq!(seconds_of("1994-11-15"), None);
    }
}
