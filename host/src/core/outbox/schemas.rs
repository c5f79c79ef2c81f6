//! The form of what is sent, as JSON schemas: of the envelope, and of each type's data.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use super::envelope::CloudEvent;
use crate::model::{
    event_data::{
        ConnectionEventData, DifferenceEventData, HeldEventData, InventoryEventData, OfferEventData, PriceEventData,
        RecordEventData, SyncEventData, TestEventData,
    },
    outbox::EventType,
};

/// Kinds of data that events carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventData {
    /// Of `connection.*`.
    Connection,
    /// Of `sync.*`.
    Sync,
    /// Of `sync.deletions_held`.
    HeldDeletions,
    /// Of `offer.*`.
    Offer,
    /// Of `price.changed`.
    Price,
    /// Of `inventory.changed`.
    Inventory,
    /// Of orders, shipments, returns and customers.
    Record,
    /// Of differences from what was agreed.
    Difference,
    /// Of `endpoint.test`.
    EndpointTest,
}

impl EventData {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Connection,
        Self::Sync,
        Self::HeldDeletions,
        Self::Offer,
        Self::Price,
        Self::Inventory,
        Self::Record,
        Self::Difference,
        Self::EndpointTest,
    ];

    /// What an event of that type carries.
    pub fn of(kind: EventType) -> Self {
        use EventType as E;
        match kind {
            E::ConnectionConnected
            | E::ConnectionDegraded
            | E::ConnectionRestored
            | E::ConnectionFailing
            | E::ConnectionCredentialExpiring
            | E::ConnectionReauthRequired
            | E::ConnectionDisconnected
            | E::ConnectionPaused
            | E::ConnectionResumed
            | E::ConnectionWebhooksSilent
            | E::ConnectionUnsignedWebhooksAllowed
            | E::ConnectionUnsignedWebhooksRefused
            | E::ConnectionDeletionsAccepted
            | E::ConnectionCustomerExported
            | E::ConnectionCustomerErased => Self::Connection,
            E::SyncStarted | E::SyncCompleted | E::SyncFailed | E::SyncTruncated => Self::Sync,
            E::SyncDeletionsHeld => Self::HeldDeletions,
            E::OfferCreated | E::OfferUpdated | E::OfferUnpublished | E::OfferDeleted => Self::Offer,
            E::PriceChanged => Self::Price,
            E::InventoryChanged => Self::Inventory,
            E::OrderCreated
            | E::OrderUpdated
            | E::ShipmentCreated
            | E::ShipmentUpdated
            | E::ReturnCreated
            | E::ReturnUpdated
            | E::CustomerCreated
            | E::CustomerUpdated => Self::Record,
            E::OrderDiffersFromAgreed | E::OrderDifferenceAccepted => Self::Difference,
            E::EndpointTest => Self::EndpointTest,
        }
    }

    /// What an event that carries it is called.
    pub fn event_name(self) -> &'static str {
        match self {
            Self::Connection => "ConnectionEvent",
            Self::Sync => "SyncEvent",
            Self::HeldDeletions => "HeldDeletionsEvent",
            Self::Offer => "OfferEvent",
            Self::Price => "PriceEvent",
            Self::Inventory => "InventoryEvent",
            Self::Record => "RecordEvent",
            Self::Difference => "DifferenceEvent",
            Self::EndpointTest => "EndpointTestEvent",
        }
    }

    /// A reference to its schema, which the generator keeps.
    pub fn schema(self, generator: &mut SchemaGenerator) -> Value {
        let schema = match self {
            Self::Connection => generator.subschema_for::<ConnectionEventData>(),
            Self::Sync => generator.subschema_for::<SyncEventData>(),
            Self::HeldDeletions => generator.subschema_for::<HeldEventData>(),
            Self::Offer => generator.subschema_for::<OfferEventData>(),
            Self::Price => generator.subschema_for::<PriceEventData>(),
            Self::Inventory => generator.subschema_for::<InventoryEventData>(),
            Self::Record => generator.subschema_for::<RecordEventData>(),
            Self::Difference => generator.subschema_for::<DifferenceEventData>(),
            Self::EndpointTest => generator.subschema_for::<TestEventData>(),
        };
        schema.to_value()
    }

    fn document(self) -> Value {
        match self {
            Self::Connection => of::<ConnectionEventData>(),
            Self::Sync => of::<SyncEventData>(),
            Self::HeldDeletions => of::<HeldEventData>(),
            Self::Offer => of::<OfferEventData>(),
            Self::Price => of::<PriceEventData>(),
            Self::Inventory => of::<InventoryEventData>(),
            Self::Record => of::<RecordEventData>(),
            Self::Difference => of::<DifferenceEventData>(),
            Self::EndpointTest => of::<TestEventData>(),
        }
    }
}

/// Every schema with its name: `envelope`, and the types.
pub fn all() -> Vec<(&'static str, Value)> {
    let data = EventType::ALL.iter().map(|kind| (kind.as_str(), EventData::of(*kind).document()));
    std::iter::once(("envelope", of::<CloudEvent>())).chain(data).collect()
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_those_that_are_exported() {
        let schemas = all();
        assert_eq!(schemas.len(), EventType::ALL.len() + 1);
        for (name, schema) in schemas {
            let path = format!("{}/../schemas/events/v1/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let exported: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(schema, exported, "{name}: run `cargo xtask schemas` and read the change");
        }
    }
}
