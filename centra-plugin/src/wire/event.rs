//! Events of the queue.

use serde::Deserialize;

use super::{Id, id};

/// One change.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Id, by which it is confirmed.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// What changed.
    pub object_type: String,
    /// How.
    pub change_type: String,
    /// Its id; of an order, its number.
    #[serde(deserialize_with = "id")]
    pub object_reference: i64,
    /// When.
    #[serde(default)]
    pub created_at: Option<String>,
    /// In which store.
    #[serde(default)]
    pub store: Option<Id>,
}
