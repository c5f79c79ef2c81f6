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
    /// What waits in queues, and what was given up.
    pub queues: Queues,
}

/// What waits in queues, and what was given up. Counts end at [`MOST_COUNTED`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    /// Age of the oldest webhook delivery that is not read yet.
    pub oldest_delivery: Duration,
    /// Age of the changed record that is refetched next.
    pub next_entity: Duration,
    /// Age of the event that is sent again next, as some endpoint did not accept it.
    pub next_retried_event: Duration,
    /// Age of the oldest change of an order whose outcome is not known, and that waits for nobody.
    pub oldest_intent: Duration,
    /// Dead-lettered webhook deliveries.
    pub dead_lettered_deliveries: u64,
    /// Dead-lettered changed records.
    pub dead_lettered_entities: u64,
    /// Dead-lettered events, by endpoint.
    pub dead_lettered_events: u64,
    /// Connections whose webhooks are silent although changes come.
    pub silent_connections: u64,
}

/// More than this many are not counted: reading a backlog must not slow down those who work it off.
pub const MOST_COUNTED: u32 = 100_000;

/// How the connections of a database pool are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolUse {
    /// In use.
    pub used: u64,
    /// Open and not in use.
    pub idle: u64,
    /// At most.
    pub most: u64,
}
