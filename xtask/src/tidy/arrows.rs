//! Which module may know which: inside the contract and inside the host, arrows run one way.

use super::{
    Violation,
    sources::{Source, Sources},
};

/// A module and those it may use.
type Arrows<'a> = &'a [(&'a str, &'a [&'a str])];

/// Files at the root, which put modules together or belong to all of them.
const ROOTS: [&str; 5] = ["lib", "main", "metrics", "open_enum", "testing"];

/// Where the journeys are: each of them is a module with arrows of its own.
const JOURNEYS: &str = "core::";

const CONTRACT: Arrows<'_> = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("connector", &["domain", "wire"]),
    ("abi", &["domain", "wire", "connector"]),
    ("export", &["domain", "wire", "connector", "abi"]),
    ("testing", &["domain", "wire", "connector", "abi", "export"]),
];

const HOST: Arrows<'_> = &[
    ("bounded", &[]),
    ("clock", &[]),
    ("config", &["bounded"]),
    ("telemetry", &["config"]),
    ("trace", &[]),
    ("private_files", &[]),
    ("spelling", &[]),
    ("text", &[]),
    ("work", &[]),
    ("net", &["clock", "private_files", "trace", "work"]),
    ("plugin", &["clock", "net", "private_files", "text", "trace", "work"]),
    ("model", &["text"]),
    ("store", &["model", "private_files", "spelling", "text", "trace"]),
    ("secret", &["bounded", "model", "private_files", "store"]),
    ("audit", &["model", "store"]),
    ("outbox", &["clock", "model", "net", "secret", "store", "trace", "work"]),
    ("sync", &["clock", "model", "plugin", "secret", "store", "work"]),
    ("connection", &["clock", "model", "net", "plugin", "secret", "store", "sync"]),
    ("cart", &["clock", "connection", "model", "spelling", "store", "work"]),
    ("channel", &["clock", "model", "store"]),
    ("job", &["clock", "connection", "model", "store", "sync", "trace", "work"]),
    ("replica", &["clock", "connection", "model", "store", "work"]),
    ("session", &["channel", "clock", "connection", "job", "model", "secret", "store"]),
    (
        "order",
        &["cart", "clock", "connection", "model", "plugin", "secret", "spelling", "store", "sync", "text", "work"],
    ),
    ("webhook", &["clock", "connection", "job", "model", "net", "plugin", "secret", "store", "sync", "trace", "work"]),
    (
        "http",
        &[
            "audit",
            "bounded",
            "cart",
            "channel",
            "clock",
            "config",
            "connection",
            "job",
            "model",
            "order",
            "outbox",
            "secret",
            "session",
            "trace",
            "webhook",
            "work",
        ],
    ),
    (
        "app",
        &[
            "cart",
            "channel",
            "clock",
            "config",
            "connection",
            "job",
            "model",
            "net",
            "order",
            "outbox",
            "plugin",
            "replica",
            "secret",
            "session",
            "store",
            "sync",
            "webhook",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "audit",
            "bounded",
            "cart",
            "channel",
            "clock",
            "config",
            "connection",
            "http",
            "job",
            "model",
            "net",
            "order",
            "outbox",
            "plugin",
            "replica",
            "secret",
            "session",
            "store",
            "sync",
            "telemetry",
            "text",
            "webhook",
            "work",
        ],
    ),
];

pub(super) fn of_the_contract(sources: &Sources) -> Vec<Violation> {
    check(sources, "connector-api/src/", CONTRACT)
}

pub(super) fn of_the_host(sources: &Sources) -> Vec<Violation> {
    check(sources, "host/src/", HOST)
}

fn check(sources: &Sources, root: &str, arrows: Arrows<'_>) -> Vec<Violation> {
    let aliases = sources.get(&format!("{root}lib.rs")).map(reexports).unwrap_or_default();
    let mut violations = vec![];
    for source in sources.below(root).filter(|source| source.is_rust()) {
        let own = match source.module_below(root).unwrap_or_default() {
            "core" if source.path.ends_with("/core/mod.rs") => continue,
            "core" => source.module_below(&format!("{root}core/")).unwrap_or_default(),
            own => own,
        };
        let Some((module, allowed)) = arrows.iter().find(|(module, _)| *module == own) else {
            if !ROOTS.contains(&own) {
                let remedy = "Say in xtask/src/tidy/arrows.rs which modules it may use.";
                violations.push(source.violation(1, format!("`{own}` has no place among the modules"), remedy));
            }
            continue;
        };
        // A file of tests wires what it needs, as the program does.
        if source.path.ends_with("/tests.rs") || source.path.contains("/tests/") {
            continue;
        }
        for (line, name) in names_from_the_crate(&source.code) {
            let used = aliases.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, module)| module);
            let is_known = arrows.iter().any(|(known, _)| *known == used);
            if is_known && used != *module && !allowed.contains(&used) {
                let problem = format!("`{module}` uses `{used}`, which it must not know");
                violations.push(source.violation(
                    line,
                    problem,
                    "Move the code to where both may be known, or turn the arrow.",
                ));
            }
        }
    }
    violations
}

/// Names that the root re-exports, with the module they come from.
fn reexports(root: &Source) -> Vec<(String, String)> {
    let exports = root.code.split(';').filter_map(|statement| statement.trim().strip_prefix("pub use "));
    let pairs = exports.filter_map(|path| {
        let (module, names) = path.split_once("::")?;
        let names = names.rsplit("::").next().unwrap_or(names).trim_matches(['{', '}', ' ']);
        Some(names.split(',').map(|name| (name.trim().to_owned(), module.trim().to_owned())).collect::<Vec<_>>())
    });
    pairs.flatten().collect()
}

/// First path segments after `crate::`, those in braces included, with their lines; of the journeys, the segment after
/// `core::` as well.
fn names_from_the_crate(code: &str) -> Vec<(usize, String)> {
    let starts = code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$'));
    starts.flat_map(|(at, found)| names_at(code, at + found.len())).collect()
}

/// The names with which the use tree at a place begins.
fn names_at(code: &str, start: usize) -> Vec<(usize, String)> {
    let Some(list) = code[start..].strip_prefix('{') else { return named_at(code, start) };
    let (mut names, mut depth, mut expects_a_name) = (vec![], 0_usize, true);
    for (offset, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_a_name = true,
            letter if expects_a_name && !letter.is_whitespace() => {
                names.extend(named_at(code, start + 1 + offset));
                expects_a_name = false;
            }
            _ => {}
        }
    }
    names
}

fn named_at(code: &str, start: usize) -> Vec<(usize, String)> {
    let mut names = vec![(line_of(code, start), word(&code[start..]))];
    if code[start..].starts_with(JOURNEYS) {
        names.extend(names_at(code, start + JOURNEYS.len()));
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: fn(&Sources) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<(usize, String)> {
        check(&Sources::of(files)).into_iter().map(|violation| (violation.line, violation.problem)).collect()
    }

    #[test]
    fn an_arrow_against_the_order_is_found_in_every_spelling() {
        let files = [
            ("connector-api/src/lib.rs", "pub use wire::error::{ConnectorError, Retry};"),
            ("connector-api/src/domain/money.rs", "//! Money.\nuse crate::wire::Op;\n"),
            ("connector-api/src/domain/cart.rs", "use crate::{\n    domain::{Money, wire},\n    abi::v1,\n};\n"),
            ("connector-api/src/domain/tax.rs", "fn f() -> crate::ConnectorError { todo() }"),
            ("connector-api/src/testing/host.rs", "use crate::{abi, export, wire};"),
        ];
        let expected = [
            (2, "`domain` uses `wire`, which it must not know".to_owned()),
            (3, "`domain` uses `abi`, which it must not know".to_owned()),
            (1, "`domain` uses `wire`, which it must not know".to_owned()),
        ];
        assert_eq!(found(of_the_contract, &files), expected);
    }

    #[test]
    fn the_store_knows_no_plugin_and_comments_do_not_count() {
        let files = [
            ("host/src/store/mod.rs", "//! See [`crate::plugin`].\nuse crate::plugin::Registry;"),
            ("host/src/plugin/handle.rs", "use crate::store::Store;"),
            ("host/src/net/client.rs", "use crate::core::connection::Error;"),
            ("host/src/core/cart/service.rs", "use crate::{core::{connection::Error, order::Intent}, store::Store};"),
            ("host/src/cli/sync.rs", "use crate::{app::App, store::Store};"),
        ];
        assert_eq!(found(of_the_host, &files).len(), 4);
    }

    #[test]
    fn a_module_that_nobody_placed_is_found() {
        let files = [("host/src/main.rs", "fn main() {}"), ("host/src/gadget/mod.rs", "//! Gadgets.\nfn f() {}")];
        let expected = [(1, "`gadget` has no place among the modules".to_owned())];
        assert_eq!(found(of_the_host, &files), expected);
    }
}
