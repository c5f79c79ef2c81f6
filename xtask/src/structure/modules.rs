//! The modules of one crate, each with its file, and where a path leads.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    paths::{self, Paths},
    tokens,
};
use crate::sources::{Source, Sources};

/// Deeper chains of re-exports do not occur; a chain that leads to itself ends here.
const LONGEST_CHAIN: usize = 8;

/// One file of Rust that is not only for tests.
#[derive(Debug)]
pub(super) struct Module<'a> {
    pub(super) source: &'a Source,
    /// Its tokens, without those for tests.
    pub(super) tokens: Vec<&'a str>,
    pub(super) paths: Paths,
    /// Where it stands: `["store", "sqlite"]`; empty for the root.
    at: Vec<String>,
}

/// The modules of a crate.
#[derive(Debug)]
pub(super) struct Modules<'a> {
    files: Vec<Module<'a>>,
    by_place: BTreeMap<Vec<String>, usize>,
    /// What the crate calls itself from its other targets, as `main.rs` does.
    name: String,
}

/// Where a path leads: to a module as a whole, or to something in it.
#[derive(Debug, Clone, Copy)]
enum Place {
    Module(usize),
    Item(usize),
}

impl<'a> Modules<'a> {
    /// Of the crate whose sources are below `root`: `host/src/`.
    pub(super) fn of(sources: &'a Sources, root: &str, name: &str) -> Self {
        let mut files = vec![];
        let mut only_for_tests: BTreeSet<Vec<String>> = BTreeSet::new();
        let below: Vec<_> = sources.all().filter(|source| source.path.starts_with(root) && source.is_rust()).collect();
        for source in below {
            let at = place(&source.path[root.len()..]);
            let (tokens, test_modules) = tokens::without_tests(&tokens::of(&source.code));
            only_for_tests.extend(test_modules.iter().map(|name| [at.as_slice(), &[(*name).to_owned()]].concat()));
            let mut paths = paths::of(&tokens);
            paths.inline.extend(paths::in_attributes(&source.text));
            files.push(Module { source, tokens, paths, at });
        }
        let is_for_tests = |at: &[String]| (1..=at.len()).any(|length| only_for_tests.contains(&at[..length]));
        files.retain(|module| !is_for_tests(&module.at));
        let by_place = files.iter().enumerate().rev().map(|(index, module)| (module.at.clone(), index)).collect();
        Self { files, by_place, name: name.to_owned() }
    }

    pub(super) fn files(&self) -> &[Module<'a>] {
        &self.files
    }

    /// The file where the path leads that is named in the file `from`; `None` when it leads out of the crate.
    pub(super) fn file_of(&self, from: usize, path: &[String]) -> Option<usize> {
        self.resolve(from, path, 0).map(|(Place::Module(file) | Place::Item(file))| file)
    }

    /// The files that a glob brings in: of each thing that `from` mentions, the one that defines it.
    pub(super) fn files_of_glob(&self, from: usize, path: &[String]) -> BTreeSet<usize> {
        let module = match self.resolve(from, path, 0) {
            Some(Place::Module(module)) => module,
            Some(Place::Item(file)) => return BTreeSet::from([file]),
            None => return BTreeSet::new(),
        };
        let words = self.files[from].paths.words.iter().filter(|word| self.knows(module, word));
        words
            .filter_map(|word| self.walk(module, std::slice::from_ref(word), 0))
            .map(|(Place::Module(at) | Place::Item(at))| at)
            .collect()
    }

    fn resolve(&self, from: usize, path: &[String], chain: usize) -> Option<Place> {
        let (first, rest) = path.split_first().filter(|_| chain < LONGEST_CHAIN)?;
        let at = &self.files[from].at;
        let place = match first.as_str() {
            "crate" => Vec::new(),
            "self" => at.clone(),
            "super" => {
                let ups = path.iter().take_while(|segment| *segment == "super").count();
                let parent = at.get(..at.len().checked_sub(ups)?)?;
                return self.walk(*self.by_place.get(parent)?, &path[ups..], chain);
            }
            name if name == self.name => Vec::new(),
            _ => return self.brought_in(from, first, rest, chain),
        };
        self.walk(*self.by_place.get(&place)?, rest, chain)
    }

    /// Follows the rest of a path from a module on.
    fn walk(&self, module: usize, rest: &[String], chain: usize) -> Option<Place> {
        let Some((name, behind)) = rest.split_first() else { return Some(Place::Module(module)) };
        if self.brings_in(module, name) {
            return self.brought_in(module, name, behind, chain);
        }
        let paths = &self.files[module].paths;
        if paths.items.contains(name) {
            return Some(Place::Item(module));
        }
        let mut globs = paths.imports.iter().filter(|import| import.name == "*");
        let of_a_glob = globs.find_map(|glob| match self.resolve(module, &glob.path, chain + 1)? {
            Place::Module(target) if target != module && self.knows(target, name) => self.walk(target, rest, chain + 1),
            _ => None,
        });
        // What a macro defines is not seen.
        of_a_glob.or(Some(Place::Item(module)))
    }

    /// Whether a name is that of a module below or of an import.
    fn brings_in(&self, module: usize, name: &str) -> bool {
        let Module { at, paths, .. } = &self.files[module];
        self.by_place.contains_key(&[at.as_slice(), &[name.to_owned()]].concat())
            || paths.imports.iter().any(|import| import.name == name)
    }

    /// Whether a name is defined in a module or brought into it.
    fn knows(&self, module: usize, name: &str) -> bool {
        self.files[module].paths.items.contains(name) || self.brings_in(module, name)
    }

    /// A module below, or what was imported under a name.
    fn brought_in(&self, module: usize, name: &str, behind: &[String], chain: usize) -> Option<Place> {
        let Module { at, paths, .. } = &self.files[module];
        if let Some(child) = self.by_place.get(&[at.as_slice(), &[name.to_owned()]].concat()) {
            return self.walk(*child, behind, chain);
        }
        let import = paths.imports.iter().find(|import| import.name == name)?;
        match self.resolve(module, &import.path, chain + 1)? {
            Place::Module(target) => self.walk(target, behind, chain + 1),
            item @ Place::Item(_) => Some(item),
        }
    }
}

/// The module that a file holds: `store/sqlite/mod.rs` and `store/sqlite.rs` both hold `store::sqlite`.
fn place(path: &str) -> Vec<String> {
    let mut segments: Vec<_> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if segments.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        segments.pop();
    }
    segments
}
