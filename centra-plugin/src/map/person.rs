//! Customers and addresses. Everything about a person is marked as personal.

use connector_api::domain::{Address, Customer, Pii};

use super::time;
use crate::wire::person as wire;

/// An address; `None` when it names no country, which every use of it needs.
pub fn address(address: &wire::Address) -> Option<Address> {
    let country = address.country.as_ref()?.code.as_deref()?.trim().to_ascii_uppercase();
    let name = [address.first_name.as_deref(), address.last_name.as_deref()].into_iter().filter_map(filled);
    let name = name.collect::<Vec<_>>().join(" ");
    let personal = |text: &Option<String>| filled(text.as_deref()).map(Pii);
    let state = address.state.as_ref().and_then(|state| filled(state.code.as_deref()));
    Some(Address {
        name: (!name.is_empty()).then_some(Pii(name)),
        company: personal(&address.company_name),
        line1: personal(&address.address1),
        line2: personal(&address.address2),
        city: personal(&address.city),
        region_code: state.or_else(|| filled(address.state_or_province.as_deref())),
        postal_code: personal(&address.zip_code),
        country,
        phone: personal(&address.phone_number).or_else(|| personal(&address.cell_phone_number)),
        email: personal(&address.email),
    })
}

/// A customer of a store.
pub fn customer(customer: &wire::Customer) -> Customer {
    let personal = |text: &Option<String>| filled(text.as_deref()).map(Pii);
    Customer {
        store_id: customer.store.as_ref().map(|store| store.id.into()),
        phone: personal(&customer.phone_number).or_else(|| personal(&customer.cell_phone_number)),
        addresses: customer.billing_address.as_ref().and_then(address).into_iter().collect(),
        accepts_marketing: customer.receive_newsletters,
        total_orders: customer.total_orders.and_then(|count| u32::try_from(count).ok()),
        anonymized: customer.is_anonymized.unwrap_or(false),
        created_at: time(customer.created_at.as_deref()),
        updated_at: time(customer.updated_at.as_deref()),
        ..person(&customer.person)
    }
}

/// Who placed an order.
pub fn person(person: &wire::Person) -> Customer {
    let personal = |text: &Option<String>| filled(text.as_deref()).map(Pii);
    Customer {
        id: person.id.into(),
        store_id: None,
        email: personal(&person.email),
        first_name: personal(&person.first_name),
        last_name: personal(&person.last_name),
        phone: None,
        addresses: vec![],
        market_id: None,
        locale: None,
        accepts_marketing: None,
        total_orders: None,
        anonymized: false,
        created_at: None,
        updated_at: None,
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
