//! The host's own words: error codes with their meaning for HTTP, for the command line and for people. No I/O.

pub mod code;
pub mod exit;
pub mod fault;

pub use code::{Code, RetryClass};
pub use exit::Exit;
pub use fault::Fault;
