//! How the whole host stands, for those who watch it: how many connections are in which state, and how late work is.

use std::time::Duration;

use crate::model::connection::ConnectionStatus;

/// How the whole host stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many connections are in each state, in the order of a connection's life.
    pub connections: Vec<(ConnectionStatus, u64)>,
    /// How long the sync that is due longest has been waiting.
    pub sync_overdue: Duration,
    /// How long the webhooks that are due longest have been waiting.
    pub webhooks_overdue: Duration,
    /// How long the change of an order that is due longest has been waiting to be looked into.
    pub orders_overdue: Duration,
    /// Age of the oldest event that some endpoint has not been sent for the first time. Disabled endpoints do not count.
    pub events_overdue: Duration,
    /// How long ago the connection that has waited longest for a good sync had its last one; connections that are not synced
    /// do not count.
    pub good_sync_age: Duration,
    /// Changes of orders that wait for a person.
    pub intents_needing_a_person: u64,
}
