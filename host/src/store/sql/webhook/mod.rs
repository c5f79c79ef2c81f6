//! Webhooks: the inbox, the queue of each entity, claims.

pub(in crate::store) mod claim;
pub(in crate::store) mod endpoint;
pub(in crate::store) mod entity_queue;
pub(in crate::store) mod event;
pub(in crate::store) mod inbox;
pub(in crate::store) mod polled;
pub(in crate::store) mod prune;
pub(in crate::store) mod replay;
pub(in crate::store) mod view;
