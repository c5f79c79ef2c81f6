//! Order intents: who may act on one, and how it ends.

pub(in crate::store) mod claim;
pub(in crate::store) mod difference;
pub(in crate::store) mod read;
pub(in crate::store) mod row;
pub(in crate::store) mod settle;
