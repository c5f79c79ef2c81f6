//! Journey 2: a merchant's store becomes a connection.
//!
//! [`form`] (values against the plugin's schema) → [`onboarding`] (a `candidate` is read, tried out, visibly, and becomes a
//! connection in [`confirm`]); [`check`] (validate again). Both open connectors through [`connectors`], with [`services`] (what
//! the plugin may ask of the host meanwhile), and note what `validate` found: `findings`, [`health`]. [`connections`] and
//! [`reading`] are what others may see, [`operation`] what an operator may do. [`platform`] is how carts and orders ask a connector.

pub mod candidate;
pub mod check;
pub mod confirm;
pub mod connection_error;
pub mod connections;
pub mod connector_list;
pub mod connectors;
mod findings;
pub mod form;
pub mod health;
pub mod held;
mod mask;
pub mod onboarding;
pub mod operation;
pub mod platform;
pub mod pool;
pub mod probe;
pub mod reading;
mod rotation;
pub mod services;
mod stored;
pub mod validate;
mod values;

pub use crate::{
    model::{
        catalog::{ExportChunk, OfferFilter, OfferSummary, StreamCount},
        connection::{Connection, ConnectionFilter, ConnectionStatus, Environment, Health, SyncStanding},
        ctx::{Ctx, Viewer},
        event::ConnectionEvent,
        held::{AcceptedDeletions, HeldDeletions},
        paging::{Listing, PageQuery},
        run::{RunId, RunView},
    },
    store::disk::DiskGuard,
};
pub use candidate::{Accepted, Candidate, NewConnection};
pub use check::{CheckOutcome, Checked, Checker};
pub use confirm::Added;
pub use connection_error::Error;
pub use connections::Connections;
pub use connectors::{Connectors, Reach};
pub use onboarding::Onboarding;
pub use platform::{Platform, Question};
pub use pool::Opened;
pub use services::LiveServices;
