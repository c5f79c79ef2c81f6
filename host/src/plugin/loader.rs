//! Opens plugin libraries: the only place in the host that does.
//!
//! Root modules are tried newest first; there is one so far. A library is never unloaded: Rust code cannot be.

use std::{path::Path, sync::mpsc, time::Duration};

use abi_stable::library::{LibraryError, lib_header_from_path};
use connector_api::{
    CONTRACT_VERSION,
    abi::{read_error, v1},
    wire::manifest::Manifest,
};

use super::{Refusal, RefusalCode, install::Installed};

/// How long a library may take to load and say what it is.
const LOAD_DEADLINE: Duration = Duration::from_secs(10);

/// A library that was opened.
#[derive(Clone, Copy)]
pub struct Library {
    root: v1::RootRef,
}

impl Library {
    /// The library's entry for opening connections.
    pub fn root(&self) -> v1::RootRef {
        self.root
    }
}

/// Opens an installed file and asks it for its manifest, on a thread of its own: its code may hang.
pub fn load(file: &Installed) -> Result<(Library, Manifest), Refusal> {
    let (sender, receiver) = mpsc::channel();
    let installed = file.clone();
    std::thread::Builder::new()
        .name("plugin-load".to_owned())
        .spawn(move || sender.send(open(&installed)).ok())
        .map_err(|error| {
            Refusal::new(&file.source, RefusalCode::LoadFailed, error.to_string(), "Free some memory and start again.")
        })?;
    receiver.recv_timeout(LOAD_DEADLINE).unwrap_or_else(|_| {
        Err(Refusal::new(
            &file.source,
            RefusalCode::LoadFailed,
            format!("it did not load within {} s", LOAD_DEADLINE.as_secs()),
            "Ask its author: `manifest()` must return at once.",
        ))
    })
}

/// The same without a deadline.
pub(super) fn open(file: &Installed) -> Result<(Library, Manifest), Refusal> {
    let root = lib_header_from_path(&file.path)
        .and_then(connector_api::export::LibHeader::init_root_module::<v1::RootRef>)
        .map_err(|error| refused(&file.source, &error))?;
    let bytes = root.manifest()().into_result().map_err(|error| {
        let error = read_error(&error);
        Refusal::new(
            &file.source,
            RefusalCode::LoadFailed,
            error.message,
            "Ask its author: `manifest()` must not fail.",
        )
    })?;
    let manifest = serde_json::from_slice(&bytes).map_err(|error| {
        Refusal::new(
            &file.source,
            RefusalCode::BadManifest,
            format!("its manifest cannot be read: {error}"),
            "Ask its author to build it with `export_connector!`.",
        )
    })?;
    Ok((Library { root }, manifest))
}

fn refused(file: &Path, error: &LibraryError) -> Refusal {
    let rebuild = format!("Rebuild it against connector-api {CONTRACT_VERSION}.");
    match error {
        LibraryError::OpenError { err, .. } => Refusal::new(
            file,
            RefusalCode::NotALibrary,
            format!("this machine cannot load it: {}", without_path(&err.to_string())),
            "Build it as a `cdylib` for this system and processor.",
        ),
        LibraryError::GetSymbolError { .. } => Refusal::new(
            file,
            RefusalCode::NotAPlugin,
            "it is a library, but exports no connector",
            "Add `export_connector!(YourConnector);` to the root of its crate.",
        ),
        LibraryError::IncompatibleVersionNumber { expected_version, actual_version, .. } => Refusal::new(
            file,
            RefusalCode::WrongAbi,
            format!("it was built against contract {actual_version}, this host speaks {expected_version}"),
            rebuild,
        ),
        LibraryError::RootModule { .. } => Refusal::new(
            file,
            RefusalCode::LoadFailed,
            "it panicked while being loaded",
            "Ask its author; nothing of it was used.",
        ),
        _ => Refusal::new(file, RefusalCode::WrongAbi, "its binary interface is not the one of this host", rebuild),
    }
}

/// What the dynamic linker says repeats the path of the copy, which means nothing to the operator.
fn without_path(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, reason)| reason)
}
