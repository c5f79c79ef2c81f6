//! What is held of one person: exported and erased on request, each with a record of who asked.
//!
//! Erasing removes what is about the person here, and keeps what was bought and paid. The platform still has it: every sync
//! reads it again, finds the person among the erased, and leaves out what is about them.

use std::collections::BTreeSet;

use connector_api::{
    FieldError,
    domain::{Adjustment, ConnectionId, Customer, Order, Shipment, Timestamp},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;
use crate::{
    core::{cart::check::MAX_TEXT, connection::Ctx, sync::PersonalRows},
    model::{
        event::ConnectionEvent,
        order::{SealedRecord, StoredOrder},
        person::{Erasure, MAX_ORDERS},
        rows::Pseudonym,
    },
    secret::{PersonalSeal, Vault},
    spelling,
    store::Store,
};

pub use crate::model::person::Erased;

/// Most characters of a reference.
const MAX_REFERENCE: usize = 100;

/// Whose data. Exactly one of the first two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// The platform's id of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// An e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The number of the person's request, for the record; nothing about the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The personal data that the host holds of one person.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PersonExport {
    /// Time of the export.
    pub exported_at: Timestamp,
    /// Customers of that id or address.
    #[schemars(with = "Vec<Customer>")]
    pub customers: Vec<Value>,
    /// Orders with data of the person, as the contract has them.
    #[schemars(with = "Vec<Order>")]
    pub orders: Vec<Value>,
    /// Shipments of those orders.
    #[schemars(with = "Vec<Shipment>")]
    pub shipments: Vec<Value>,
    /// Returns and refunds of those orders.
    #[schemars(with = "Vec<Adjustment>")]
    pub returns: Vec<Value>,
}

/// A person that was found.
struct Found {
    seal: PersonalSeal,
    pseudonyms: BTreeSet<Pseudonym>,
    customers: Vec<SealedRecord>,
    orders: Vec<StoredOrder>,
}

/// Everything held of one person. Leaves a record of who asked.
pub(super) async fn export(
    store: &Store,
    vault: &Vault,
    ctx: &Ctx,
    id: &ConnectionId,
    person: &Person,
) -> Result<PersonExport, Error> {
    let found = find(store, vault, id, person).await?;
    let open = |kind: &str, record: &SealedRecord| -> Result<Value, Error> {
        Ok(serde_json::from_slice(&found.seal.open(kind, &record.id, &record.blob)?)?)
    };
    let mut export = PersonExport {
        exported_at: ctx.now,
        customers: found.customers.iter().map(|record| open("customer", record)).collect::<Result<_, _>>()?,
        orders: vec![],
        shipments: vec![],
        returns: vec![],
    };
    for order in &found.orders {
        let body = found.seal.open("order", &order.summary.id, &order.blob)?;
        export.orders.push(serde_json::from_slice(&body)?);
        for part in &order.shipments {
            export.shipments.push(open("shipment", part)?);
        }
        for part in &order.returns {
            export.returns.push(open("return", part)?);
        }
    }
    let (customers, orders) = (export.customers.len(), export.orders.len());
    let event = record_of(ctx, id, "customer_exported", person, customers, orders);
    store.record_event(&event, None).await?;
    Ok(export)
}

/// Erases one person for good. Leaves a record of who asked. No error when nothing is held: the person is kept out from
/// now on.
pub(super) async fn erase(
    store: &Store,
    vault: &Vault,
    ctx: &Ctx,
    id: &ConnectionId,
    person: &Person,
) -> Result<Erased, Error> {
    let found = find(store, vault, id, person).await?;
    let orders: Vec<Pseudonym> = found.orders.iter().map(|order| found.seal.order(&order.summary.id)).collect();
    let pseudonyms: Vec<Pseudonym> = found.pseudonyms.iter().cloned().chain(orders).collect();
    // Made as a sync would make them once the person is erased.
    let rows = PersonalRows::new(found.seal.clone(), pseudonyms.iter().cloned().collect());
    let mut erasure = Erasure {
        pseudonyms,
        customers: found.customers.iter().map(|customer| customer.id.clone()).collect(),
        ..Erasure::default()
    };
    for order in &found.orders {
        let body = found.seal.open("order", &order.summary.id, &order.blob)?;
        erasure.orders.push(rows.order_row(&serde_json::from_slice(&body)?)?);
        for part in &order.shipments {
            let body = found.seal.open("shipment", &part.id, &part.blob)?;
            erasure.shipments.push(rows.shipment_row(&serde_json::from_slice(&body)?)?);
        }
        for part in &order.returns {
            let body = found.seal.open("return", &part.id, &part.blob)?;
            erasure.returns.push(rows.return_row(&serde_json::from_slice(&body)?)?);
        }
    }
    let event = record_of(ctx, id, "customer_erased", person, erasure.customers.len(), erasure.orders.len());
    Ok(store.erase(id, &erasure, &event, event.at).await?)
}

async fn find(store: &Store, vault: &Vault, id: &ConnectionId, person: &Person) -> Result<Found, Error> {
    check(person)?;
    let seal = vault.personal(id).await?;
    let mut pseudonyms: BTreeSet<Pseudonym> = BTreeSet::new();
    let mut customers: Vec<SealedRecord> = vec![];
    // The platform may spell an address in another form of Unicode: whatever looks the same is the person's.
    for email in person.email.as_deref().map(spelling::spellings).unwrap_or_default() {
        let pseudonym = seal.email(&email);
        for customer in store.customers(id, None, Some(&pseudonym)).await? {
            if customers.iter().all(|known| known.id != customer.id) {
                customers.push(customer);
            }
        }
        pseudonyms.insert(pseudonym);
    }
    if let Some(customer) = person.customer_id.as_deref().map(str::trim) {
        customers.extend(store.customers(id, Some(customer), None).await?);
        pseudonyms.insert(seal.customer(customer));
    }
    for customer in &customers {
        pseudonyms.insert(seal.customer(&customer.id));
        let body: Value = serde_json::from_slice(&seal.open("customer", &customer.id, &customer.blob)?)?;
        let email = body["email"].as_str().filter(|email| !email.is_empty());
        pseudonyms.extend(email.map(|email| seal.email(email)));
    }
    let wanted: Vec<Pseudonym> = pseudonyms.iter().cloned().collect();
    let ids = store.orders_of(id, &wanted, MAX_ORDERS + 1).await?;
    if ids.len() > MAX_ORDERS as usize {
        let what = "the number of this person's orders".to_owned();
        return Err(crate::store::Error::Limit { what, limit: MAX_ORDERS.into() }.into());
    }
    let mut orders = vec![];
    for order in ids {
        orders.extend(store.order(id, &order).await?);
    }
    Ok(Found { seal, pseudonyms, customers, orders })
}

fn record_of(
    ctx: &Ctx,
    id: &ConnectionId,
    kind: &str,
    person: &Person,
    customers: usize,
    orders: usize,
) -> ConnectionEvent {
    let reference = person.reference.as_deref().unwrap_or("not given");
    ConnectionEvent {
        seq: 0,
        connection_id: id.clone(),
        kind: kind.to_owned(),
        before: None,
        after: None,
        cause: Some(format!("request {reference}: {customers} customers, {orders} orders")),
        actor: Some(ctx.actor.to_string()),
        at: ctx.now,
    }
}

fn check(person: &Person) -> Result<(), Error> {
    let mut mistakes = vec![];
    let mut add = |pointer: &str, code: &str, message: &str| mistakes.push(FieldError::new(pointer, code, message));
    let given = |own: &Option<String>| own.as_deref().is_some_and(spelling::is_visible);
    if given(&person.customer_id) == given(&person.email) {
        add("/customer_id", "exactly_one", "name the person by `customer_id` or by `email`, not by both");
    }
    // Not by the rules for new addresses: what the platform holds may be none, and is the person's all the same.
    if let Some(email) = person.email.as_deref().filter(|_| given(&person.email)) {
        match spelling::flaw(email, MAX_TEXT) {
            Some(flaw) => add("/email", flaw.code(), &flaw.message()),
            None if !email.contains('@') => add("/email", "email", "not an e-mail address"),
            None => {}
        }
    }
    if person.reference.as_deref().is_some_and(|text| text.chars().count() > MAX_REFERENCE || text.contains('@')) {
        add("/reference", "reference", "at most 100 characters, and no address: it stays in the record");
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Error::Invalid(mistakes)) }
}
