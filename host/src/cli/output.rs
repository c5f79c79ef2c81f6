//! What commands print: one way to standard output, one to standard error.
//!
//! Texts are lists of lines, and each line is made [`visible`] on its way out: nothing that a store, a channel or a plugin
//! wrote can begin a line of its own, colour one or set a terminal's title. What cannot be written is an error.

use std::io::{self, Write};

use serde::Serialize;

use super::exit::Failure;
use crate::text::{visible, visible_json};

/// Text for people, or one JSON document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) json: bool,
}

/// Lines for people.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<String>);

impl Text {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// One more line. A line end inside of it is shown as an escape.
    pub(super) fn line(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// An empty line and a heading.
    pub(super) fn heading(&mut self, heading: &str) {
        self.0.extend([String::new(), heading.to_owned()]);
    }

    /// The lines of another text.
    pub(super) fn append(&mut self, other: impl Into<Self>) {
        self.0.extend(other.into().0);
    }

    /// A value as JSON.
    pub(super) fn json<T: Serialize>(value: &T) -> Self {
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        Self(visible_json(&json).lines().map(str::to_owned).collect())
    }

    fn shown(&self) -> String {
        let lines = self.0.iter().map(|line| visible(line.trim_end())).collect::<Vec<_>>();
        lines.join("\n").trim_end().to_owned()
    }
}

impl From<String> for Text {
    fn from(line: String) -> Self {
        Self(vec![line])
    }
}

impl From<&str> for Text {
    fn from(line: &str) -> Self {
        line.to_owned().into()
    }
}

impl From<&String> for Text {
    fn from(line: &String) -> Self {
        line.as_str().into()
    }
}

impl FromIterator<String> for Text {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}

impl Output {
    /// Prints a result: `value` as JSON, or what `text` makes of it.
    pub(super) fn result<T: Serialize, X: Into<Text>>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> X,
    ) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string_pretty(value).map_err(Failure::unexpected)?;
            return print(&visible_json(&json));
        }
        print(&text(value).into().shown())
    }

    /// The same of a result that is shown only once: it counts as shown only where somebody can read it.
    pub(super) fn once<T: Serialize, X: Into<Text>>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> X,
    ) -> Result<(), Failure> {
        has_reader()?;
        self.result(value, text)
    }

    /// Prints a result of a program that goes on: `value` as one line of JSON, or `text`.
    pub(super) fn line(self, value: &serde_json::Value, text: impl Into<Text>) -> Result<(), Failure> {
        if self.json { print(&visible_json(&value.to_string())) } else { print(&text.into().shown()) }
    }

    /// Prints why a command failed, on standard error. A reader that has gone away has nobody to tell.
    pub(super) fn failure(self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        if self.json {
            return to_stderr(&visible_json(&serde_json::json!({ "error": failure }).to_string()));
        }
        let mut text = Text::from(format!("error: {}", failure.message));
        for mistake in &failure.field_errors {
            text.line(format!("  {}: {}", mistake.pointer, mistake.message));
            if let Some(fix) = &mistake.fix {
                text.line(format!("    → {fix}"));
            }
        }
        to_stderr(&text.shown());
    }

    /// Says something on standard error, for people only.
    pub(super) fn note(self, text: impl Into<Text>) {
        if !self.json {
            say(text);
        }
    }
}

/// Says something on standard error. What cannot be said there cannot be said anywhere: it is no failure of the work.
pub(super) fn say(text: impl Into<Text>) {
    to_stderr(&text.into().shown());
}

/// What the parser of arguments has to say: help on standard output, mistakes on standard error.
pub(super) fn explain(error: &clap::Error) -> Result<(), Failure> {
    match error.print().and_then(|()| io::stdout().flush()) {
        Err(failed) if !error.use_stderr() => Err(Failure::unwritten(&failed)),
        _ => Ok(()),
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Failure::unwritten(&error))
}

/// Fails when nobody can read standard output because it is `/dev/null`. That is what the runtime has put in its place, for reading and
/// writing, when there was none at the start. Programs that do not care for a result open it in the same way, so the two
/// cannot be distinguished, and only what is shown once is withheld.
pub(super) fn has_reader() -> Result<(), Failure> {
    let out = io::stdout();
    let is_null = || Some(rustix::fs::fstat(&out).ok()?.st_rdev == rustix::fs::stat("/dev/null").ok()?.st_rdev);
    let is_read_too = rustix::fs::fcntl_getfl(&out).is_ok_and(|flags| flags.contains(rustix::fs::OFlags::RDWR));
    if is_read_too && is_null() == Some(true) {
        return Err(Failure::unwritten(&rustix::io::Errno::BADF.into()));
    }
    Ok(())
}

fn to_stderr(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}

/// Most letters of a cell: a store's long text must not push every other line as wide. JSON has all of it.
const WIDEST_CELL: usize = 300;

/// Lines of columns, each as wide as its widest cell.
pub(super) fn table(rows: &[Vec<String>]) -> Text {
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| cell_of(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<_>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn cell_of(text: &str) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(WIDEST_CELL) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.into_owned(),
    }
}

/// A page of a list, with how to go on.
pub(super) fn with_cursor(mut text: Text, cursor: Option<&str>) -> Text {
    if let Some(cursor) = cursor {
        text.line(format!("more: --cursor {cursor}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "å-long".to_owned()], vec!["bbb".to_owned(), "c".to_owned()]];
        assert_eq!(table(&rows).shown(), "a    å-long\nbbb  c");
    }

    #[test]
    fn a_text_without_measure_neither_ends_a_command_nor_widens_a_table() {
        let rows = [vec!["å".repeat(100_000), "a".to_owned()], vec!["short".to_owned(), "b".to_owned()]];
        let shown = table(&rows).shown();
        assert!(shown.lines().all(|line| line.chars().count() == WIDEST_CELL + 1 + 2 + 1), "{shown:.400}");
    }

    #[test]
    fn what_others_wrote_stays_on_its_line() {
        let mut text = table(&[vec!["x\ny".to_owned(), "z".to_owned()], vec!["long word".to_owned(), "z".to_owned()]]);
        text.line("name: evil\r\nok: everything\u{1b}[2J");
        assert_eq!(text.shown(), "x\\ny       z\nlong word  z\nname: evil\\r\\nok: everything\\u{1b}[2J");
    }
}
