//! The binary boundary: the only place with `abi_stable` and with `unsafe`.
//!
//! Ownership: every buffer that crosses is an `RVec`, which carries the function that frees it, so each side may drop
//! what the other made. Panics: none may reach an `extern "C"` frame; [`crate::export`] guards every entry of a
//! plugin. Threads: both objects are `Send + Sync`; a future is polled by the host and wakes it through async-ffi.
//! Libraries are never unloaded.
#![expect(unsafe_code, reason = "StableAbi and sabi_trait expand to `unsafe`, and a library header is made here")]
#![expect(missing_docs, reason = "sabi_trait generates public items of its own")]
#![allow(
    clippy::allow_attributes,
    clippy::used_underscore_binding,
    clippy::expl_impl_clone_on_copy,
    non_camel_case_types,
    non_local_definitions,
    unused_braces,
    unused_qualifications,
    single_use_lifetimes,
    let_underscore_drop,
    reason = "what the abi_stable macros expand to"
)]

pub mod v1;

use abi_stable::{
    library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult},
    std_types::{RResult, RVec},
};

use crate::connector::PortReply;

/// The header of a plugin library, as `export_connector!` exports it.
pub const fn library_header(constructor: extern "C" fn() -> RootModuleResult) -> LibHeader {
    // SAFETY: `constructor` is made by `export_connector!` alone, from `root_module_result` below, which returns the
    // very root module the header's constants are taken from.
    unsafe { LibHeader::from_constructor::<v1::RootRef>(constructor, CheckTypeLayout::Yes) }
}

/// What a library's constructor returns for this root module.
pub fn root_module_result(root: fn() -> v1::RootRef) -> RootModuleResult {
    __call_root_module_loader(root)
}

/// Reads an answer that crossed the boundary.
pub fn read_reply(reply: RResult<v1::Parts, RVec<u8>>) -> PortReply {
    match reply {
        RResult::ROk(parts) => Ok((parts.meta.into_vec(), parts.body.into_vec())),
        RResult::RErr(error) => Err(read_error(&error)),
    }
}

/// Writes an answer to cross the boundary.
pub fn write_reply(reply: PortReply) -> RResult<v1::Parts, RVec<u8>> {
    match reply {
        Ok((meta, body)) => RResult::ROk(v1::Parts { meta: meta.into(), body: body.into() }),
        Err(error) => RResult::RErr(write_error(&error)),
    }
}

/// Reads an error that crossed the boundary; what cannot be read becomes an error of its own.
pub fn read_error(bytes: &[u8]) -> crate::ConnectorError {
    serde_json::from_slice(bytes).unwrap_or_else(|error| {
        crate::ConnectorError::new(
            crate::ErrorCode::PluginContractBroken,
            format!("the other side sent an error that cannot be read: {error}"),
        )
    })
}

/// Writes an error to cross the boundary.
pub fn write_error(error: &crate::ConnectorError) -> RVec<u8> {
    serde_json::to_vec(error).unwrap_or_default().into()
}
