//! What the host asks, step by step: [`validate`], [`pull`], [`fetch`], [`quote`], [`webhook`], [`event_queue`],
//! [`health`]. All that is platform and pure is
//! elsewhere: queries and schema in `schema`, JSON in `wire`, mapping in `map`.

pub mod bundles;
pub mod campaigns;
pub mod event_queue;
pub mod fetch;
pub mod health;
pub mod kept_campaigns;
pub mod order;
pub mod place;
pub mod price_sample;
pub mod probe;
pub mod pull;
pub mod quote;
pub mod rows;
pub mod source;
pub mod validate;
pub mod webhook;
pub mod window;
