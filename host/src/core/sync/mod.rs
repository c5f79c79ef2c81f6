//! Journey 3: a sync runs.
//!
//! [`plan`] (which streams, in which order, everything or changes) → [`run`] (lease, streams, result) → [`stream`] with [`pages`]
//! (the next page is fetched while the last is stored), [`pull`] (one page, whatever it takes), [`paging`] (whether a list ends),
//! [`apply`] and [`record`] (a page becomes rows of the store), [`unchanged`] (pages that came as they are stored) and [`personal`] (what is about people is sealed on the way) → [`confirm`] (doubtful deletions are asked for).
//! [`progress`] is who watches.
//! Memory does not grow with the catalog: two pages at a time. A host that was killed goes on after the last page that is stored.

pub mod apply;
mod confirm;
pub mod engine;
mod far;
pub mod lease;
mod pages;
pub mod paging;
pub mod personal;
pub mod plan;
pub mod progress;
mod pull;
mod record;
pub mod run;
mod stream;
mod stream_run;
mod sync_error;
pub mod timings;
mod unchanged;

pub use engine::{SyncEngine, SyncSettings};
pub use paging::Ceilings;
pub use personal::PersonalRows;
pub use plan::SyncOptions;
pub use progress::{Event, Progress, Silent};
pub use run::{Outcome, Stop};
pub use sync_error::Error;
pub use timings::{Timings, TimingsReport};
