//! The Checkout API: one request at a time within a session, sessions kept for the next cart of the same place.

mod attempts;
mod client;
mod ids;
mod kept;
mod paid;
mod pool;
mod session;

pub use attempts::{Attempt, Attempts};
pub(crate) use client::is_centras;
pub use client::{Checkout, QUOTA, Reply};
pub use ids::{Ids, ItemId};
pub(crate) use ids::{option_id, option_uri};
pub use paid::{Paid, Payments};
pub use pool::Pool;
pub use session::{Context, Session, Trouble};
