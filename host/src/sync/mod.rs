//! Journey 3: a sync runs.
//!
//! [`plan`] (which streams, in which order, everything or changes) → [`run`] (lease, pages, checkpoints, retirement)
//! with [`apply`] (a page of the connector becomes rows of the store), [`personal`] (what is about people is sealed on the
//! way) and [`progress`] (who is told on the way).
//! Memory does not grow with the catalog: one page at a time. A host that was killed goes on at the last page.

pub mod apply;
mod error;
pub mod lease;
pub mod personal;
pub mod plan;
pub mod progress;
pub mod run;
pub mod timings;

pub use error::Error;
pub use personal::PersonalRows;
pub use plan::Wish;
pub use progress::{Event, Progress, Silent};
pub use run::{Outcome, Stop, SyncEngine, SyncSettings};
pub use timings::{Timings, TimingsReport};
