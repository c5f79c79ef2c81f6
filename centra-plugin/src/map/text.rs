//! Texts, their translations, and language tags.

use std::collections::BTreeMap;

use connector_api::domain::LocalizedText;

use crate::wire::store::{LanguageTag, Translation};

/// A BCP 47 tag: `sv`, or `en-GB` where the platform names a country. `None` when no language is named.
pub fn tag(language: &LanguageTag) -> Option<String> {
    let code = language.language_code.as_deref().map(str::trim).filter(|code| !code.is_empty())?.to_ascii_lowercase();
    Some(match language.country_code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(country) => format!("{code}-{}", country.to_ascii_uppercase()),
        None => code,
    })
}

/// Translations of one object, by field and language.
pub struct Translations<'a>(&'a [Translation]);

impl<'a> Translations<'a> {
    /// Over an object's translations.
    pub fn new(translations: &'a [Translation]) -> Self {
        Self(translations)
    }

    /// A text with its translations. An empty or null translation falls back to the default, so it is left out.
    pub fn text(&self, field: &str, default: Option<&str>) -> LocalizedText {
        let translated = self.0.iter().filter_map(|translation| {
            let found = translation.fields.iter().find(|candidate| candidate.field == field)?;
            let value = found.value.as_deref().filter(|value| !value.is_empty())?;
            Some((tag(&translation.language)?, value.to_owned()))
        });
        let by_locale: BTreeMap<String, String> = translated.collect();
        LocalizedText { default: default.unwrap_or_default().to_owned(), by_locale }
    }
}
