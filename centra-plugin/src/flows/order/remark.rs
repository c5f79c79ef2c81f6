//! What is said of a change that was made.

use connector_api::{
    ConnectorError, ErrorCode,
    domain::{Message, MessageSeverity},
};

/// Something that was done, but with a remark.
pub(super) fn warning(code: &str, text: impl Into<String>) -> Message {
    Message { code: code.to_owned(), severity: MessageSeverity::Warning, path: None, text: text.into() }
}

/// A failure after something was done: whatever it says, it must not be taken for a refusal.
pub(super) fn after_the_fact(failure: &ConnectorError) -> ConnectorError {
    let message = format!("It was done, but the result could not be read: {}", failure.message);
    ConnectorError::new(ErrorCode::PlatformAnswerInvalid, message).retry_with_backoff()
}
