//! Journey 2: a merchant's store becomes a connection.
//!
//! [`form`] (values against the plugin's schema) → [`candidate`] (validate visibly, then keep) with [`service`] (open,
//! renew), [`check`] (validate again), [`services`] (what the plugin may ask of the host meanwhile) and [`health`] (what the outcome means for
//! the connection). [`reading`] is what others may see, [`operation`] what an operator may do to a connection.

pub mod candidate;
pub mod check;
pub mod error;
pub mod form;
pub mod health;
pub mod held;
mod mask;
pub mod operation;
pub mod pool;
pub mod probe;
pub mod reading;
mod rotation;
pub mod service;
pub mod services;

pub use crate::{
    model::{
        catalog::{ExportChunk, OfferFilter, OfferSummary, StreamCount},
        connection::{Connection, ConnectionFilter, ConnectionStatus, Environment, Health, SyncStanding},
        event::ConnectionEvent,
        held::{AcceptedDeletions, HeldDeletions},
        paging::{Listing, PageQuery},
        run::{RunId, RunView},
    },
    store::disk::DiskGuard,
};
pub use candidate::{Accepted, Candidate};
pub use check::{CheckOutcome, Checked};
pub use error::Error;
pub use pool::ConnectorPool;
pub use reading::Viewer;
pub use service::{Added, ConnectionService, NewConnection, Opened};
pub use services::LiveServices;
