//! Bad plugin: panics when asked what it is.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{credentials::OpenConnection, manifest::Manifest},
};

struct PanicsAtLoad;

impl Connector for PanicsAtLoad {
    fn manifest() -> Manifest {
        panic!("who am I?")
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        Ok(Self)
    }
}

connector_api::export_connector!(PanicsAtLoad);
