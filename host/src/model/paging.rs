//! Lists come in pages: a limit and an opaque cursor that says where the last page ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::Serialize;

/// Most items of one page.
pub const MAX_LIMIT: u32 = 250;

/// A cursor that no list of this host ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`cursor` was not issued by this host; start again without it")]
pub struct BadCursor;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// Most items wanted; 0 means 50, more than 250 means 250.
    pub limit: u32,
    /// `next_cursor` of the page before; absent for the first.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Listing<T> {
    /// Items of this page.
    pub data: Vec<T>,
    /// Cursor of the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

impl PageQuery {
    /// The first page of at most `limit` items.
    pub fn first(limit: u32) -> Self {
        Self { limit, cursor: None }
    }

    /// The page after one that ended with `cursor`.
    pub fn after(limit: u32, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The limit to use.
    pub fn effective_limit(&self) -> u32 {
        match self.limit {
            0 => 50,
            limit => limit.min(MAX_LIMIT),
        }
    }

    /// The key the last page ended with.
    pub fn key(&self) -> Result<Option<String>, BadCursor> {
        self.cursor.as_deref().map(decode).transpose()
    }
}

impl<T> Listing<T> {
    /// A page from up to `limit + 1` items read: the last one only says that there is more.
    pub fn from_overread(mut data: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = data.len() > limit;
        data.truncate(limit);
        let next_cursor = data.last().filter(|_| more).map(|item| encode(&key(item)));
        Self { data, next_cursor }
    }
}

/// A cursor that hides `key`.
pub fn encode(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key in a cursor.
pub fn decode(cursor: &str) -> Result<String, BadCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
    String::from_utf8(bytes).map_err(|_| BadCursor)
}
