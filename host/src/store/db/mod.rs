//! The database itself, and the only module that names a driver: how it is opened, how statements run, its failures, many rows in
//! one statement, how values are stored, what the databases spell differently.

pub(super) mod bind;
pub(super) mod bulk;
pub(super) mod connection;
pub(super) mod dialect;
pub(super) mod failure;
pub(super) mod file;
pub(super) mod file_pool;
pub(super) mod integrity;
pub(super) mod listen;
pub(super) mod open;
pub(super) mod place;
pub(super) mod query;
pub(super) mod residue;
pub(super) mod retry;
pub(super) mod schema;
mod server;
pub(super) mod sole;
pub(super) mod tables;
pub(super) mod turns;
pub(super) mod value;

pub(in crate::store) use connection::{Connection, Pool, Transaction};
pub(in crate::store) use query::{Query, Readable, query, query_as, query_scalar};
