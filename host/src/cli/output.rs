//! What commands print.

use std::io::Write;

use serde::Serialize;

use super::exit::Failure;

/// Text for people, or one JSON document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) json: bool,
}

impl Output {
    /// Prints a result: `value` as JSON, or what `text` makes of it.
    pub(super) fn result<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).unwrap_or_default()
        } else {
            text(value).trim_end().to_owned()
        };
        // A reader that has seen enough (`| head`) is no failure.
        writeln!(std::io::stdout(), "{text}").ok();
    }

    /// Prints a result of a program that goes on: one line at once, `value` as JSON or `text`.
    pub(super) fn line(self, value: &serde_json::Value, text: &str) {
        let line = if self.json { value.to_string() } else { text.to_owned() };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).ok();
    }

    /// Prints why a command failed, on standard error.
    pub(super) fn failure(self, failure: &Failure) {
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": failure }));
            return;
        }
        eprintln!("error: {}", failure.message);
        for mistake in &failure.field_errors {
            eprintln!("  {}: {}", mistake.pointer, mistake.message);
            if let Some(fix) = &mistake.fix {
                eprintln!("    → {fix}");
            }
        }
    }

    /// Says something on standard error, for people only.
    pub(super) fn note(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }
}

/// Lines of columns, each as wide as its widest cell.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A page of a list, with how to go on.
pub(super) fn with_cursor(text: String, cursor: Option<&str>) -> String {
    match cursor {
        Some(cursor) => text + "\nmore: --cursor " + cursor,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "å-long".to_owned()], vec!["bbb".to_owned(), "c".to_owned()]];
        assert_eq!(table(&rows), "a    å-long\nbbb  c");
    }
}
