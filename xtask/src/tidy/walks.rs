//! The journeys that ARCHITECTURE.md tells: each a short path through files that exist, in the order in which they are called.

use super::{
    Violation,
    sources::{Source, Sources, has_word},
};

const DOCUMENT: &str = "ARCHITECTURE.md";
const CHAPTER: &str = "## The journeys";
/// Files on the main path of a journey.
const MOST_FILES: usize = 9;
const REMEDY: &str = "Tell the path as it is, or make the code's path shorter.";
/// Names shorter than this are in every file.
const TELLING_NAME: usize = 4;

/// A row of a journey's table.
struct Step<'s> {
    /// The row that calls it.
    caller: Option<usize>,
    path: &'s str,
}

pub(super) fn journeys_are_short(sources: &Sources) -> Vec<Violation> {
    let Some(document) = sources.get(DOCUMENT) else { return vec![] };
    let mut violations = vec![];
    let (mut is_inside, mut root, mut journey) = (false, "", Journey::default());
    for (index, line) in document.text.lines().enumerate() {
        let number = index + 1;
        if line.starts_with("## ") {
            is_inside = line == CHAPTER;
        }
        if !is_inside {
            continue;
        }
        if line.starts_with("### ") {
            (root, journey) = ("", Journey::default());
        }
        // A paragraph may name another folder for the paths that follow.
        if line.contains("below `centra-plugin/src`") {
            root = "centra-plugin/src/";
        }
        let step = step(line);
        let wrong = |problem: String| document.violation(number, problem, REMEDY);
        for path in files(line) {
            match found(sources, root, path) {
                None => violations.push(wrong(format!("there is no file `{path}`"))),
                Some(source) => violations.extend(journey.name(&source.path).map(wrong)),
            }
        }
        if let Some(step) = step {
            violations.extend(journey.go(&step, found(sources, root, step.path), sources).into_iter().map(wrong));
        }
    }
    violations
}

/// What was read of a journey.
#[derive(Default)]
struct Journey {
    named: Vec<String>,
    steps: Vec<String>,
}

impl Journey {
    /// Notes a file; the fault, when the journey has named it already.
    fn name(&mut self, path: &str) -> Option<String> {
        let is_twice = self.named.iter().any(|known| known == path);
        self.named.push(path.to_owned());
        is_twice.then(|| format!("`{path}` is named twice in one journey"))
    }

    fn go(&mut self, step: &Step<'_>, source: Option<&Source>, sources: &Sources) -> Vec<String> {
        let mut problems = vec![];
        self.steps.push(source.map(|source| source.path.clone()).unwrap_or_default());
        if self.steps.len() > MOST_FILES {
            problems.push(format!(
                "`{}` is file {} of a journey; {MOST_FILES} are allowed",
                step.path,
                self.steps.len()
            ));
        }
        let Some(number) = step.caller else { return problems };
        let caller = number.checked_sub(1).and_then(|at| self.steps.get(at)).filter(|_| number < self.steps.len());
        let Some(caller) = caller else {
            problems.push(format!("row {number} does not stand above `{}`", step.path));
            return problems;
        };
        if let (Some(caller), Some(source)) = (sources.get(caller), source)
            && !items(&source.code).any(|item| has_word(&caller.code, item))
        {
            problems.push(format!("`{}` uses nothing of `{}`", caller.path, source.path));
        }
        problems
    }
}

fn found<'s>(sources: &'s Sources, root: &str, path: &str) -> Option<&'s Source> {
    let places = [format!("host/src/{path}"), format!("{root}{path}"), path.to_owned()];
    places.iter().find_map(|place| sources.get(place))
}

/// A row of a table: `| 3 | 1 → `path` | … |`.
fn step(line: &str) -> Option<Step<'_>> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    cells.next()?.parse::<usize>().ok()?;
    let cell = cells.next()?;
    let caller = cell.split_once('→').and_then(|(number, _)| number.trim().parse().ok());
    Some(Step { caller, path: files(cell).next()? })
}

/// Rust files that a line names.
fn files(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|text| text.contains('/') && text.strip_suffix(".rs").is_some())
}

/// What a file defines, by names that say something.
fn items(code: &str) -> impl Iterator<Item = &str> {
    const KINDS: [&str; 8] = ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static ", "prefix_ref = "];
    let names = KINDS.into_iter().flat_map(move |kind| {
        code.match_indices(kind).map(move |(at, _)| {
            let rest = &code[at + kind.len()..];
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            &rest[..end]
        })
    });
    names.filter(|name| name.len() >= TELLING_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let text = format!("# A\n## The journeys\n### 1. One\n{text}\n## Others\n| 1 | `gone/away.rs` |\n");
        let files = [
            (DOCUMENT, text.as_str()),
            ("host/src/core/first.rs", "use super::second::follow;\nfn begin() { follow() }"),
            ("host/src/core/second.rs", "pub(crate) fn follow() {}"),
            ("host/src/core/third.rs", "pub(crate) fn apart() {}"),
        ];
        journeys_are_short(&Sources::of(&files)).into_iter().map(|violation| violation.problem).collect()
    }

    #[test]
    fn a_path_that_is_told_as_it_is_passes() {
        let text =
            "| 1 | `core/first.rs` | Begins. |\n| 2 | 1 → `core/second.rs` | Follows. |\nBeside it: `core/third.rs`.";
        assert_eq!(problems(text), Vec::<String>::new());
    }

    #[test]
    fn files_that_are_gone_repeated_or_not_called_are_found() {
        let text = "| 1 | `core/first.rs` | |\n| 2 | 1 → `core/third.rs` | |\n| 3 | 5 → `core/second.rs` | |\n\
                    | 4 | 1 → `core/second.rs` | |\nBeside it: `core/fourth.rs`.";
        let expected = [
            "`host/src/core/first.rs` uses nothing of `host/src/core/third.rs`",
            "row 5 does not stand above `core/second.rs`",
            "`host/src/core/second.rs` is named twice in one journey",
            "there is no file `core/fourth.rs`",
        ];
        assert_eq!(problems(text), expected);
    }

    #[test]
    fn a_path_of_ten_files_is_too_long() {
        let rows: Vec<String> = (1..=10).map(|row| format!("| {row} | `core/first.rs` | |")).collect();
        assert!(
            problems(&rows.join("\n")).contains(&"`core/first.rs` is file 10 of a journey; 9 are allowed".to_owned())
        );
    }
}
