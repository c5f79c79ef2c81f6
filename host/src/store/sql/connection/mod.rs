//! Connections: their rows, their history, their secrets, the state plugins keep, deaths of plugins.

pub(in crate::store) mod event;
pub(in crate::store) mod key;
pub(in crate::store) mod plugin_death;
pub(in crate::store) mod record;
pub(in crate::store) mod row;
pub(in crate::store) mod secret;
pub(in crate::store) mod state;
