//! Texts that a merchant reads, in Swedish. The code speaks English; a sentence is looked up here by its English words, in which
//! `{}` stands for what is filled in. A sentence without a translation stays as it is.

mod effects;
mod permissions;
mod phrases;
mod storefront;
mod table;

use table::Table;

/// The language's tag.
pub(crate) const TAG: &str = "sv";

const TABLES: [Table; 4] = [phrases::PHRASES, permissions::PERMISSIONS, effects::EFFECTS, storefront::STOREFRONT];

/// A text in Swedish: as a whole, else sentence by sentence.
pub(crate) fn said(text: &str) -> String {
    known(text).unwrap_or_else(|| {
        let sentences: Vec<&str> = text.split_inclusive(". ").collect();
        let translated = sentences.iter().map(|own| known(own.trim_end()).unwrap_or_else(|| own.trim_end().to_owned()));
        translated.collect::<Vec<_>>().join(" ")
    })
}

/// A text that is known as a whole: a sentence, a list of them, or one with something filled in.
fn known(text: &str) -> Option<String> {
    let all = || TABLES.iter().copied().flatten();
    if let Some((_, swedish)) = all().find(|(english, _)| *english == text) {
        return Some((*swedish).to_owned());
    }
    let parts: Vec<&str> = text.split(", ").collect();
    if parts.len() > 1
        && let Some(list) = parts.into_iter().map(known).collect::<Option<Vec<_>>>()
    {
        return Some(list.join(", "));
    }
    let filled = all().filter(|(english, _)| english.contains("{}"));
    let mut fitting = filled.filter_map(|(english, swedish)| Some((swedish, values(english, text)?)));
    let (swedish, values) = fitting.next()?;
    let values = values.into_iter().map(|value| known(value).unwrap_or_else(|| value.to_owned()));
    let places = swedish.split("{}").zip(values.chain([String::new()]));
    Some(places.fold(String::new(), |whole, (words, value)| whole + words + &value))
}

/// What stands in the places of a pattern, if the text has its form.
fn values<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut words = pattern.split("{}");
    let mut rest = text.strip_prefix(words.next()?)?;
    let mut found = vec![];
    let mut words = words.peekable();
    while let Some(next) = words.next() {
        let end = if words.peek().is_some() { rest.find(next)? } else { rest.strip_suffix(next)?.len() };
        found.push(&rest[..end]);
        rest = &rest[end + next.len()..];
    }
    found.iter().all(|value| !value.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::manifest::manifest;

    #[test]
    fn a_sentence_is_found_with_what_is_filled_in() {
        let cases = [
            ("The token works.", "Token fungerar."),
            ("3 stores were found; Retail is chosen.", "3 butiker hittades; Retail har valts."),
            (
                "Products cannot be read: the token lacks Product:read, Display:read.",
                "Produkter kan inte läsas: token saknar Product:read, Display:read.",
            ),
            ("Prices are read. Variants have no SKU.", "Priser läses. Varianter saknar SKU."),
            (
                "600 requests per 10 seconds, 9000 points of complexity per hour",
                "600 förfrågningar per 10 sekunder, 9000 komplexitetspoäng per timme",
            ),
            ("Nobody has translated this. The token works.", "Nobody has translated this. Token fungerar."),
        ];
        for (english, swedish) in cases {
            assert_eq!(said(english), swedish);
        }
    }

    #[test]
    fn both_languages_have_the_same_places_and_no_sentence_stands_twice() {
        let mut seen = BTreeSet::new();
        for (english, swedish) in TABLES.iter().copied().flatten() {
            assert_eq!(english.matches("{}").count(), swedish.matches("{}").count(), "{english}");
            assert!(seen.insert(english), "twice: {english}");
        }
    }

    #[test]
    fn every_text_of_the_checks_and_of_the_manifest_is_translated() {
        let mut texts: Vec<String> = manifest().permissions.into_iter().map(|own| own.used_for).collect();
        for file in files("src/flows/validate") {
            texts.extend(literals(&file).into_iter().filter(|text| is_said(text)));
        }
        for file in files("src/queries") {
            texts.extend(file.split("lost: \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
        let untold: BTreeSet<_> = texts.iter().filter(|text| known(text).is_none()).collect();
        assert!(texts.len() > 200 && untold.is_empty(), "not translated in src/swedish: {untold:#?}");
    }

    /// Put together from words of which each is translated with its sentence.
    const COMPOSED: [&str; 6] = [
        "{} {} per {}",
        "There is no {} {} in this store.",
        "Choose another {}.",
        "The store has no {}.",
        "The only {} is {}.",
        "{} {}s were found.",
    ];

    fn files(folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    /// String literals outside of comments, with `{}` for whatever is filled in.
    fn literals(source: &str) -> Vec<String> {
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        code.split('"').skip(1).step_by(2).map(without_names).collect()
    }

    fn without_names(text: &str) -> String {
        let mut parts = text.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |whole, part| whole + "{}" + part.split_once('}').map_or("", |(_, rest)| rest))
    }

    /// A sentence, not a name or a format of one: words, the first with a capital letter or filled in.
    fn is_said(text: &str) -> bool {
        let words: Vec<&str> = text.split(' ').collect();
        let begins = text.starts_with(|first: char| first.is_ascii_uppercase() || first == '{');
        !COMPOSED.contains(&text)
            && begins
            && words.len() > 2
            && words.iter().any(|word| word.len() > 2 && word.bytes().all(|own| own.is_ascii_lowercase()))
    }
}
