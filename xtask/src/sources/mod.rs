//! The text files of a checkout, as git sees them.

mod code;
mod violation;

use std::{fs, path::Path, process::Command};

use anyhow::{Context, ensure};

pub(crate) use violation::Violation;

/// One text file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path from the workspace, with `/`.
    pub(crate) path: String,
    /// What stands in it.
    pub(crate) text: String,
    /// The same without comments and without the content of strings; lines are kept. Only for Rust.
    pub(crate) code: String,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Sources(Vec<Source>);

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let is_rust = Path::new(path).extension().is_some_and(|extension| extension == "rs");
        let code = if is_rust { code::of(text) } else { String::new() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    pub(crate) fn is_rust(&self) -> bool {
        !self.code.is_empty() || self.path.ends_with("/lib.rs") || self.path.ends_with("/mod.rs")
    }

    /// The folder or file just below `root`, without its ending: which module a file belongs to.
    pub(crate) fn module_below(&self, root: &str) -> Option<&str> {
        let rest = self.path.strip_prefix(root)?;
        rest.split('/').next().map(|name| name.strip_suffix(".rs").unwrap_or(name))
    }

    pub(crate) fn violation(&self, line: usize, problem: impl Into<String>, remedy: &'static str) -> Violation {
        Violation { path: self.path.clone(), line, problem: problem.into(), remedy }
    }

    /// A violation on every line of `code` that `is_bad`.
    pub(crate) fn lines_that(
        &self,
        is_bad: impl Fn(&str) -> bool,
        problem: &str,
        remedy: &'static str,
    ) -> Vec<Violation> {
        let lines = self.code.lines().enumerate().filter(|(_, line)| is_bad(line));
        lines.map(|(index, _)| self.violation(index + 1, problem, remedy)).collect()
    }
}

impl Sources {
    /// Tracked files and new ones that are not ignored.
    pub(crate) fn of_checkout(root: &Path) -> anyhow::Result<Self> {
        let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let output = Command::new("git").args(arguments).current_dir(root).output().context("cannot run git")?;
        ensure!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
        let listed = String::from_utf8(output.stdout)?;
        // What is no text is no source; what was deleted but not yet committed is no file.
        let read = |path: &str| Some(Source::new(path, &fs::read_to_string(root.join(path)).ok()?));
        Ok(Self(listed.split('\0').filter(|path| !path.is_empty()).filter_map(read).collect()))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| Source::new(path, text)).collect())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.0.iter().filter(|source| source.is_rust())
    }

    pub(crate) fn below<'a>(&'a self, root: &'a str) -> impl Iterator<Item = &'a Source> {
        self.0.iter().filter(move |source| source.path.starts_with(root))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Source> {
        self.0.iter().find(|source| source.path == path)
    }
}

/// Whether a word stands in a line, not as a part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    line.match_indices(word)
        .any(|(at, _)| !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next()))
}
