//! Every stable code that a user may meet is explained in docs/errors.md. The host's own table of codes is written there by
//! `cargo xtask schemas`; this finds the others: of the contract, of refusals, of fields, quotes and warnings.

use super::{
    Violation,
    sources::{Source, Sources},
};

const DOCUMENT: &str = "docs/errors.md";

/// Calls that take a code as their first plain word, and where they are looked for: fields, quotes, warnings.
const CALLS: [(&str, &[&str]); 2] = [
    ("host/src/", &[".at(", "FieldError::new(", ".add(", "add(", ".at_field(", "Absence::new("]),
    ("", &[".note(", ".warn(", ".mend(", ".fatal(", "warning(", ".at_field(", "invalid(", " at("]),
];

pub(super) fn every_code_is_explained(sources: &Sources) -> Vec<Violation> {
    let document = sources.get(DOCUMENT).map_or("", |document| document.text.as_str());
    let mut codes = vec![];
    if let Some(errors) = sources.get("connector-api/src/wire/error.rs") {
        codes.extend(enum_words(errors).map(|code| (errors, code)));
    }
    if let Some(refusals) = sources.get("host/src/plugin/refusal.rs") {
        codes.extend(enum_variants(refusals, "pub enum RefusalCode {").map(|code| (refusals, code)));
    }
    for (folder, calls) in CALLS {
        let own = sources.below(folder).filter(|source| source.is_rust() && has_codes(&source.path));
        codes.extend(own.flat_map(|source| called_with(source, calls).map(move |code| (source, code))));
    }
    let unexplained = codes.into_iter().filter(|(_, (_, code))| !document.contains(&format!("`{code}`")));
    unexplained
        .map(|(source, (line, code))| {
            let problem = format!("the code `{code}` is not explained in {DOCUMENT}");
            source.violation(line, problem, "Say there what it means and what to do about it.")
        })
        .collect()
}

/// Words of `Name = "word",` lines.
fn enum_words(source: &Source) -> impl Iterator<Item = (usize, String)> {
    source.text.lines().enumerate().filter_map(|(index, line)| {
        let (name, word) = line.trim().strip_suffix("\",")?.split_once(" = \"")?;
        name.chars().all(char::is_alphanumeric).then(|| (index + 1, word.to_owned()))
    })
}

/// Variants of a plain enum, as serde's `snake_case` writes them.
fn enum_variants<'a>(source: &'a Source, header: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
    let lines = source.code.lines().enumerate().skip_while(move |(_, line)| !line.contains(header)).skip(1);
    let own = lines.take_while(|(_, line)| !line.starts_with('}'));
    own.filter_map(|(index, line)| Some((index + 1, snake_case(line.trim().strip_suffix(',')?))))
}

/// Where codes come from: the host and the plugins, not their tests.
fn has_codes(path: &str) -> bool {
    let is_made_here =
        ["host/src/", "centra-plugin/src/", "plugin-template/src/"].iter().any(|own| path.starts_with(own));
    is_made_here && !path.contains("/tests/") && !path.ends_with("/tests.rs")
}

/// The first plain word that each of the calls is given.
fn called_with<'a>(source: &'a Source, calls: &'a [&'a str]) -> impl Iterator<Item = (usize, String)> + 'a {
    let text = before_tests(&source.text);
    calls.iter().flat_map(move |call| {
        text.match_indices(call).filter_map(move |(at, _)| {
            let word = first_word(&text[at + call.len()..])?;
            Some((text[..at].matches('\n').count() + 1, word.to_owned()))
        })
    })
}

/// The first string that looks like a code among the arguments that `text` begins with; what is inside of further brackets
/// is none of them.
fn first_word(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.checked_sub(1)?,
            '"' => {
                let mut is_escaped = false;
                let (end, _) = letters.find(|(_, letter)| {
                    let is_end = *letter == '"' && !is_escaped;
                    is_escaped = *letter == '\\' && !is_escaped;
                    is_end
                })?;
                let word = &text[at + 1..end];
                if depth == 0 && is_word(word) {
                    return Some(word);
                }
            }
            _ => {}
        }
    }
    None
}

fn before_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]").map_or(text, |(before, _)| before)
}

fn is_word(text: &str) -> bool {
    text.len() > 2 && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
}

fn snake_case(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_an_explanation_is_found_wherever_it_is_made() {
        let files = [
            (
                "connector-api/src/wire/error.rs",
                "open_enum! {\n    /// A.\n    AuthInvalid = \"auth_invalid\",\n    TooLarge = \"too_large\",\n}",
            ),
            ("host/src/plugin/refusal.rs", "pub enum RefusalCode {\n    /// A.\n    NotALibrary,\n    Unsafe,\n}\n"),
            (
                "host/src/core/session/service.rs",
                "a.push(FieldError::new(\n  &format!(\"/{}\", \"inner\"),\n  \"not_known\",\n  \"the \\\"text\\\"\"));\n\
                 #[cfg(test)]\nmod t { fn f() { FieldError::new(\"/a\", \"only_tested\"); } }",
            ),
            ("centra-plugin/src/map/quote.rs", "said.note(\"fee\", \"\", text);\nsaid.warn(code, \"\", text);"),
            (DOCUMENT, "| `too_large` | | `unsafe` |"),
        ];
        let found = every_code_is_explained(&Sources::of(&files));
        let problems: Vec<_> = found.iter().map(|violation| (violation.line, violation.problem.as_str())).collect();
        let expected = [
            (3, "the code `auth_invalid` is not explained in docs/errors.md"),
            (3, "the code `not_a_library` is not explained in docs/errors.md"),
            (1, "the code `not_known` is not explained in docs/errors.md"),
            (1, "the code `fee` is not explained in docs/errors.md"),
        ];
        assert_eq!(problems, expected);
    }
}
