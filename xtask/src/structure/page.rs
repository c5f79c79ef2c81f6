//! Which file of the page imports which.

use std::{collections::BTreeSet, path::Path};

use super::graph::Graph;
use crate::sources::Sources;

/// Where the page's sources are.
pub(crate) const ROOT: &str = "host/ui/src/";

/// Of the page. Imports of types count too: they tie files together for a reader as much as others.
pub(crate) fn graph(sources: &Sources) -> Graph {
    let is_code = |path: &str| Path::new(path).extension().is_some_and(|kind| kind == "ts" || kind == "tsx");
    let own: Vec<_> = sources.below(ROOT).filter(|source| is_code(&source.path)).collect();
    let files: Vec<_> = own.iter().map(|source| source.path.clone()).collect();
    let mut imports = BTreeSet::new();
    for (from, source) in own.iter().enumerate() {
        for target in source.text.lines().filter_map(imported) {
            let path = joined(&source.path, target);
            let names = [".ts", ".tsx", "/index.ts", "/index.tsx"].map(|ending| format!("{path}{ending}"));
            imports.extend(files.iter().position(|file| names.contains(file)).map(|to| (from, to)));
        }
    }
    imports.retain(|(from, to)| from != to);
    Graph { files, imports, calls: BTreeSet::new() }
}

/// The relative path that a line imports from: `} from "./x";`, `import "./x";`, `import("./x")`.
fn imported(line: &str) -> Option<&str> {
    let rest = [" from \"", "import \"", "import(\""].iter().find_map(|begin| line.split_once(begin))?.1;
    rest.split('"').next().filter(|target| target.starts_with('.'))
}

fn joined(file: &str, target: &str) -> String {
    let mut segments: Vec<_> = file.split('/').collect();
    segments.pop();
    for segment in target.split('/') {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::circles::of_imports;

    #[test]
    fn a_circle_of_the_page_is_found() {
        let sources = Sources::of(&[
            ("host/ui/src/text/text.tsx", "import { sv } from \"./sv\";\nimport { h } from \"react\";"),
            ("host/ui/src/text/sv.ts", "import type { Key } from \"../text/text\";"),
            ("host/ui/src/main.tsx", "import \"./text/text\";\nimport {\n  a,\n} from \"./text/sv\";"),
        ]);
        let graph = graph(&sources);
        assert_eq!(graph.imports.len(), 4);
        assert_eq!(of_imports(&graph), [["host/ui/src/text/sv.ts", "host/ui/src/text/text.tsx"]]);
    }
}
