//! Events out: what has happened, told to channels and operators.
//!
//! The store writes events itself, in the transactions that make them true ([`crate::model::outbox`]). Here they are read
//! and sent: [`envelope`] (what is sent), [`signature`] (how it is signed), [`profile`] (what may stand in an endpoint),
//! [`events`] (read, look after endpoints, replay), [`sender`] (one attempt) with [`schedule`] (when again), and
//! [`delivery_worker`] (who sends what is due). [`schemas`] is the form of what is sent.

mod delivery;
pub mod delivery_worker;
pub mod envelope;
pub mod event_error;
pub mod events;
pub mod profile;
pub mod schedule;
pub mod schemas;
pub mod sender;
pub mod signature;
#[cfg(test)]
mod tests;

pub use crate::model::{
    endpoint::{Attempt, Backlog, Endpoint},
    outbox::{Audience, EventType, OutboxFilter},
    paging::{Listing, PageQuery},
};
pub use delivery_worker::Deliverer;
pub use envelope::CloudEvent;
pub use event_error::Error;
pub use events::EventService;
pub use profile::EndpointProfile;
pub use sender::Sender;
