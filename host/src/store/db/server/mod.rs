//! A database on a PostgreSQL server: its address, the host of it that writes, sessions, commits whose answer was lost, failures.

pub(super) mod address;
mod commit;
pub(super) mod failure;
pub(super) mod hosts;
pub(super) mod open;
pub(super) mod pool;
pub(super) mod session;
