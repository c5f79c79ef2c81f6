//! Bad plugin: exports a root module of another shape under the name the loader looks for.
#![forbid(unsafe_code)]

use abi_stable::{
    StableAbi, export_root_module, library::RootModule, package_version_strings, prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings,
};

/// Anything but what a connector exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = OtherRef)))]
#[sabi(missing_field(panic))]
pub struct Other {
    /// Not an entry of the contract.
    #[sabi(last_prefix_field)]
    pub greet: extern "C" fn() -> u32,
}

impl RootModule for OtherRef {
    abi_stable::declare_root_module_statics! {OtherRef}
    const BASE_NAME: &'static str = "connector_plugin";
    const NAME: &'static str = "connector_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

extern "C" fn greet() -> u32 {
    42
}

/// The root module.
#[export_root_module]
pub fn root() -> OtherRef {
    Other { greet }.leak_into_prefix()
}
