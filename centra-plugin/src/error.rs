//! Errors in the words of this platform. Of an answer's text only what [`reported`](crate::reported::reported) lets through goes into a message: it
//! may repeat a secret.

use connector_api::{ConnectorError, ErrorCode, connector::HttpAnswer};

/// An answer that is not what the platform's reference says.
pub(crate) fn answer_invalid(what: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, format!("Centra's answer {what}")).retry_with_backoff()
}

/// A required field that the live schema lacks.
pub(crate) fn schema_incompatible(operation: &str, path: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorCode::SchemaIncompatible,
        format!(
            "Centra's schema has no `{path}`, which `{operation}` cannot do without. A newer version of this connector is needed."
        ),
    )
}

/// Permissions the token lacks.
pub(crate) fn permission_missing(permissions: Vec<String>) -> ConnectorError {
    let names = if permissions.is_empty() { "a permission".to_owned() } else { permissions.join(", ") };
    let mut error = ConnectorError::new(
        ErrorCode::PermissionMissing,
        format!("The Integration API token lacks {names}. Create a token with it in System > Api Tokens."),
    )
    .at_field("/integration_api_token", "permission_missing", format!("The token lacks {names}."));
    error.missing_permissions = permissions;
    error
}

/// A checkpoint this connector never made.
pub(crate) fn foreign_checkpoint() -> ConnectorError {
    ConnectorError::new(
        ErrorCode::CheckpointInvalid,
        "the checkpoint was not made by this version of the connector; restart the stream",
    )
}

/// A request that cannot be carried out as it is: the field, a word for programs, what is wrong.
pub(crate) fn invalid(pointer: &str, code: &str, message: impl Into<String>) -> ConnectorError {
    let message = message.into();
    ConnectorError::new(ErrorCode::InvalidRequest, message.clone()).at_field(pointer, code, message)
}

/// One lost part took the whole answer with it.
pub(crate) fn answer_lost(operation: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorCode::PlatformUnavailable,
        format!("Centra repeatedly fails on one record and returns nothing of `{operation}` because of it."),
    )
    .retry_with_backoff()
}

/// Something on the way answered with a refusal: a firewall, a proxy, a page that asks for a challenge. It says nothing of the
/// credentials.
pub(crate) fn blocked(answer: &HttpAnswer) -> ConnectorError {
    ConnectorError::new(
        ErrorCode::Blocked,
        format!(
            "Something between this host and Centra answered, not Centra ({}): it refused the request; the credentials may still be valid.",
            form(answer)
        ),
    )
    .retry_with_backoff()
}

/// Status and kind of an answer's body, in words.
pub(crate) fn form(answer: &HttpAnswer) -> String {
    let named = answer.header("content-type").map(|own| own.split(';').next().unwrap_or_default().trim());
    let named = named.filter(|own| {
        (1..=40).contains(&own.len())
            && own.chars().all(|own| own.is_ascii_alphanumeric() || matches!(own, '/' | '-' | '+' | '.'))
    });
    let body = answer.body.trim_ascii();
    let kind = match named {
        _ if body.is_empty() => "an empty body",
        Some(named) => named,
        None if body.starts_with(b"<") => "a page of HTML",
        None => "no content type",
    };
    format!("HTTP status {}, {kind}", answer.response.status)
}

/// A list whose pages never end.
pub(crate) fn stuck(list: &str) -> ConnectorError {
    answer_invalid(&format!(
        "to a query for `{list}` never ends: it repeats a page, or returns more rows than such a list can have"
    ))
}
