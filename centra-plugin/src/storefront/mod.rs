//! The Storefront API: GraphQL by two plugins, one without sessions for prices, one with sessions for carts. Each has its own address
//! and token \[D\]. All its names are read in Centra's own published schema \[S\], so questions are sent as they stand.

mod client;

pub use client::{Answer, QUOTA, Storefront};
