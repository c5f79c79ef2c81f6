//! Centra's JSON as the queries select it. What a live schema may lack is optional here, enums stay text, and a list
//! that is absent is empty.

pub mod amount;
pub mod bundle;
pub mod campaign;
pub mod catalog;
pub mod checkout;
pub mod commerce;
pub mod event;
pub mod fault;
pub mod listed;
mod loose;
pub mod money;
pub mod order;
pub mod payment;
pub mod person;
pub mod shipment;
pub mod shown;
pub mod store;
pub mod storefront_cart;

use serde::{Deserialize, Deserializer};

/// Something of which only the id is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Id {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
}

/// Something of which only the code is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Code {
    /// Such as `SE` or `SEK`.
    pub code: Option<String>,
}

/// A Relay connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: Deserialize<'de>")]
pub struct Connection<T> {
    /// Records of the whole pass.
    #[serde(default)]
    pub total_count: Option<u64>,
    /// Where to go on.
    pub page_info: PageInfo,
    /// This page; null where the platform failed to give a record.
    #[serde(default)]
    pub edges: Vec<Option<Edge<T>>>,
}

/// Where a connection goes on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// Whether there is more.
    pub has_next_page: bool,
    /// Cursor of the last record.
    #[serde(default)]
    pub end_cursor: Option<String>,
}

/// One record of a connection; null when the platform failed to give it.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub struct Edge<T> {
    /// The record.
    pub node: Option<T>,
}

/// An id: a number, or a number as text.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    integer(deserializer)?.ok_or_else(|| serde::de::Error::custom("an id is missing"))
}

/// A whole number, as number or text: Centra's `Int64` may be either.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Number(i64),
        Text(String),
    }
    match Option::<Form>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Form::Number(number)) => Ok(Some(number)),
        Some(Form::Text(text)) => text.trim().parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// A list whose absence, null or null elements mean nothing.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<Option<T>>>::deserialize(deserializer)?.unwrap_or_default().into_iter().flatten().collect())
}
