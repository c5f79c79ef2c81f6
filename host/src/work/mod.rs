//! What the host does by itself is done by workers that are watched over: one that ends is started again, and whoever asks
//! whether the host is ready is told when a kind of work has none.

pub mod backoff;
pub mod workers;

pub use workers::Workers;
