//! Centra's connector without sockets: its forms, its queries against the schema, its mapping, and its flows against a
//! scripted store that checks every query it is sent.

#[cfg(test)]
mod address;
#[cfg(test)]
mod believed;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod campaigns;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod event_queue;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod goods;
#[cfg(test)]
mod marks;
#[cfg(test)]
mod order_captures;
#[cfg(test)]
mod order_changes;
#[cfg(test)]
mod order_external_payment;
#[cfg(test)]
mod order_external_payment_lost;
#[cfg(test)]
mod order_find;
#[cfg(test)]
mod order_shipments;
#[cfg(test)]
mod order_submit;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod pull;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod quote;
#[cfg(test)]
mod quote_ledger;
#[cfg(test)]
mod quote_storefront;
#[cfg(test)]
mod sale;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod status;
#[cfg(test)]
mod store;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod validate_storefront;
#[cfg(test)]
mod webhook_parse;
#[cfg(test)]
mod webhook_verify;
#[cfg(test)]
mod whole;
