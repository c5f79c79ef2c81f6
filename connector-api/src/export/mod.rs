//! [`export_connector!`](crate::export_connector): makes a library a plugin.
//!
//! Every entry of the plugin is guarded: a panic that reached the boundary would end the host.

mod dispatch;
mod guard;
mod instance;

use abi_stable::{
    prefix_type::PrefixTypeTrait,
    std_types::{RResult, RVec},
};

use crate::{
    CONTRACT_VERSION, ConnectorError, ErrorCode,
    abi::{
        v1::{AbiConnector_TO, ConnectorObject, HostObject, Root, RootRef},
        write_error,
    },
    connector::{Connector, Host},
    wire::{credentials::OpenConnection, manifest::Manifest},
};

pub use dispatch::dispatch;

#[doc(hidden)]
pub use abi_stable::library::{LibHeader, RootModuleResult};

/// Makes the crate a plugin: `export_connector!(MyPlatform);`, once, at the root of a `cdylib` crate, where
/// `MyPlatform` implements [`Connector`](crate::Connector).
///
/// ```standalone_crate
/// # connector_api::example_connector! {}
/// connector_api::export_connector!(Shop);
/// ```
#[macro_export]
macro_rules! export_connector {
    ($connector:ty) => {
        const _: () = {
            fn root() -> $crate::abi::v1::RootRef {
                $crate::export::root::<$connector>()
            }

            extern "C" fn constructor() -> $crate::export::RootModuleResult {
                $crate::abi::root_module_result(root)
            }

            // The name under which the loader looks for a library's header.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: $crate::export::LibHeader = $crate::abi::library_header(constructor);
        };
    };
}

/// The root module of a plugin whose connector is `C`.
#[doc(hidden)]
pub fn root<C: Connector>() -> RootRef {
    Root { manifest: manifest_entry::<C>, open: open_entry::<C> }.leak_into_prefix()
}

/// The manifest of `C`, with what the author does not fill in.
///
/// ```
/// # connector_api::example_connector! {}
/// use connector_api::{CONTRACT_VERSION, export::manifest_of};
///
/// assert_eq!(manifest_of::<Shop>().contract_version, CONTRACT_VERSION);
/// ```
pub fn manifest_of<C: Connector>() -> Manifest {
    let mut manifest = C::manifest();
    CONTRACT_VERSION.clone_into(&mut manifest.contract_version);
    if cfg!(panic = "unwind") { "unwind" } else { "abort" }.clone_into(&mut manifest.panic_strategy);
    manifest
}

extern "C" fn manifest_entry<C: Connector>() -> RResult<RVec<u8>, RVec<u8>> {
    guard::quiet_panics();
    let manifest = guard::no_unwind("manifest", || {
        serde_json::to_vec(&manifest_of::<C>())
            .map_err(|error| ConnectorError::new(ErrorCode::PluginContractBroken, error.to_string()))
    });
    match manifest {
        Ok(bytes) => RResult::ROk(bytes.into()),
        Err(error) => RResult::RErr(write_error(&error)),
    }
}

extern "C" fn open_entry<C: Connector>(host: HostObject, connection: RVec<u8>) -> RResult<ConnectorObject, RVec<u8>> {
    let opened = guard::no_unwind("open", || {
        let host = Host::new(instance::HostAcrossAbi(host.clone()));
        let connection: OpenConnection = serde_json::from_slice(&connection)
            .map_err(|error| ConnectorError::new(ErrorCode::InvalidRequest, format!("open: {error}")))?;
        C::open(host, connection)
    });
    match opened {
        Ok(connector) => RResult::ROk(AbiConnector_TO::from_value(
            instance::ConnectorAcrossAbi::new(connector, host),
            abi_stable::sabi_trait::TD_Opaque,
        )),
        Err(error) => RResult::RErr(write_error(&error)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_header_is_exported_under_the_name_the_loader_looks_for() {
        let exported = "_1as_0lib_1header_0root_bmodule_bloader";
        assert_eq!(abi_stable::library::ROOT_MODULE_LOADER_NAME, exported);
        assert!(include_str!("mod.rs").contains(&format!("export_name = \"{exported}\"")));
    }
}
