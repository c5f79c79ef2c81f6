//! Private words that must not come back into what people read: guides, help texts, and texts of the pages.

use super::{
    Violation,
    sources::{Source, Sources, has_word},
};

/// A word or phrase, and what the field says. Only those that are wrong in nearly every sentence: words with an ordinary use
/// beside the private one (`mark`, `turn`, `way`, `say`) are left to the reader.
const REPLACED: [(&str, &str); 44] = [
    ("a person decides", "needs manual resolution"),
    ("anew", "again"),
    ("announced", "published"),
    ("announces", "publishes"),
    ("are told", "receive"),
    ("called off", "cancelled"),
    ("given up", "dead-lettered, or rejected"),
    ("gives up", "stops, or exits"),
    ("hand out", "export"),
    ("hears", "receives"),
    ("in the open", "unencrypted"),
    ("is ending", "is shutting down"),
    ("is told", "receives"),
    ("lane", "entity queue"),
    ("lanes", "entity queues"),
    ("let in", "accepted"),
    ("lets in", "accepts"),
    ("look after", "manage"),
    ("looked after", "managed, or processed"),
    ("looks after", "manages"),
    ("mend", "fix, or correct"),
    ("mended", "fixed"),
    ("mends", "recovers"),
    ("needs a person", "needs manual resolution"),
    ("nobody knows", "is unknown"),
    ("organ", "component"),
    ("organs", "components"),
    ("otherwise than agreed", "differs from what was agreed"),
    ("pieces", "quantity"),
    ("put off", "deferred"),
    ("resting", "in cooldown, or retrying"),
    ("retire", "delete"),
    ("retired", "deleted"),
    ("retirement", "deletion"),
    ("retires", "deletes"),
    ("sign of life", "renewal"),
    ("told to end", "shutting down"),
    ("twin", "duplicate"),
    ("twins", "duplicates"),
    ("waits for a person", "needs manual resolution"),
    ("want a look", "alert on them"),
    ("wants a look", "alert on it"),
    ("way to deliver", "shipping method"),
    ("ways to deliver", "shipping methods"),
];

/// Guides that hold the words on purpose, or that a program writes from another source.
const EXEMPT: [&str; 2] = ["docs/glossary.md", "docs/errors.md"];

pub(super) fn public_texts_use_the_fields_words(sources: &Sources) -> Vec<Violation> {
    let mut violations = vec![];
    for source in sources.all().filter(|source| !EXEMPT.contains(&source.path.as_str())) {
        for (index, line) in source.text.lines().enumerate() {
            let Some(text) = public_text(source, line) else { continue };
            for (word, instead) in REPLACED.iter().filter(|(word, _)| has_word(&text, word)) {
                let problem = format!("says `{word}`, where the field says: {instead}");
                violations.push(source.violation(index + 1, problem, "Use the words of docs/glossary.md."));
            }
        }
    }
    violations
}

/// What people read of a line, in lower case; code in backticks is none of it.
fn public_text(source: &Source, line: &str) -> Option<String> {
    let path = source.path.as_str();
    let is_guide = path.starts_with("docs/") || !path.contains('/') || path.ends_with("/README.md");
    let text = match path.rsplit_once('.')?.1 {
        "md" if is_guide => line,
        "rs" if path.starts_with("host/src/cli/") || path.starts_with("host/src/config/") => {
            line.trim_start().strip_prefix("/// ")?
        }
        "ts" if path.starts_with("host/ui/src/text/") && !line.trim_start().starts_with("//") => line,
        _ => return None,
    };
    Some(text.split('`').step_by(2).collect::<Vec<_>>().join("`").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let found = public_texts_use_the_fields_words(&Sources::of(files));
        found.into_iter().map(|violation| (violation.path, violation.line)).collect()
    }

    #[test]
    fn a_private_word_is_found_in_guides_help_and_pages() {
        let files = [
            ("docs/operations.md", "# Webhooks\nA channel Hears of it.\nThe lane of an entity."),
            ("README.md", "Nobody knows what became of it."),
            ("host/src/cli/webhook.rs", "    /// Let deliveries be let in."),
            ("host/ui/src/text/en.ts", "  \"a\": \"It was called off.\","),
        ];
        let expected = [
            ("docs/operations.md".to_owned(), 2),
            ("docs/operations.md".to_owned(), 3),
            ("README.md".to_owned(), 1),
            ("host/src/cli/webhook.rs".to_owned(), 1),
            ("host/ui/src/text/en.ts".to_owned(), 1),
        ];
        assert_eq!(lines(&files), expected);
    }

    #[test]
    fn code_parts_of_words_and_other_files_are_left_alone() {
        let files = [
            ("docs/events.md", "The planes of `webhook_lane` and `retired` rows."),
            ("docs/glossary.md", "A lane is an entity queue."),
            ("host/src/cli/webhook.rs", "// the lane\nlet lane = 1;"),
            ("host/src/core/webhook/apply.rs", "/// The lane."),
            ("host/ui/src/text/en.ts", "// what was given up"),
        ];
        assert_eq!(lines(&files), []);
    }
}
