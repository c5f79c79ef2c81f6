//! Bad plugin: ends its process when asked what it is, or hangs, as the environment variable `DIES_AT_LOAD` says.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{credentials::OpenConnection, manifest::Manifest},
};

struct DiesAtLoad;

impl Connector for DiesAtLoad {
    fn manifest() -> Manifest {
        match mode().as_str() {
            "abort" => std::process::abort(),
            "exit" => std::process::exit(0),
            "overflow" => overflow(&mut [0; 4_096]),
            "spin" => loop {
                std::hint::spin_loop();
            },
            _ => {}
        }
        sound::manifest("dies-at-load")
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        if mode() == "abort_when_opened" {
            std::process::abort();
        }
        Ok(Self)
    }
}

fn mode() -> String {
    std::env::var_os("DIES_AT_LOAD").unwrap_or_default().to_string_lossy().into_owned()
}

/// Until there is no stack left.
fn overflow(block: &mut [u8; 4_096]) {
    let mut next = [block[0].wrapping_add(1); 4_096];
    if std::hint::black_box(true) {
        overflow(&mut next);
    }
    block[0] = std::hint::black_box(next[1]);
}

connector_api::export_connector!(DiesAtLoad);
