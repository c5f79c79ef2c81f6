//! Files do not use each other in circles.

use super::{Violation, sources::Sources};
use crate::structure::{graphs, hidden, of_imports};

const REMEDY: &str =
    "Move what both sides need into a file of its own; `cargo xtask structure --places` shows who uses whom.";

/// No file imports or calls, directly or through others, one that imports or calls it.
pub(super) fn no_file_imports_itself(sources: &Sources) -> Vec<Violation> {
    let circles = graphs(sources).into_iter().flat_map(|(_, graph)| [of_imports(&graph), hidden(&graph)].concat());
    circles
        .map(|circle| {
            let problem = format!("uses itself through {}", circle[1..].join(", "));
            Violation { path: circle[0].clone(), line: 1, problem, remedy: REMEDY }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found() {
        let sources = Sources::of(&[
            ("host/src/lib.rs", "mod a; mod b; mod c;"),
            ("host/src/a.rs", "use crate::b::B;"),
            ("host/src/b.rs", "use crate::a::A;"),
            ("host/src/c.rs", "use crate::a::A;"),
        ]);
        let problems: Vec<_> = no_file_imports_itself(&sources).into_iter().map(|found| found.problem).collect();
        assert_eq!(problems, ["uses itself through host/src/b.rs"]);
    }
}
