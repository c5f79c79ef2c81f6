//! The part of `docs/errors.md` that is generated from `schemas/codes.json`.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, ensure};
use serde::Deserialize;

const PAGE: &str = "docs/errors.md";
const BEGIN: &str = "<!-- begin codes";
const END: &str = "<!-- end codes -->";
/// Groups in the order in which they stand in the page, with their headings.
const GROUPS: [(&str, &str); 7] = [
    ("request", "Requests and keys"),
    ("connection", "Connections and syncs"),
    ("order", "Quotes and orders"),
    ("event", "Events and webhooks"),
    ("connector", "Platforms and plugins"),
    ("host", "The host itself"),
    ("command", "The command line"),
];

#[derive(Deserialize)]
struct Codes {
    retry: Vec<Class>,
    codes: Vec<Entry>,
}

#[derive(Deserialize)]
struct Class {
    class: String,
    meaning: String,
}

#[derive(Deserialize)]
struct Entry {
    code: String,
    group: String,
    status: Option<u16>,
    exit: u8,
    retry: String,
    meaning: String,
    #[serde(default)]
    cause: String,
    remedy: String,
}

/// Writes the part of the page in `root` anew from the codes exported to `exported`.
pub(crate) fn write(root: &Path, exported: &Path) -> anyhow::Result<()> {
    let page = root.join(PAGE);
    Ok(fs::write(&page, renewed(&page, exported)?)?)
}

/// Whether the page has what the codes say.
pub(crate) fn is_written(root: &Path, exported: &Path) -> anyhow::Result<bool> {
    let page = root.join(PAGE);
    Ok(fs::read_to_string(&page)? == renewed(&page, exported)?)
}

fn renewed(page: &Path, exported: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let codes: Codes = serde_json::from_str(&fs::read_to_string(exported.join("codes.json"))?)?;
    between(&text, &rendered(&codes)?)
}

fn between(page: &str, part: &str) -> anyhow::Result<String> {
    let begin = page.find(BEGIN).and_then(|at| Some(at + page[at..].find('\n')? + 1));
    let begin = begin.with_context(|| format!("{PAGE} has no `{BEGIN}`"))?;
    let end = page.find(END).with_context(|| format!("{PAGE} has no `{END}`"))?;
    ensure!(begin <= end, "{PAGE}: `{END}` stands before `{BEGIN}`");
    Ok(format!("{}{part}{}", &page[..begin], &page[end..]))
}

fn rendered(codes: &Codes) -> anyhow::Result<String> {
    let mut text = String::from("\n| retry class | meaning |\n|---|---|\n");
    for Class { class, meaning } in &codes.retry {
        writeln!(text, "| `{class}` | {meaning} |")?;
    }
    for (group, heading) in GROUPS {
        writeln!(text, "\n### {heading}")?;
        for entry in codes.codes.iter().filter(|entry| entry.group == group) {
            write!(text, "\n{}", section(entry))?;
        }
    }
    let stray = codes.codes.iter().find(|entry| GROUPS.iter().all(|(group, _)| entry.group != *group));
    ensure!(stray.is_none(), "a code is of no known group: {:?}", stray.map(|entry| &entry.code));
    text.push('\n');
    Ok(text)
}

fn section(entry: &Entry) -> String {
    let Entry { code, status, exit, retry, meaning, cause, remedy, .. } = entry;
    let status = status.map_or_else(String::new, |status| format!("HTTP {status}, "));
    let cause = if cause.is_empty() { String::new() } else { format!(" Cause: {cause}") };
    format!("#### `{code}`\n\n{status}exit {exit}, retry `{retry}`. {meaning}{cause} Do: {remedy}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: &str = r#"{ "retry": [{ "class": "never", "meaning": "No." }], "codes": [
        { "code": "not_found", "group": "host", "status": 404, "exit": 9, "retry": "never", "meaning": "Nothing.", "remedy": "Look." },
        { "code": "file", "group": "command", "exit": 2, "retry": "never", "meaning": "Bad.", "cause": "It.", "remedy": "Mend." }] }"#;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- begin codes: x -->\nold\n<!-- end codes -->\nb\n";
        assert_eq!(between(page, "new\n").unwrap(), "a\n<!-- begin codes: x -->\nnew\n<!-- end codes -->\nb\n");
        assert!(between("a\n", "new").is_err());
    }

    #[test]
    fn each_code_has_a_heading_and_its_facts() {
        let text = rendered(&serde_json::from_str(CODES).unwrap()).unwrap();
        assert!(text.contains("#### `not_found`\n\nHTTP 404, exit 9, retry `never`. Nothing. Do: Look.\n"), "{text}");
        assert!(text.contains("#### `file`\n\nexit 2, retry `never`. Bad. Cause: It. Do: Mend.\n"), "{text}");
    }
}
