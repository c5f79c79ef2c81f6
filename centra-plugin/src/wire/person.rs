//! People: customers, and the addresses of orders.

use std::fmt;

use serde::Deserialize;

use super::{Code, Id, id, integer};

/// A postal address.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Street.
    pub address1: Option<String>,
    /// Second line.
    pub address2: Option<String>,
    /// Postal code.
    pub zip_code: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State as written.
    pub state_or_province: Option<String>,
    /// State by code.
    pub state: Option<Code>,
    /// Country.
    pub country: Option<Code>,
    /// E-mail.
    pub email: Option<String>,
    /// Telephone.
    pub phone_number: Option<String>,
    /// Mobile.
    pub cell_phone_number: Option<String>,
}

/// The customer of an order.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Id.
    #[serde(deserialize_with = "id")]
    pub id: i64,
    /// E-mail.
    #[serde(default)]
    pub email: Option<String>,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub last_name: Option<String>,
}

/// A customer of a store.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// Telephone.
    #[serde(default)]
    pub phone_number: Option<String>,
    /// Mobile.
    #[serde(default)]
    pub cell_phone_number: Option<String>,
    /// Since when they are known.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When they changed.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// Orders placed.
    #[serde(default, deserialize_with = "integer")]
    pub total_orders: Option<i64>,
    /// Whether they were erased.
    #[serde(default)]
    pub is_anonymized: Option<bool>,
    /// Whether they may be written to.
    #[serde(default)]
    pub receive_newsletters: Option<bool>,
    /// Their store.
    #[serde(default)]
    pub store: Option<Id>,
    /// Their address.
    #[serde(default)]
    pub billing_address: Option<Address>,
}

macro_rules! silent {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([personal])"))
            }
        })+
    };
}

silent!(Address, Person, Customer);
