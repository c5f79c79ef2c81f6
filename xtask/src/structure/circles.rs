//! Files that use each other in a circle.

use std::collections::BTreeSet;

use super::graph::Graph;

/// The circles that imports alone make: groups of files of which each uses each other, directly or through others.
pub(crate) fn of_imports(graph: &Graph) -> Vec<Vec<String>> {
    groups(&graph.files, &graph.imports)
}

/// Those that appear when calls between the `impl` blocks of one type count too.
pub(crate) fn hidden(graph: &Graph) -> Vec<Vec<String>> {
    let shown = of_imports(graph);
    let all: BTreeSet<_> = graph.imports.union(&graph.calls).copied().collect();
    groups(&graph.files, &all).into_iter().filter(|circle| !shown.contains(circle)).collect()
}

/// Who uses whom within a group.
pub(crate) fn uses_within(graph: &Graph, circle: &[String]) -> Vec<(String, String)> {
    let uses: BTreeSet<_> = graph.imports.union(&graph.calls).collect();
    let names = uses.iter().map(|(from, to)| (&graph.files[*from], &graph.files[*to]));
    let inside = names.filter(|(from, to)| circle.contains(from) && circle.contains(to));
    inside.map(|(from, to)| (from.clone(), to.clone())).collect()
}

/// Strongly connected components of two files or more.
fn groups(files: &[String], uses: &BTreeSet<(usize, usize)>) -> Vec<Vec<String>> {
    let reached: Vec<BTreeSet<usize>> = (0..files.len()).map(|from| reachable(from, uses)).collect();
    let mut circles: Vec<Vec<String>> = vec![];
    let mut placed = BTreeSet::new();
    for file in 0..files.len() {
        if !reached[file].contains(&file) || placed.contains(&file) {
            continue;
        }
        let group: Vec<_> = reached[file].iter().copied().filter(|other| reached[*other].contains(&file)).collect();
        placed.extend(group.iter().copied());
        let mut names: Vec<_> = group.iter().map(|member| files[*member].clone()).collect();
        names.sort();
        circles.push(names);
    }
    circles.sort();
    circles
}

fn reachable(from: usize, uses: &BTreeSet<(usize, usize)>) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for (_, next) in uses.range((file, 0)..=(file, usize::MAX)) {
            if reached.insert(*next) {
                open.push(*next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sources::Sources,
        structure::{graph, modules::Modules},
    };

    fn circles(files: &[(&str, &str)]) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let roots =
            ["lib.rs", "store/mod.rs", "order/mod.rs", "job/mod.rs"].map(|file| (format!("host/src/{file}"), ""));
        let roots = roots.iter().map(|(path, text)| (path.as_str(), *text));
        // The first of two files with one place counts.
        let files: Vec<_> = files.iter().copied().chain(roots).collect();
        let sources = Sources::of(&files);
        let graph = graph::of(&Modules::of(&sources, "host/src/", "connector_host"));
        let short = |circles: Vec<Vec<String>>| {
            let of_one = |circle: Vec<String>| circle.iter().map(|file| file.replace("host/src/", "")).collect();
            circles.into_iter().map(of_one).collect::<Vec<_>>()
        };
        (short(of_imports(&graph)), short(hidden(&graph)))
    }

    #[test]
    fn a_circle_is_found_in_every_spelling() {
        let cases = [
            ("use crate::b::B;", "use super::a::A;"),
            ("use crate::{b, c::C};\nfn f() { b::g() }", "fn g() -> crate::a::A { todo() }"),
            ("use super::b as x;\nfn f(y: x::B) {}", "#[serde(with = \"crate::a::z\")]\nstruct B;"),
            ("use crate::b::*;\nfn f(b: B) {}", "use super::{a::{self}, c};\nstruct B;"),
        ];
        for (a, b) in cases {
            let files = [
                ("host/src/lib.rs", "mod a; mod b; mod c;"),
                ("host/src/a.rs", a),
                ("host/src/b.rs", b),
                ("host/src/c.rs", "struct C;"),
            ];
            assert_eq!(circles(&files).0, [["a.rs", "b.rs"]], "{a} {b}");
        }
    }

    #[test]
    fn a_module_that_only_declares_and_reexports_is_in_no_circle() {
        let files = [
            ("host/src/lib.rs", "pub mod store;"),
            ("host/src/store/mod.rs", "mod row;\nmod page;\npub use row::{Row, read};\npub use page::*;"),
            ("host/src/store/row.rs", "pub struct Row;"),
            ("host/src/store/page.rs", "use super::Row;\npub struct Page(crate::store::Row);"),
        ];
        assert_eq!(circles(&files), (vec![], vec![]));
    }

    #[test]
    fn a_circle_through_a_reexport_is_found() {
        let files = [
            ("host/src/store/mod.rs", "pub mod row;\npub mod page;\npub use row::Row;\npub use page::*;"),
            ("host/src/store/row.rs", "use crate::store::Page;\npub struct Row;"),
            ("host/src/store/page.rs", "use super::Row;\npub struct Page;"),
        ];
        assert_eq!(circles(&files).0, [["store/page.rs", "store/row.rs"]]);
    }

    #[test]
    fn a_module_that_uses_what_it_reexports_is_in_a_circle_with_what_uses_it() {
        let files = [
            ("host/src/store/mod.rs", "mod row;\npub(crate) use row::Row;\npub struct Store(Row);"),
            ("host/src/store/row.rs", "use super::Store;\npub struct Row;"),
        ];
        assert_eq!(circles(&files).0, [["store/mod.rs", "store/row.rs"]]);
    }

    #[test]
    fn tests_make_no_circle() {
        let files = [
            ("host/src/a.rs", "use crate::b::B;\n#[cfg(test)]\nmod b_tests;"),
            (
                "host/src/b.rs",
                "struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }\n#[cfg(test)]\nuse crate::a::X;",
            ),
            ("host/src/a/b_tests.rs", "use crate::{a::A, b::B};"),
        ];
        assert_eq!(circles(&files), (vec![], vec![]));
    }

    #[test]
    fn calls_between_the_parts_of_one_type_make_a_hidden_circle() {
        let files = [
            ("host/src/order/service.rs", "pub struct Service;\nimpl Service { fn a(&self) { self.b() } }"),
            ("host/src/order/claim.rs", "use super::service::Service;\nimpl Service { pub(super) fn b(&self) {} }"),
            ("host/src/job/service.rs", "pub struct Service;\nimpl Service { fn b(&self) {} }"),
        ];
        assert_eq!(circles(&files), (vec![], vec![vec!["order/claim.rs".to_owned(), "order/service.rs".to_owned()]]));
    }

    #[test]
    fn the_uses_within_a_circle_are_named() {
        let sources = Sources::of(&[
            ("host/src/lib.rs", ""),
            ("host/src/a.rs", "use crate::b::B;"),
            ("host/src/b.rs", "use crate::{a::A, c::C};"),
            ("host/src/c.rs", "struct C;"),
        ]);
        let graph = graph::of(&Modules::of(&sources, "host/src/", "connector_host"));
        let circles = of_imports(&graph);
        let found = uses_within(&graph, &circles[0]);
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(found, [pair("host/src/a.rs", "host/src/b.rs"), pair("host/src/b.rs", "host/src/a.rs")]);
    }
}
