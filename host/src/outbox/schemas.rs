//! The form of what is sent, as JSON schemas: of the envelope, and of each type's data.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use super::envelope::CloudEvent;
use crate::model::{
    announcement::{
        ConnectionAnnouncement, DifferenceAnnouncement, HeldAnnouncement, InventoryAnnouncement, OfferAnnouncement,
        PriceAnnouncement, RecordAnnouncement, SyncAnnouncement, TestAnnouncement,
    },
    outbox::EventType,
};

/// Every schema with its name: `envelope`, and the types.
pub fn all() -> Vec<(&'static str, Value)> {
    let data = EventType::ALL.iter().map(|kind| (kind.as_str(), of_data(*kind)));
    std::iter::once(("envelope", of::<CloudEvent>())).chain(data).collect()
}

fn of_data(kind: EventType) -> Value {
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
        | E::ConnectionWebhooksSilent => of::<ConnectionAnnouncement>(),
        E::SyncStarted | E::SyncCompleted | E::SyncFailed | E::SyncTruncated => of::<SyncAnnouncement>(),
        E::SyncDeletionsHeld => of::<HeldAnnouncement>(),
        E::OfferCreated | E::OfferUpdated | E::OfferUnpublished | E::OfferDeleted => of::<OfferAnnouncement>(),
        E::PriceChanged => of::<PriceAnnouncement>(),
        E::InventoryChanged => of::<InventoryAnnouncement>(),
        E::OrderCreated
        | E::OrderUpdated
        | E::ShipmentCreated
        | E::ShipmentUpdated
        | E::ReturnCreated
        | E::ReturnUpdated
        | E::CustomerCreated
        | E::CustomerUpdated => of::<RecordAnnouncement>(),
        E::OrderDiffersFromAgreed | E::OrderDifferenceAccepted => of::<DifferenceAnnouncement>(),
        E::EndpointTest => of::<TestAnnouncement>(),
    }
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
