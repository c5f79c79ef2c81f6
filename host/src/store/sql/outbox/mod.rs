//! Events: written in the transaction that makes them true, read in order, sent to endpoints.

pub(in crate::store) mod delivery;
pub(in crate::store) mod emit;
pub(in crate::store) mod endpoint;
pub(in crate::store) mod read;
