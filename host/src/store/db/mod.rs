//! The database itself: how it is opened, its file, its failures, many rows in one statement, how values are stored.

pub(super) mod bulk;
pub(super) mod dialect;
pub(super) mod failure;
pub(super) mod file;
pub(super) mod open;
pub(super) mod schema;
pub(super) mod value;
