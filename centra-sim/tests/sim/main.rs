//! The simulated store over HTTP, as a client meets it.

mod checkout;
mod controls;
mod examples;
mod faults;
mod limits;
mod paging;
mod permissions;
mod support;
mod variants;
