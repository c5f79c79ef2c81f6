//! The paths that Rust code names: imports, re-exports and paths in the code.

use std::collections::BTreeSet;

use super::tokens::{end_of_block, is_word};

/// A path brought in by `use`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// Its segments; without the `*` of a glob.
    pub(super) path: Vec<String>,
    /// What it is called here; `*` for a glob.
    pub(super) name: String,
    /// Whether others may import it from here.
    pub(super) is_reexport: bool,
}

/// All the paths of one file.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pub(super) imports: Vec<Import>,
    /// Paths of two segments or more that stand in the code.
    pub(super) inline: BTreeSet<Vec<String>>,
    /// Words of the code outside of imports.
    pub(super) words: BTreeSet<String>,
    /// Names of the items that the file defines.
    pub(super) items: BTreeSet<String>,
}

/// Reads them from tokens.
pub(super) fn of(tokens: &[&str]) -> Paths {
    const ITEMS: [&str; 9] = ["struct", "enum", "trait", "type", "const", "static", "fn", "mod", "macro_rules"];
    let mut paths = Paths::default();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        if token == "use" {
            let end = tokens[at..].iter().position(|token| *token == ";").map_or(tokens.len(), |length| at + length);
            let is_reexport = at > 0 && (tokens[at - 1] == "pub" || is_restricted_pub(&tokens[..at]));
            import(&tokens[at + 1..end], &mut vec![], is_reexport, &mut paths.imports);
            at = end;
        } else if token == "mod" && tokens.get(at + 2) == Some(&";") {
            // Declares a module, which is no use of it.
            paths.items.insert(tokens[at + 1].to_owned());
            at += 2;
        } else if is_word(token) {
            let is_of_another_crate = at > 0 && tokens[at - 1] == "$";
            let is_visibility = tokens[..at].ends_with(&["(", "in"]);
            let mut path = vec![token.to_owned()];
            while tokens.get(at + 1) == Some(&"::") && tokens.get(at + 2).is_some_and(|next| is_word(next)) {
                path.push(tokens[at + 2].to_owned());
                at += 2;
            }
            let is_lifetime = at > 0 && tokens[at - 1] == "'";
            if ITEMS.contains(&token) && !is_lifetime {
                let name = tokens[at + 1..].iter().find(|next| is_word(next) && **next != "mut");
                paths.items.extend(name.map(|name| (*name).to_owned()));
            }
            paths.words.extend(path.iter().cloned());
            if path.len() > 1 && !is_of_another_crate && !is_visibility {
                paths.inline.insert(path);
            }
        }
        at += 1;
    }
    paths
}

/// Paths in strings of attributes, as `deserialize_with` has them.
pub(super) fn in_attributes(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split("with = \"").skip(1)).filter_map(|rest| {
        let path: Vec<_> = rest.split('"').next()?.split("::").map(str::to_owned).collect();
        ["crate", "super", "self"].contains(&path[0].as_str()).then_some(path)
    })
}

/// Whether `pub(crate)` or the like ends here.
fn is_restricted_pub(tokens: &[&str]) -> bool {
    tokens.last() == Some(&")")
        && tokens.iter().rposition(|token| *token == "(").is_some_and(|open| open > 0 && tokens[open - 1] == "pub")
}

/// One tree of a `use`, without `use` and `;`.
fn import(tree: &[&str], before: &mut Vec<String>, is_reexport: bool, imports: &mut Vec<Import>) {
    let depth = before.len();
    let mut at = 0;
    while at < tree.len() {
        match tree[at] {
            "{" => {
                let inside = &tree[at + 1..end_of_block(tree, at) - 1];
                for branch in branches(inside) {
                    import(branch, before, is_reexport, imports);
                }
                before.truncate(depth);
                return;
            }
            "*" => {
                imports.push(Import { path: before.clone(), name: "*".to_owned(), is_reexport });
                before.truncate(depth);
                return;
            }
            "as" => break,
            "::" => {}
            word => before.push(word.to_owned()),
        }
        at += 1;
    }
    if before.last().is_some_and(|last| last == "self") && before.len() > 1 {
        before.pop();
    }
    let renamed = tree.get(at + 1).filter(|_| tree.get(at) == Some(&"as"));
    if let Some(name) = renamed.map(|name| (*name).to_owned()).or_else(|| before.last().cloned()) {
        imports.push(Import { path: before.clone(), name, is_reexport });
    }
    before.truncate(depth);
}

/// Splits at the commas that stand in no inner braces.
fn branches<'a, 'b>(tokens: &'a [&'b str]) -> Vec<&'a [&'b str]> {
    let (mut parts, mut start, mut depth) = (vec![], 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::tokens;

    #[test]
    fn every_spelling_of_an_import_is_read() {
        let code = "use crate::{a::{self, B as C}, d::*}; pub(crate) use super::e; pub use f::{g, h::I};";
        let found = of(&tokens::of(code)).imports;
        let shown: Vec<_> = found
            .iter()
            .map(|import| {
                format!("{} = {}{}", import.name, import.path.join("::"), if import.is_reexport { " pub" } else { "" })
            })
            .collect();
        let expected =
            ["a = crate::a", "C = crate::a::B", "* = crate::d", "e = super::e pub", "g = f::g pub", "I = f::h::I pub"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn paths_in_the_code_and_in_attributes_are_read() {
        let code = "pub(in crate::v) fn f(x: super::A) -> io::Result<()> { g(crate::b::c::<D>(1)); $crate::x::y }";
        let found = of(&tokens::of(code));
        let inline: Vec<_> = found.inline.iter().map(|path| path.join("::")).collect();
        assert_eq!(inline, ["crate::b::c", "io::Result", "super::A"]);
        assert!(found.items.contains("f"));
        let text = "#[serde(default, deserialize_with = \"crate::wire::list\")] #[serde(with = \"hex\")]";
        assert_eq!(in_attributes(text).collect::<Vec<_>>(), [["crate", "wire", "list"]]);
    }
}
