//! Postal addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Pii;

/// A postal address. Every line is personal data; the country and region decide tax and shipping and are not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// Who receives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
    /// Name of the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Pii<String>>,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<Pii<String>>,
    /// Second line of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Pii<String>>,
    /// Name of the city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Pii<String>>,
    /// State or province, as the country writes it (`CA`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<String>,
    /// Postal code, as the country writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Pii<String>>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Telephone number of the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Pii<String>>,
    /// E-mail address of the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
}
