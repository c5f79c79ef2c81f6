//! Every stable code that a user may meet is explained in docs/errors.md.

use super::{
    Violation,
    sources::{Source, Sources},
};

const DOCUMENT: &str = "docs/errors.md";

pub(super) fn every_code_is_explained(sources: &Sources) -> Vec<Violation> {
    let document = sources.get(DOCUMENT).map_or("", |document| document.text.as_str());
    let mut codes = vec![];
    if let Some(errors) = sources.get("connector-api/src/wire/error.rs") {
        codes.extend(enum_words(errors).map(|code| (errors, code)));
    }
    if let Some(refusals) = sources.get("host/src/plugin/refusal.rs") {
        codes.extend(enum_variants(refusals, "pub enum RefusalCode {").map(|code| (refusals, code)));
    }
    for source in sources.below("host/src/cli/") {
        codes.extend(failure_codes(source).map(|code| (source, code)));
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

/// Words given beside an `Exit::…`, as in `Failure::new(Exit::Store, "keys", …)` and `(Exit::Store, "disk_full")`.
fn failure_codes(source: &Source) -> impl Iterator<Item = (usize, String)> {
    source.text.lines().enumerate().flat_map(|(index, line)| {
        line.match_indices("Exit::").filter_map(move |(at, _)| {
            let (_, rest) = line[at..].split_once(", \"")?;
            let is_next_to_it = line[at..].find(", \"")? < 24;
            let word = rest.split('"').next()?;
            let is_code = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
            (is_next_to_it && is_code).then(|| (index + 1, word.to_owned()))
        })
    })
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
                "host/src/cli/exit.rs",
                "let f = Failure::new(Exit::Store, \"keys\", error);\nlet g = (Exit::Busy, \"conflict\");",
            ),
            (DOCUMENT, "| `too_large` | | `unsafe` | | `conflict` |"),
        ];
        let found = every_code_is_explained(&Sources::of(&files));
        let problems: Vec<_> = found.iter().map(|violation| (violation.line, violation.problem.as_str())).collect();
        let expected = [
            (3, "the code `auth_invalid` is not explained in docs/errors.md"),
            (3, "the code `not_a_library` is not explained in docs/errors.md"),
            (1, "the code `keys` is not explained in docs/errors.md"),
        ];
        assert_eq!(problems, expected);
    }
}
