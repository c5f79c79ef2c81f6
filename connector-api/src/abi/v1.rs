//! FROZEN. Version 1 of the binary boundary: bytes in, bytes out.
//!
//! Nothing here may change once released: a host with one more field, method or variant refuses every plugin built
//! before (the layout check is directional). A new shape is a new module beside this one, with a root module of its
//! own, tried first at load. `cargo xtask tidy` compares this file with its recorded hash.

use abi_stable::{
    StableAbi,
    library::RootModule,
    package_version_strings, sabi_trait,
    sabi_types::VersionStrings,
    std_types::{RArc, RBox, RResult, RStr, RVec},
};
use async_ffi::FfiFuture;

/// JSON, and opaque bytes beside it.
#[repr(C)]
#[derive(StableAbi)]
pub struct Parts {
    pub meta: RVec<u8>,
    pub body: RVec<u8>,
}

/// An answer in the making: parts, or a `ConnectorError` as JSON.
pub type Reply = FfiFuture<RResult<Parts, RVec<u8>>>;

/// One connection's connector, inside the plugin.
#[sabi_trait]
pub trait AbiConnector: Send + Sync + 'static {
    /// Runs one operation. `meta` is an `Envelope` as JSON, `body` the bytes beside it.
    #[sabi(last_prefix_field)]
    fn call(&self, op: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply;
}

/// The host, as one connection's connector may use it.
#[sabi_trait]
pub trait AbiHost: Clone + Send + Sync + 'static {
    /// Asks one service. `meta` is the service's request as JSON, `body` the bytes beside it.
    fn call(&self, service: RStr<'_>, meta: RVec<u8>, body: RVec<u8>) -> Reply;

    /// Writes a log line: level 1 (debug) to 4 (error), and a `LogRecord` as JSON.
    #[sabi(last_prefix_field)]
    fn log(&self, level: u8, record: RStr<'_>);
}

/// A connector as it crosses the boundary.
pub type ConnectorObject = AbiConnector_TO<RBox<()>>;

/// A host as it crosses the boundary.
pub type HostObject = AbiHost_TO<RArc<()>>;

/// What a plugin library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootRef)))]
#[sabi(missing_field(panic))]
pub struct Root {
    /// The `Manifest` as JSON, or a `ConnectorError` as JSON.
    pub manifest: extern "C" fn() -> RResult<RVec<u8>, RVec<u8>>,
    /// Opens a connector for the `OpenConnection` given as JSON, or a `ConnectorError` as JSON.
    #[sabi(last_prefix_field)]
    pub open: extern "C" fn(HostObject, RVec<u8>) -> RResult<ConnectorObject, RVec<u8>>,
}

impl RootModule for RootRef {
    abi_stable::declare_root_module_statics! {RootRef}
    const BASE_NAME: &'static str = "connector_plugin";
    const NAME: &'static str = "connector_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}
