//! Connect sessions: a merchant's link, from the channel's request to the redirect back.
//!
//! [`sessions`] (the channel's side: make, look up, redeem) and [`page`] (the merchant's side: what the page shows, draft,
//! checks one by one, yes or no) and [`received`] (webhooks that come before the yes), with [`token`] (the link's secret and the signed result), [`limit`] (five checks a
//! minute) and [`redirect`] (the way back).

mod limit;
pub mod page;
pub mod received;
mod redirect;
mod session_error;
pub mod sessions;
mod token;
pub mod view;

pub use page::{CheckEvent, Confirmation};
pub use session_error::Error;
pub use sessions::{CreatedSession, NewSession, Parts, Redeemed, SessionService, SessionView};
pub use view::{CheckResult, PageSession};

pub use crate::model::session::{Draft, SessionStatus};
