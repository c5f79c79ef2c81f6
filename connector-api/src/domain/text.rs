//! Text in several languages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text with its translations. A locale that is absent falls back to `default`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LocalizedText {
    /// The text in the store's own language.
    pub default: String,
    /// Translations by BCP 47 language tag (`sv`, `en-GB`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_locale: BTreeMap<String, String>,
}

impl LocalizedText {
    /// Whether there is no text in any language.
    pub fn is_empty(&self) -> bool {
        self.default.is_empty() && self.by_locale.is_empty()
    }

    /// The text for a locale: exact tag, then its language alone, then the default.
    ///
    /// ```
    /// use connector_api::domain::LocalizedText;
    ///
    /// let mut title = LocalizedText::from("Äpple");
    /// title.by_locale.insert("en".to_owned(), "Apple".to_owned());
    /// assert_eq!(title.get("en-GB"), "Apple");
    /// assert_eq!(title.get("de"), "Äpple");
    /// ```
    pub fn get(&self, locale: &str) -> &str {
        let language = locale.split(['-', '_']).next().unwrap_or(locale);
        self.by_locale.get(locale).or_else(|| self.by_locale.get(language)).unwrap_or(&self.default)
    }
}

impl From<&str> for LocalizedText {
    fn from(text: &str) -> Self {
        Self { default: text.to_owned(), by_locale: BTreeMap::new() }
    }
}

impl From<String> for LocalizedText {
    fn from(default: String) -> Self {
        Self { default, by_locale: BTreeMap::new() }
    }
}
