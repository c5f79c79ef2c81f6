//! Channels, the keys they and operators use, and browsers that are signed in.

use async_trait::async_trait;
use connector_api::domain::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    connection::Environment,
    error::Result,
    paging::{Listing, PageQuery},
};

/// Most keys of a channel that work at the same time: the one in use and the one that replaces it.
pub const LIVE_KEYS: u32 = 2;

/// A customer of the platform, whose merchants connect their stores.
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
    /// The middle part of the key.
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

/// Keeps channels and keys.
#[async_trait]
pub trait ChannelStore: Send + Sync {
    /// Adds a channel and sets its version to 1.
    async fn insert_channel(&self, channel: &mut Channel) -> Result<()>;

    /// One channel.
    async fn channel(&self, id: &str) -> Result<Option<Channel>>;

    /// Writes a changed channel if nobody else has since it was read. `Conflict` when somebody has.
    async fn update_channel(&self, channel: &mut Channel) -> Result<()>;

    /// Channels, oldest first.
    async fn channels(&self, page: &PageQuery) -> Result<Listing<Channel>>;

    /// Adds a key. `Limit` when the channel has [`LIVE_KEYS`] keys that work. Operators may have any number.
    async fn insert_key(&self, key: &ApiKey) -> Result<()>;

    /// One key, revoked or not.
    async fn key(&self, id: &str) -> Result<Option<ApiKey>>;

    /// Keys of a channel, or of operators, newest first; at most 100.
    async fn keys(&self, channel: Option<&str>) -> Result<Vec<ApiKey>>;

    /// Ends a key and every sign-in made with it; `false` when there is none that works.
    async fn revoke_key(&self, channel: Option<&str>, id: &str, now: Timestamp) -> Result<bool>;

    /// Notes that a key was used.
    async fn touch_key(&self, id: &str, now: Timestamp) -> Result<()>;

    /// Keeps a sign-in until it expires, and forgets those that have.
    async fn insert_login(&self, hash: &[u8], key: &str, now: Timestamp, expires_at: Timestamp) -> Result<()>;

    /// The key that a sign-in was made with, while both hold.
    async fn key_of_login(&self, hash: &[u8], now: Timestamp) -> Result<Option<ApiKey>>;

    /// Ends a sign-in.
    async fn delete_login(&self, hash: &[u8]) -> Result<()>;
}
