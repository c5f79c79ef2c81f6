//! Events out: what has happened, for channels and operators to receive.
//!
//! An event is written in the transaction that makes it true, by the store itself. `seq` rises with every commit, because
//! there is one writer: who has read up to a `seq` has missed nothing before it.

use connector_api::domain::{ConnectionId, Timestamp};

use super::stored_word::grouped_words;

grouped_words! {
    /// What an event says. `docs/events.md` explains each; `schemas/events/v1` has the form of its data.
    EventType, "Type of an event. New types may come; ignore those you do not know." {
        /// A store was connected.
        ConnectionConnected = "connection.connected",
        /// It works, with something missing.
        ConnectionDegraded = "connection.degraded",
        /// Its syncs fail again and again.
        ConnectionFailing = "connection.failing",
        /// It works again as it should, or works again at all.
        ConnectionRestored = "connection.restored",
        /// A credential runs out soon.
        ConnectionCredentialExpiring = "connection.credential_expiring",
        /// The platform refuses the credentials; the merchant must renew them.
        ConnectionReauthRequired = "connection.reauth_required",
        /// It was ended on purpose.
        ConnectionDisconnected = "connection.disconnected",
        /// It is not synced until it is resumed.
        ConnectionPaused = "connection.paused",
        /// It is synced again.
        ConnectionResumed = "connection.resumed",
        /// Changes come, but the platform sends no webhooks.
        ConnectionWebhooksSilent = "connection.webhooks_silent",
        /// An operator allowed unsigned webhooks.
        ConnectionUnsignedWebhooksAllowed = "connection.unsigned_webhooks_allowed",
        /// An operator forbade unsigned webhooks.
        ConnectionUnsignedWebhooksRefused = "connection.unsigned_webhooks_refused",
        /// An operator accepted held deletions.
        ConnectionDeletionsAccepted = "connection.deletions_accepted",
        /// The data of one person was exported.
        ConnectionCustomerExported = "connection.customer_exported",
        /// The data of one person was erased.
        ConnectionCustomerErased = "connection.customer_erased",
        /// A sync run began.
        SyncStarted = "sync.started",
        /// A sync run has read what it could.
        SyncCompleted = "sync.completed",
        /// A sync did not come to its end.
        SyncFailed = "sync.failed",
        /// The platform ended a stream before its end.
        SyncTruncated = "sync.truncated",
        /// Rows that a pass did not see stay, because deleting them is doubted.
        SyncDeletionsHeld = "sync.deletions_held",
        /// An offer is new, or back.
        OfferCreated = "offer.created",
        /// An offer has changed.
        OfferUpdated = "offer.updated",
        /// An offer was active and is not any more.
        OfferUnpublished = "offer.unpublished",
        /// The platform does not have an offer any more.
        OfferDeleted = "offer.deleted",
        /// Prices of a variant have changed.
        PriceChanged = "price.changed",
        /// Stock of a variant has changed.
        InventoryChanged = "inventory.changed",
        /// An order is new.
        OrderCreated = "order.created",
        /// An order has changed.
        OrderUpdated = "order.updated",
        /// What a platform made of an order, or of something asked of it, differs from what was agreed.
        OrderDiffersFromAgreed = "order.differs_from_agreed",
        /// Somebody accepted such a difference.
        OrderDifferenceAccepted = "order.difference_accepted",
        /// A shipment is new.
        ShipmentCreated = "shipment.created",
        /// A shipment has changed.
        ShipmentUpdated = "shipment.updated",
        /// A return is new.
        ReturnCreated = "return.created",
        /// A return has changed.
        ReturnUpdated = "return.updated",
        /// A customer is new.
        CustomerCreated = "customer.created",
        /// A customer has changed.
        CustomerUpdated = "customer.updated",
        /// Somebody tries an endpoint out. Sent to that endpoint alone.
        EndpointTest = "endpoint.test",
    }
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEvent {
    /// Rises with every event of the host; the order in which they became true.
    pub seq: i64,
    /// `evt_` and a UUID version 7; the same however often the event is sent.
    pub id: String,
    /// The connection.
    pub connection: ConnectionId,
    /// Who receives it; operators alone when absent.
    pub channel: Option<String>,
    /// Whether its connection is for tests.
    pub is_test: bool,
    /// What it says. A word this program does not know comes from a newer one.
    pub kind: String,
    /// What it is about inside the connection, such as `offers/10`.
    pub subject: Option<String>,
    /// The data, as JSON.
    pub data: String,
    /// The trace of what made it true, as W3C trace context; absent where traces are off.
    pub traceparent: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Who reads or receives events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// A channel, which sees what is its own; absent for operators, who see everything.
    pub channel: Option<String>,
    /// Whether it sees test connections only.
    pub tests_only: bool,
}

impl From<Option<&str>> for Audience {
    fn from(channel: Option<&str>) -> Self {
        Self { channel: channel.map(str::to_owned), tests_only: false }
    }
}

impl Audience {
    /// Whether an event is meant for it.
    pub fn sees(&self, event: &OutboxEvent) -> bool {
        (self.channel.is_none() || self.channel == event.channel) && (event.is_test || !self.tests_only)
    }
}

/// Which events to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxFilter {
    /// Only those that this channel receives.
    pub channel: Option<String>,
    /// Only those of test connections.
    pub tests_only: bool,
    /// Only those of this connection.
    pub connection: Option<String>,
    /// Only those of these types, `offer.*` or `offer.updated`; all when empty.
    pub types: Vec<String>,
}

/// A piece of the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboxPage {
    /// The events, in their order.
    pub events: Vec<OutboxEvent>,
    /// Where to go on: up to here everything was looked at.
    pub position: i64,
    /// Whether more is known to be there.
    pub more: bool,
    /// The newest event that was removed because of its age; 0 when none was.
    pub removed_up_to: i64,
}

/// Most events of one page.
pub const MAX_EVENTS: u32 = 250;

/// Whether an event's type is one of those wanted: `offer.updated`, `offer.*`, or `*`; all when there are none.
pub fn is_wanted(types: &[String], kind: &str) -> bool {
    types.is_empty()
        || types.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(group) => kind.starts_with(group),
            None => wanted == kind,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_wanted_by_name_or_by_group() {
        let wanted = |types: &[&str], kind| is_wanted(&types.iter().map(ToString::to_string).collect::<Vec<_>>(), kind);
        assert!(wanted(&[], "offer.updated") && wanted(&["*"], "offer.updated"));
        assert!(wanted(&["offer.*"], "offer.updated") && wanted(&["price.*", "offer.updated"], "offer.updated"));
        assert!(!wanted(&["offer.created"], "offer.updated") && !wanted(&["offers.*"], "offer.updated"));
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in EventType::ALL {
            assert_eq!(EventType::from_word(kind.as_str()), Some(*kind));
        }
    }
}
