//! A simulated Centra store, for tests and demonstrations: the Integration API as far as it reads, with its permissions,
//! complexity, rate limits and error shapes, several schemas, generated catalogs of any size, and faults by plan.
#![forbid(unsafe_code)]

pub mod alteration;
pub mod broken;
mod bundle;
pub mod checkout;
pub mod clock;
pub mod clock_control;
pub mod complexity;
pub mod config;
pub mod control;
pub mod date;
pub mod direct;
pub mod event_mutations;
pub mod events;
pub mod execute;
pub mod faults;
pub mod filter;
pub mod graphql;
pub mod http_date;
pub mod limits;
pub mod marks;
pub mod media;
pub mod money;
pub mod orders;
pub mod page_cap;
pub mod paging;
pub mod permissions;
pub mod plan;
pub mod price_stock;
pub mod random_change;
pub mod resolve;
mod rest_faults;
pub mod sale;
pub mod schema;
pub mod seed;
pub mod serve;
pub mod shop;
pub mod stats;
pub mod store;
pub mod storefront;
pub mod stuck;
pub mod value;
pub mod variant;
pub mod webhook;
pub mod wrong_answer;

pub use config::SimConfig;
pub use seed::Seed;
pub use serve::{SimHandle, StartError, start};
