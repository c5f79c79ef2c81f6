//! Everything the host does by itself is a kind of work under one loop.
//!
//! [`runner`] claims what is due and works on it, at as many places as [`workers`] was reported; [`periodic`] makes a kind of what
//! is done once in a while, [`singleton`] one that a single replica does for all. [`mod@keep`] renews a claim while work runs under it, and drops the work when it is lost. [`next`] is
//! what follows, with the one [`backoff`]. [`standing`] counts the places that live, for readiness and metrics. This module
//! knows no journey: each has its kind beside it.

pub mod backoff;
pub mod keep;
pub mod next;
pub mod periodic;
pub mod runner;
pub mod shutdown;
pub mod singleton;
mod standing;
pub mod workers;

pub use keep::{Lease, Lost, keep, keep_to_the_end};
pub use next::Next;
pub use periodic::{Every, Periodic};
pub use runner::{Due, Kind};
pub use shutdown::Shutdown;
pub use singleton::Singleton;
pub use workers::Workers;
