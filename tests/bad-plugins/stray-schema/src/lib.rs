//! Bad plugin: a secret of its form could be shown, because it is not marked as one everywhere.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{credentials::OpenConnection, manifest::Manifest},
};
use serde_json::json;

struct StraySchema;

impl Connector for StraySchema {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("stray-schema");
        manifest.credential_schema["properties"]["token"] = json!({
            "type": "string", "title": "Token", "description": "From the admin.", "maxLength": 100, "x-secret": true });
        manifest
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        Ok(Self)
    }
}

connector_api::export_connector!(StraySchema);
