//! Orders placed while the store runs: what they are ([`order`]), who changes them ([`order_api`], [`mutation`],
//! [`back_office`]), and how they become rows of the store ([`render`]).
//!
//! Orders of the seed are only read. What Centra does not document is decided here and said where it is done.

pub mod back_office;
pub mod mutation;
pub mod order;
pub mod order_api;
pub mod render;

use std::collections::BTreeMap;

use crate::orders::order::Order;

/// The orders placed so far, by number.
#[derive(Debug)]
pub struct Book {
    /// The orders.
    pub orders: BTreeMap<i64, Order>,
    /// Customers by e-mail address.
    pub customers: BTreeMap<String, i64>,
    next_number: i64,
    next_id: i64,
}

impl Default for Book {
    fn default() -> Self {
        Self { orders: BTreeMap::new(), customers: BTreeMap::new(), next_number: 2_000, next_id: 100_000 }
    }
}

impl Book {
    /// The next order number nobody has.
    pub fn number(&mut self) -> i64 {
        while self.orders.contains_key(&self.next_number) {
            self.next_number += 1;
        }
        self.next_number += 1;
        self.next_number - 1
    }

    /// The next id of anything else.
    pub fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// The number of the order a reference names: exactly one of `id`, `number`, `externalId`.
    pub fn find(&self, reference: &serde_json::Value) -> Result<i64, String> {
        let given = ["id", "number", "externalId"].map(|name| reference.get(name).filter(|value| !value.is_null()));
        if given.iter().flatten().count() != 1 {
            return Err("Exactly one input field should be provided.".to_owned());
        }
        let [hash, number, external] = given;
        let named = |order: &&Order| {
            hash.and_then(|own| own.as_str()).is_some_and(|own| own == order.hash)
                || number.and_then(serde_json::Value::as_i64) == Some(order.number)
                || external.is_some_and(|own| own.as_str() == order.external_id.as_deref())
        };
        let shown = given.iter().flatten().next().map(ToString::to_string).unwrap_or_default();
        self.orders
            .values()
            .find(named)
            .map(|order| order.number)
            .ok_or(format!("Could not find Order with ID {shown}."))
    }
}
