//! What a plugin author implements ([`Connector`]) and what an author may call ([`Host`]): plain async Rust.

mod host;
mod operations;

pub use host::{Host, HostPort, HttpAnswer, Level, PortFuture, PortReply};
pub use operations::{Answer, Connector};
