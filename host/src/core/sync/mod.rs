//! Journey 3: a sync runs.
//!
//! [`plan`] (which streams, in which order, everything or changes) → [`run`] (lease, streams, result) → [`stream`] (pages and
//! checkpoints) with [`pull`] (one page, whatever it takes), [`paging`] (whether a list ends), [`apply`] (a page becomes rows
//! of the store) and [`personal`] (what is about people is sealed on the way) → [`confirm`] (doubtful deletions are asked for).
//! [`progress`] is who watches.
//! Memory does not grow with the catalog: one page at a time. A host that was killed goes on at the last page.

pub mod apply;
mod confirm;
pub mod engine;
pub mod lease;
pub mod paging;
pub mod personal;
pub mod plan;
pub mod progress;
mod pull;
pub mod run;
mod stream;
mod stream_run;
mod sync_error;
pub mod timings;

pub use engine::{SyncEngine, SyncSettings};
pub use paging::Ceilings;
pub use personal::PersonalRows;
pub use plan::SyncOptions;
pub use progress::{Event, Progress, Silent};
pub use run::{Outcome, Stop};
pub use sync_error::Error;
pub use timings::{Timings, TimingsReport};
