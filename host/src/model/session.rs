//! Connect sessions: one merchant's link, from its making to the redirect back.

use connector_api::domain::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::connection::Environment;

/// Status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// The merchant may fill in the form.
    Open,
    /// The checks have passed; the merchant has not confirmed yet.
    Checked,
    /// The confirmation is being processed.
    Confirming,
    /// The connection was made or renewed.
    Done,
    /// The merchant cancelled it.
    Cancelled,
    /// It expired before it was done.
    // Never stored: `expires_at` decides it.
    Expired,
}

impl SessionStatus {
    const STORED: [Self; 5] = [Self::Open, Self::Checked, Self::Confirming, Self::Done, Self::Cancelled];

    /// The word it is stored as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Checked => "checked",
            Self::Confirming => "confirming",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::STORED.into_iter().find(|status| status.as_str() == word)
    }
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionResult {
    /// The store is connected.
    Connected,
    /// The store is connected, with something missing.
    Degraded,
}

impl SessionResult {
    /// The word of the redirect.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Degraded => "degraded",
        }
    }
}

/// A merchant's link. Its token is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectSession {
    /// `cs_` and a UUID version 7.
    pub id: String,
    /// SHA-256 of the token in the link.
    pub token_hash: Vec<u8>,
    /// The channel that made it.
    pub channel_id: String,
    /// The connector the merchant connects.
    pub connector_id: String,
    /// The connection it will make, or renews.
    pub connection: ConnectionId,
    /// Whether that connection exists and is to be renewed.
    pub reauth: bool,
    /// Where the merchant is sent back to.
    pub redirect_url: String,
    /// Given back with the merchant, untouched.
    pub state: Option<String>,
    /// The channel's own id of the merchant.
    pub merchant_id: Option<String>,
    /// Language of the page.
    pub locale: Option<String>,
    /// Whether the connection is for tests.
    pub environment: Environment,
    /// Its status.
    pub status: SessionStatus,
    /// What was typed so far, without secrets.
    pub draft: Draft,
    /// What was checked and awaits the merchant's yes, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When the platform first sent a webhook that is authentic by what was checked.
    pub webhook_received_at: Option<Timestamp>,
    /// How it ended; what the channel reads when it redeems the result.
    pub result: Option<String>,
    /// The key that signs the result, sealed.
    pub result_key: Option<Vec<u8>>,
    /// When the channel redeemed the result.
    pub redeemed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// So many checks of a session within a window that slides.
#[derive(Debug, Clone, Copy)]
pub struct CheckWindow {
    /// Checks at most.
    pub checks: usize,
    /// Length of the window in milliseconds.
    pub ms: i64,
}

impl CheckWindow {
    /// Counts a check among those of `times`, of which old ones are forgotten; when there were too many it is not counted, and the
    /// answer is how many milliseconds the next has to wait.
    pub fn count(self, times: &mut Vec<i64>, now: i64) -> Option<i64> {
        // One that lies ahead comes from a clock that was.
        times.retain(|time| (0..self.ms).contains(&now.saturating_sub(*time)));
        if times.len() >= self.checks {
            return Some(times.iter().min().map_or(0, |oldest| oldest + self.ms - now));
        }
        times.push(now);
        None
    }
}

/// What was typed so far. Never holds a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Draft {
    /// Values of the credential form.
    #[serde(default)]
    pub credentials: serde_json::Map<String, serde_json::Value>,
    /// Values of the settings form.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}
