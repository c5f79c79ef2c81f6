//! Channels, the keys they and operators use, and browsers that are signed in.

use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::connection::Environment;

/// Most keys of a channel that are valid at the same time: the one in use and the one that replaces it.
pub const LIVE_KEYS: u32 = 2;

/// A sales channel, to which merchants connect their stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Channel {
    /// `ch_` and a UUID version 7.
    pub id: String,
    /// Rises with every change.
    pub version: i64,
    /// Name that merchants read.
    pub name: String,
    /// Square picture, https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Colour of its buttons, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent_color: Option<String>,
    /// Where merchants may be sent back to. Compared letter by letter.
    pub redirect_urls: Vec<String>,
    /// Connectors its merchants may use; all when empty.
    pub allowed_connectors: Vec<String>,
    /// Origins whose pages may show the connect page in a frame; none when empty.
    pub frame_ancestors: Vec<String>,
    /// What becomes of quotes with parts that the platform did not compute.
    #[serde(default)]
    pub local_quotes: LocalQuotes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What becomes of a channel's quotes with parts that the platform did not compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocalQuotes {
    /// They are answered as they are.
    Allow,
    /// They are answered with a message that names the parts.
    #[default]
    Flag,
    /// They are refused.
    Block,
}

impl LocalQuotes {
    /// The word it is stored as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Block => "block",
        }
    }

    /// The policy of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Allow, Self::Flag, Self::Block].into_iter().find(|policy| policy.as_str() == word)
    }
}

/// A key as it is kept: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiKey {
    /// Id of the key: the part between its second and third `_`.
    pub id: String,
    /// Whose; absent for an operator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
    /// Whether it may only be used for tests.
    pub environment: Environment,
    /// Name people gave it.
    pub label: String,
    /// SHA-256 of its secret.
    #[serde(skip)]
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it stopped working.
    pub revoked_at: Option<Timestamp>,
}
