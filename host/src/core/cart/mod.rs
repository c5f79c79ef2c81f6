//! Journey 4: a cart is quoted.
//!
//! [`input`] (read and complete the cart, by the rules of [`check`]) → [`quotes`]: on the platform ([`realtime`], guarded by [`circuit`], its
//! answer held against [`contract`]) or from synced data ([`reader`] → [`local`]), put together in [`mixed`], judged by
//! [`policy`]. [`compare`] sets both side by side. [`agreed`] holds an order's cart against a
//! quote made anew.

mod aging;
pub mod agreed;
pub mod check;
pub mod circuit;
pub mod compare;
mod contract;
mod facts;
pub mod input;
pub mod local;
mod mixed;
mod policy;
pub mod quote_error;
pub mod quotes;
pub mod reader;
pub mod realtime;
#[cfg(test)]
mod tests;

pub use input::CartInput;
pub use quote_error::Error;
pub use quotes::{QuoteOptions, QuoteReply, QuoteService, QuoteSettings, Source};
pub use reader::QuoteReader;
