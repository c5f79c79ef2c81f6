//! Orders against a platform in memory that fails in every way, in a host that dies at every step.

mod exactly_once;
mod follow_ups;
mod person;
mod property;
mod world;
