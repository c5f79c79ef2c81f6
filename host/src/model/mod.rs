//! The host's own words: what it keeps, as rows, views and ids. No I/O.

pub mod announcement;
pub mod catalog;
pub mod channel;
pub mod connection;
pub mod ctx;
pub mod endpoint;
pub mod event;
pub mod fetched;
pub mod held;
pub mod horizon;
pub mod intent;
pub mod job;
pub mod maintenance;
pub mod order;
pub mod outbox;
pub mod paging;
pub mod person;
pub mod plugin_death;
pub mod price;
pub mod price_timer;
pub mod quote;
pub mod rows;
pub mod run;
pub mod secret;
pub mod session;
pub mod standing;
pub mod state;
pub mod sync;
pub mod webhook;
pub mod webhook_view;

pub use connection::{Connection, ConnectionFilter};
pub use ctx::{Ctx, Viewer};
pub use paging::{Listing, PageQuery};
