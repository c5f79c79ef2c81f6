//! Events out: what has happened, told to channels and operators.
//!
//! The store writes events itself, in the transactions that make them true ([`crate::model::outbox`]). Here they are read
//! and sent: [`envelope`] (what is sent), [`signature`] (how it is signed), [`profile`] (what may stand in an endpoint),
//! [`service`] (read, look after endpoints, replay), [`sender`] (one attempt) with [`schedule`] (when again), and
//! [`worker`] (who sends what is due). [`schemas`] is the form of what is sent.

pub mod envelope;
pub mod error;
pub mod profile;
pub mod schedule;
pub mod schemas;
pub mod sender;
pub mod service;
pub mod signature;
#[cfg(test)]
mod tests;
pub mod worker;

pub use crate::model::{
    endpoint::{Attempt, Backlog, Endpoint},
    outbox::{Audience, EventType, OutboxFilter},
    paging::{Listing, PageQuery},
};
pub use envelope::CloudEvent;
pub use error::Error;
pub use profile::EndpointProfile;
pub use sender::Sender;
pub use service::EventService;
pub use worker::Deliverer;
