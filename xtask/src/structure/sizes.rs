//! How many files and lines each crate has, code and tests apart.

use std::collections::BTreeSet;

use serde::Serialize;

use super::modules::Modules;
use crate::sources::{Source, Sources};

/// One crate in numbers. The lengths are those of its code files, tests inside of them included; of a crate that is
/// nothing but tests, those of its tests.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Size {
    pub(super) name: String,
    pub(super) files: usize,
    /// Lines of these files without their `mod tests { … }`.
    pub(super) lines: usize,
    pub(super) test_files: usize,
    /// Lines of the test files, and of `mod tests { … }` in the others.
    pub(super) test_lines: usize,
    pub(super) median: usize,
    pub(super) p95: usize,
    pub(super) max: usize,
    /// The longest file.
    pub(super) longest: String,
}

/// Of the files below `folder`; what `modules` knows is code, everything else is for tests.
pub(super) fn of(sources: &Sources, folder: &str, modules: &Modules<'_>) -> Size {
    let code: BTreeSet<_> = modules.files().iter().map(|module| module.source.path.as_str()).collect();
    let is_code = |source: &Source| code.contains(source.path.as_str()) && !is_named_as_tests(&source.path);
    let (own, tests): (Vec<_>, Vec<_>) =
        sources.below(folder).filter(|source| source.is_rust()).partition(|source| is_code(source));
    let inline: usize = own.iter().map(|source| inline_tests(source)).sum();
    let measured = if own.is_empty() { &tests } else { &own };
    let mut lengths: Vec<_> = measured.iter().map(|source| (length(source), source.path.as_str())).collect();
    lengths.sort_unstable();
    let ranked =
        |percent: usize| lengths.get((lengths.len() * percent).div_ceil(100).max(1) - 1).map_or(0, |(lines, _)| *lines);
    Size {
        name: folder.trim_end_matches('/').to_owned(),
        files: own.len(),
        lines: own.iter().map(|source| length(source)).sum::<usize>() - inline,
        test_files: tests.len(),
        test_lines: tests.iter().map(|source| length(source)).sum::<usize>() + inline,
        median: ranked(50),
        p95: ranked(95),
        max: ranked(100),
        longest: lengths.last().map_or(String::new(), |(_, path)| (*path).to_owned()),
    }
}

fn length(source: &Source) -> usize {
    source.text.lines().count()
}

/// A folder or a file by whose name everybody knows that it is compiled for tests only.
fn is_named_as_tests(path: &str) -> bool {
    path.split('/').any(|part| ["tests", "suite", "tests.rs"].contains(&part))
}

/// Lines from `mod tests {` on.
fn inline_tests(source: &Source) -> usize {
    let begin = source.code.lines().position(|line| line.trim_start().starts_with("mod tests {"));
    begin.map_or(0, |begin| length(source) - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_tests_are_counted_apart() {
        let sources = Sources::of(&[
            ("host/src/lib.rs", "//! A.\nmod a;\n#[cfg(test)]\nmod b;\n"),
            ("host/src/a.rs", "//! A.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n"),
            ("host/src/b.rs", "//! B.\n"),
            ("host/tests/it.rs", "//! C.\n\n"),
        ]);
        let size = of(&sources, "host/", &Modules::of(&sources, "host/src/", "host"));
        assert_eq!((size.files, size.lines, size.test_files, size.test_lines), (2, 7, 2, 6));
        assert_eq!((size.median, size.p95, size.max, size.longest.as_str()), (4, 6, 6, "host/src/a.rs"));
    }
}
