//! Bad plugin: speaks the ABI by hand, past the contract's types, and answers what the credential `mode` says.
#![forbid(unsafe_code)]
#![expect(missing_docs, reason = "`export_root_module` makes a public static of its own")]

use abi_stable::{
    export_root_module,
    prefix_type::PrefixTypeTrait,
    sabi_trait::TD_Opaque,
    std_types::{RResult, RStr, RVec},
};
use async_ffi::FfiFuture;
use connector_api::{
    abi::v1::{AbiConnector, AbiConnector_TO, ConnectorObject, HostObject, Parts, Reply, Root, RootRef},
    wire::credentials::OpenConnection,
};

struct RawAnswers {
    mode: String,
}

impl AbiConnector for RawAnswers {
    fn call(&self, op: RStr<'_>, _: RVec<u8>, _: RVec<u8>) -> Reply {
        let meta = match (op.as_str(), self.mode.as_str()) {
            ("validate", _) => r#"{"ok":true,"checks":[],"store":{"host":"raw.example","store_id":"1","name":"Raw"}}"#,
            (_, "no_json") => "<html>Sorry</html>",
            (_, "wrong_shape") => r#"{"records":"none"}"#,
            (_, "unreadable_error") => return answer(RResult::RErr(b"oh no".to_vec().into())),
            _ => r#"{"records":[]}"#,
        };
        answer(RResult::ROk(Parts { meta: meta.as_bytes().to_vec().into(), body: RVec::new() }))
    }
}

fn answer(result: RResult<Parts, RVec<u8>>) -> Reply {
    FfiFuture::new(std::future::ready(result))
}

extern "C" fn manifest() -> RResult<RVec<u8>, RVec<u8>> {
    let mut manifest = sound::manifest("raw-answers");
    connector_api::CONTRACT_VERSION.clone_into(&mut manifest.contract_version);
    "unwind".clone_into(&mut manifest.panic_strategy);
    RResult::ROk(serde_json::to_vec(&manifest).unwrap_or_default().into())
}

extern "C" fn open(_: HostObject, connection: RVec<u8>) -> RResult<ConnectorObject, RVec<u8>> {
    let connection: OpenConnection = serde_json::from_slice(&connection).unwrap_or_default();
    let mode = connection.credential("mode").unwrap_or_default().to_owned();
    RResult::ROk(AbiConnector_TO::from_value(RawAnswers { mode }, TD_Opaque))
}

/// The root module, as `export_connector!` would make it.
#[export_root_module]
pub fn root() -> RootRef {
    Root { manifest, open }.leak_into_prefix()
}
