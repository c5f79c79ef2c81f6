//! Bad plugin: its id breaks the rules.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{credentials::OpenConnection, manifest::Manifest},
};

struct BadId;

impl Connector for BadId {
    fn manifest() -> Manifest {
        sound::manifest("Not an id!")
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        Ok(Self)
    }
}

connector_api::export_connector!(BadId);
