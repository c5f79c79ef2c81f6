//! What the shopper or the channel must know of a quote, each said once.

use connector_api::domain::{Message, MessageSeverity};

/// Messages, in the order in which they came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said(pub Vec<Message>);

impl Said {
    /// Good to know.
    pub fn note(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Info, code, path.into(), text.into());
    }

    /// Something is other than it seems.
    pub fn warn(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Warning, code, path.into(), text.into());
    }

    /// The caller can mend it.
    pub fn mend(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Recoverable, code, path.into(), text.into());
    }

    /// The cart cannot be sold.
    pub fn fatal(&mut self, code: &str, path: impl Into<String>, text: impl Into<String>) {
        self.say(MessageSeverity::Fatal, code, path.into(), text.into());
    }

    fn say(&mut self, severity: MessageSeverity, code: &str, path: String, text: String) {
        let path = (!path.is_empty()).then_some(path);
        if !self.0.iter().any(|own| own.code == code && own.path == path) {
            self.0.push(Message { code: code.to_owned(), severity, path, text });
        }
    }
}
