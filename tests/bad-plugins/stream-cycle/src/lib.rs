//! Bad plugin: two of its streams wait for each other.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{credentials::OpenConnection, manifest::Manifest, pull::Stream},
};

struct StreamCycle;

impl Connector for StreamCycle {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("stream-cycle");
        manifest.streams.push(sound::stream(Stream::Offers, vec![Stream::Prices]));
        manifest.streams.push(sound::stream(Stream::Prices, vec![Stream::Offers]));
        manifest
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        Ok(Self)
    }
}

connector_api::export_connector!(StreamCycle);
