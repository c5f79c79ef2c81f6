//! How an operation can fail: its 4xx and 5xx answers, with the codes that stand for each.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    http::access::Access,
    model::{Code, RetryClass},
};

/// What any operation may answer.
const OF_ALL: [Code; 9] = [
    Code::Unexpected,
    Code::Overloaded,
    Code::TooSlow,
    Code::Draining,
    Code::DatabaseFailed,
    Code::DatabaseBusy,
    Code::DatabaseUnavailable,
    Code::DatabaseReplaced,
    Code::DiskFull,
];

/// What an operation with a body may answer.
pub(super) const OF_A_BODY: [Code; 6] = [
    Code::InvalidJson,
    Code::BodyIncomplete,
    Code::BodyTooSlow,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::InvalidRequest,
];

/// What an operation that calls a platform may answer.
pub(super) const OF_A_PLATFORM: [Code; 24] = [
    Code::AuthInvalid,
    Code::AuthExpired,
    Code::AuthRevoked,
    Code::PermissionMissing,
    Code::SchemaIncompatible,
    Code::AddressForbidden,
    Code::UnsupportedOperation,
    Code::Conflict,
    Code::NotReady,
    Code::Keys,
    Code::ConnectorUnavailable,
    Code::RateLimited,
    Code::PluginQuarantined,
    Code::Unreachable,
    Code::Timeout,
    Code::PlatformUnavailable,
    Code::Blocked,
    Code::PlatformAnswerInvalid,
    Code::TooLarge,
    Code::PluginPanicked,
    Code::PluginTimeout,
    Code::PluginContractBroken,
    Code::ConnectorFailed,
    Code::HostFailed,
];

/// What the right to call an operation brings with it.
pub(super) fn of_access(method: &str, access: Access) -> Vec<Code> {
    let mut codes = OF_ALL.to_vec();
    match access {
        Access::Open => {}
        Access::Key | Access::Operator => codes.extend([Code::KeyRequired, Code::KeyRefused]),
        Access::Link => codes.extend([Code::SessionUnknown, Code::SessionExpired, Code::SessionUsed]),
    }
    if access == Access::Operator {
        codes.push(Code::OperatorRequired);
    }
    if matches!(access, Access::Key | Access::Operator) && method != "get" {
        codes.push(Code::OriginMismatch);
    }
    codes
}

/// The answers for these codes, by status.
pub(super) fn responses(codes: &[Code]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), response(&codes))).collect()
}

fn response(codes: &[Code]) -> Value {
    let lines: Vec<_> = codes.iter().map(|code| format!("- `{code}`: {}", code.meaning())).collect();
    let words: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let mut response = json!({
        "description": lines.join("\n"),
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        "x-codes": words,
    });
    if codes.iter().any(|code| code.retry() == RetryClass::RetryAfter) {
        response["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/Retry-After" } });
    }
    response
}
