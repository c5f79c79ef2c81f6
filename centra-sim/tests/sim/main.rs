//! The simulated store over HTTP, as a client meets it.
#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed")]

mod bundles;
mod campaigns;
mod carts;
mod checkout;
mod command_line;
mod controls;
mod event_queue;
mod examples;
mod faults;
mod limits;
mod orders;
mod paging;
mod payment_notifications;
mod permissions;
mod products;
mod storefront;
mod storefront_cart;
mod support;
mod variants;
mod webhooks;
