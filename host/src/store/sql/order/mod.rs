//! Orders and other sealed records.

mod erased;
pub(in crate::store) mod history;
pub(in crate::store) mod read;
pub(in crate::store) mod sealed_upsert;
pub(in crate::store) mod upsert;
