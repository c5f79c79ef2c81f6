//! Sales: campaigns that reduce prices for a time, and what every interface of the store says a variant costs.
//!
//! [`mod@effective`] holds the one function that computes a price; the Checkout API, the Storefront API, the Order API and
//! [`lowest`] all ask it. What is not known of Centra about it is a switch in [`settings`].
//!
//! How sure a fact is: `[D]` documented, `[S]` read in a schema, `[I]` inferred, `[G]` guessed, `[U]` unknown.

pub mod campaign;
pub mod control;
pub mod effective;
pub mod effective_price;
pub mod lowest;
pub mod rows;
pub mod rows_of;
pub mod settings;

pub use campaign::{Campaign, CampaignVariant, Campaigns};
pub use effective::effective;
pub use effective_price::{Applied, Effective};
pub use settings::{Rules, Settings};
