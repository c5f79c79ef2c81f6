//! Which file of a crate uses which: imports and paths, and calls between the `impl` blocks of one type in several files.
//!
//! `mod x;` is no use, nor is a re-export whose name the file does not mention: whoever imports it uses the file that
//! defines it. A call `self.name(…)` of a method that another file gives the type is a use that no import shows.

use std::collections::BTreeSet;

use super::{
    methods::{self, Inherent},
    modules::Modules,
    paths::Import,
};

/// Files and the uses between them, by index.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(super) files: Vec<String>,
    pub(super) imports: BTreeSet<(usize, usize)>,
    pub(super) calls: BTreeSet<(usize, usize)>,
}

/// Of one crate.
pub(super) fn of(modules: &Modules<'_>) -> Graph {
    let files = modules.files().iter().map(|module| module.source.path.clone()).collect();
    let mut imports = BTreeSet::new();
    for (from, module) in modules.files().iter().enumerate() {
        for import in &module.paths.imports {
            let is_used = |import: &Import| !import.is_reexport || module.paths.words.contains(&import.name);
            if import.name == "*" {
                let used = if import.is_reexport { BTreeSet::new() } else { modules.files_of_glob(from, &import.path) };
                imports.extend(used.into_iter().map(|to| (from, to)));
            } else if is_used(import) {
                imports.extend(modules.file_of(from, &import.path).map(|to| (from, to)));
            }
        }
        let inline = module.paths.inline.iter().filter_map(|path| modules.file_of(from, path));
        imports.extend(inline.map(|to| (from, to)));
    }
    imports.retain(|(from, to)| from != to);
    Graph { files, imports, calls: calls(modules) }
}

/// Calls of a type's methods that stand in another file.
fn calls(modules: &Modules<'_>) -> BTreeSet<(usize, usize)> {
    let mut blocks: Vec<(usize, usize, Inherent<'_>)> = vec![];
    for (file, module) in modules.files().iter().enumerate() {
        for block in methods::inherent(&module.tokens) {
            let is_own = module.paths.items.contains(block.of.last().map_or("", String::as_str)) && block.of.len() == 1;
            let home = if is_own { Some(file) } else { modules.file_of(file, &block.of) };
            blocks.extend(home.map(|home| (file, home, block)));
        }
    }
    let mut calls = BTreeSet::new();
    for (from, home, caller) in &blocks {
        let others =
            blocks.iter().filter(|(file, of, block)| file != from && of == home && block.of.last() == caller.of.last());
        for (to, _, _) in others.filter(|(_, _, other)| other.methods.iter().any(|name| caller.calls.contains(name))) {
            calls.insert((*from, *to));
        }
    }
    calls
}
