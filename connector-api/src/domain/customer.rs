//! Customers of a store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, ExternalId, Pii, Timestamp};

/// A customer as the platform knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The platform's id.
    pub id: ExternalId,
    /// Store they are a customer of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<ExternalId>,
    /// E-mail address of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
    /// Given name of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Pii<String>>,
    /// Family name of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Pii<String>>,
    /// Telephone number of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Pii<String>>,
    /// Known addresses of the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Market they buy in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_id: Option<ExternalId>,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Whether they agreed to be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts_marketing: Option<bool>,
    /// How many orders they placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_orders: Option<u32>,
    /// Whether the platform has erased who they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymized: bool,
    /// Since when they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When the platform last changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}
