//! Files are short, named for what they do, and say what they are for.

use super::{
    Violation,
    sources::{Source, Sources},
};

/// Most lines a hand-written file may have.
const LONGEST: usize = 450;
/// Most lines the median file may have.
const MEDIAN: usize = 120;
/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "type", "types", "helper", "helpers", "common", "misc"];

fn lines(source: &Source) -> usize {
    source.text.lines().count()
}

pub(super) fn files_are_short(sources: &Sources) -> Vec<Violation> {
    let long = sources.rust().filter(|source| lines(source) > LONGEST);
    long.map(|source| {
        let problem = format!("{} lines; {LONGEST} are allowed", lines(source));
        source.violation(1, problem, "Split it by what its parts do.")
    })
    .collect()
}

pub(super) fn the_median_file_is_short(sources: &Sources) -> Vec<Violation> {
    let mut sizes: Vec<_> = sources.rust().map(lines).collect();
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    if median <= MEDIAN {
        return vec![];
    }
    let problem = format!("the median Rust file has {median} lines; {MEDIAN} are allowed");
    let remedy = "Split the files that do several jobs.";
    vec![Violation { path: ".".to_owned(), line: 1, problem, remedy }]
}

pub(super) fn names_say_what_a_file_does(sources: &Sources) -> Vec<Violation> {
    let is_empty = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part));
    let bad = sources.rust().filter(|source| source.path.split('/').any(is_empty));
    bad.map(|source| source.violation(1, "a name that says nothing", "Name it for what it does.")).collect()
}

pub(super) fn modules_say_what_they_are_for(sources: &Sources) -> Vec<Violation> {
    let bare = sources.rust().filter(|source| !source.text.starts_with("//!"));
    bare.map(|source| source.violation(1, "does not begin with `//!`", "Say in one line what the file is for."))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_budget_is_found() {
        let (short, long) = ("//! x\n".repeat(LONGEST), "//! x\n".repeat(LONGEST + 1));
        let sources = Sources::of(&[("a/src/lib.rs", &short), ("b/src/lib.rs", &long), ("c.md", &long)]);
        let found = files_are_short(&sources);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].problem.as_str()), ("b/src/lib.rs", "451 lines; 450 are allowed"));
    }

    #[test]
    fn a_median_over_the_budget_is_found() {
        let long = "//! x\n".repeat(MEDIAN + 1);
        let short = Sources::of(&[("a/lib.rs", "//! x"), ("b/lib.rs", "//! x"), ("c/lib.rs", &long)]);
        assert_eq!(the_median_file_is_short(&short), []);
        let heavy = Sources::of(&[("a/lib.rs", "//! x"), ("b/lib.rs", &long), ("c/lib.rs", &long)]);
        assert_eq!(the_median_file_is_short(&heavy).len(), 1);
    }

    #[test]
    fn an_empty_name_is_found_as_file_and_as_folder() {
        let text = "//! x\nfn f() {}";
        let files = [("a/src/utils.rs", text), ("a/src/types/mod.rs", text), ("a/src/prototypes.rs", text)];
        let found = names_say_what_a_file_does(&Sources::of(&files));
        assert_eq!(
            found.iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>(),
            ["a/src/utils.rs", "a/src/types/mod.rs"]
        );
    }

    #[test]
    fn a_module_without_a_first_line_is_found() {
        let files = [("a/src/one.rs", "use std::fs;"), ("a/src/two.rs", "//! Two.\nfn f() {}")];
        assert_eq!(modules_say_what_they_are_for(&Sources::of(&files)).len(), 1);
    }
}
