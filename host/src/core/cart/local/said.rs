//! Messages, collected while a cart is priced. Each is said once.

use connector_api::domain::{Message, MessageSeverity};

/// What the caller must know.
#[derive(Debug, Default)]
pub(super) struct Said(pub(super) Vec<Message>);

impl Said {
    /// Says something about a place in the cart; an empty path is the cart as a whole.
    pub(super) fn say(
        &mut self,
        severity: MessageSeverity,
        code: &str,
        path: impl Into<String>,
        text: impl Into<String>,
    ) {
        let path = Some(path.into()).filter(|path| !path.is_empty());
        if !self.0.iter().any(|said| said.code == code && said.path == path) {
            self.0.push(Message { code: code.to_owned(), severity, path, text: text.into() });
        }
    }

    /// Something the caller can mend.
    pub(super) fn mend(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Recoverable, code, path, text);
    }

    /// Something that may differ on the platform.
    pub(super) fn warn(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Warning, code, path, text);
    }

    /// Something good to know.
    pub(super) fn note(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Info, code, path, text);
    }
}
