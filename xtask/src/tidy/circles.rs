//! Files do not use each other in circles.

use super::{Violation, sources::Sources};
use crate::structure::{graphs, of_imports};

/// Circles that are left over from before this rule; each may shrink and none may grow. A file or a folder stands for
/// itself and all below it.
const KNOWN: [&[&str]; 1] = [&["host/src/model/", "host/src/store/"]];

const REMEDY: &str =
    "Move what both sides need into a file of its own; `cargo xtask structure --places` shows who uses whom.";

/// Every circle is a part of a known one.
pub(super) fn no_import_circle_is_new(sources: &Sources) -> Vec<Violation> {
    new_circles(sources, &KNOWN)
}

/// Nothing stays on the list that is no circle any more.
pub(super) fn known_circles_exist(sources: &Sources) -> Vec<Violation> {
    gone_circles(sources, &KNOWN)
}

fn new_circles(sources: &Sources, known: &[&[&str]]) -> Vec<Violation> {
    let is_new = |circle: &Vec<String>| !known.iter().any(|known| is_within(circle, known));
    let new = circles(sources).into_iter().filter(is_new);
    new.map(|circle| {
        let problem = format!("uses itself through {}", circle[1..].join(", "));
        Violation { path: circle[0].clone(), line: 1, problem, remedy: REMEDY }
    })
    .collect()
}

fn gone_circles(sources: &Sources, known: &[&[&str]]) -> Vec<Violation> {
    let circles = circles(sources);
    let gone = known.iter().filter(|known| !circles.iter().any(|circle| is_within(circle, known)));
    gone.map(|known| {
        let problem = format!("{} is no circle any more", known.join(", "));
        Violation { path: file!().to_owned(), line: 1, problem, remedy: "Delete it from KNOWN." }
    })
    .collect()
}

fn circles(sources: &Sources) -> Vec<Vec<String>> {
    graphs(sources).iter().flat_map(|(_, graph)| of_imports(graph)).collect()
}

fn is_within(circle: &[String], known: &[&str]) -> bool {
    circle.iter().all(|file| known.iter().any(|known| file == known || known.ends_with('/') && file.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_circle_is_found_and_a_known_one_is_not() {
        let sources = Sources::of(&[
            ("host/src/lib.rs", "mod a;"),
            ("host/src/order/mod.rs", "mod c;"),
            ("host/src/a.rs", "use crate::b::B;"),
            ("host/src/b.rs", "use crate::a::A;"),
            ("host/src/order/c.rs", "use super::d::D;"),
            ("host/src/order/d.rs", "use super::c::C;"),
        ]);
        let known: [&[&str]; 2] = [&["host/src/order/"], &["host/src/x.rs", "host/src/y.rs"]];
        let problems =
            |violations: Vec<Violation>| violations.into_iter().map(|found| found.problem).collect::<Vec<_>>();
        assert_eq!(problems(new_circles(&sources, &known)), ["uses itself through host/src/b.rs"]);
        assert_eq!(problems(gone_circles(&sources, &known)), ["host/src/x.rs, host/src/y.rs is no circle any more"]);
    }
}
