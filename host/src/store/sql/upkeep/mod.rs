//! What keeps a database sound: checks, clean-up, how late work is.

pub(in crate::store) mod commit_marker;
pub(in crate::store) mod horizon;
pub(in crate::store) mod maintenance;
mod queues;
pub(in crate::store) mod standing;
