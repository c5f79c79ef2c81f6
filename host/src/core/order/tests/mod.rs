//! Orders against a platform in memory that fails in every way, in a host that dies at every step.

mod agreed;
mod asked;
mod bundles;
mod exactly_once;
mod follow_ups;
mod given;
mod person;
mod property;
mod shop;
mod world;
