//! What cargo knows of the packages that a program is built from.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::artifacts::cargo;

/// What `cargo metadata` prints.
#[derive(Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression, more or less.
    pub(super) license: Option<String>,
    /// Absent for packages of this workspace.
    pub(super) source: Option<String>,
    pub(super) manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Clone, Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    /// `dev`, `build`, or nothing for what becomes a part of the program.
    kind: Option<String>,
}

/// A package that becomes a part of what is shipped, and those it uses.
pub(super) struct Shipped {
    pub(super) package: Package,
    /// References of packages.
    pub(super) uses: Vec<String>,
}

impl Package {
    /// Names it among all others.
    pub(super) fn reference(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    fn runs_at_build_time_only(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

impl Metadata {
    pub(super) fn of_workspace(target: &str) -> anyhow::Result<Self> {
        let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", target];
        let output = cargo(&arguments).output().context("cannot run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The version of one of our packages.
    pub(super) fn version_of(&self, name: &str) -> anyhow::Result<String> {
        Ok(self.own(name)?.version.clone())
    }

    /// Our packages of these names and all that becomes a part of them, by name and version. Features are those of the whole
    /// workspace, so that it may be a little more, never less.
    pub(super) fn shipped(&self, roots: &[&str]) -> anyhow::Result<Vec<Shipped>> {
        let packages: BTreeMap<_, _> = self.packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let nodes: BTreeMap<_, _> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut open = roots.iter().map(|root| Ok(self.own(root)?.id.as_str())).collect::<anyhow::Result<Vec<_>>>()?;
        let (mut seen, mut shipped) = (BTreeSet::new(), vec![]);
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let package = packages.get(id).with_context(|| format!("cargo does not know `{id}`"))?;
            let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps);
            let kept = edges.filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none()));
            let kept = kept.filter_map(|edge| packages.get(edge.pkg.as_str()).copied());
            let kept: Vec<_> = kept.filter(|package| !package.runs_at_build_time_only()).collect();
            let uses = kept.iter().map(|package| package.reference()).collect::<BTreeSet<_>>();
            open.extend(kept.iter().map(|package| package.id.as_str()));
            shipped.push(Shipped { package: (*package).clone(), uses: uses.into_iter().collect() });
        }
        shipped.sort_by_key(|one| one.package.reference());
        Ok(shipped)
    }

    fn own(&self, name: &str) -> anyhow::Result<&Package> {
        let mut packages = self.packages.iter().filter(|package| package.source.is_none());
        packages.find(|package| package.name == name).with_context(|| format!("there is no package `{name}` here"))
    }
}

/// Packages of no registry, for tests.
#[cfg(test)]
pub(super) fn sample(folder: &std::path::Path) -> Metadata {
    let package = |name: &str, license: &str, kind: &str| {
        serde_json::json!({ "id": name, "name": name, "version": "1.0.0", "license": license,
            "source": if name == "host" { None } else { Some("registry+x") },
            "manifest_path": folder.join(name).join("Cargo.toml"), "targets": [{ "kind": [kind] }] })
    };
    let edge = |name: &str, kind: Option<&str>| serde_json::json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
    let packages = [
        package("host", "MIT", "bin"),
        package("json", "MIT/Apache-2.0", "lib"),
        package("derive", "MIT", "proc-macro"),
        package("mock", "MIT", "lib"),
        package("text", "Unicode-3.0", "lib"),
    ];
    let deps = [edge("json", None), edge("derive", None), edge("mock", Some("dev"))];
    let nodes = serde_json::json!([{ "id": "host", "deps": deps }, { "id": "json", "deps": [edge("text", None)] }]);
    serde_json::from_value(serde_json::json!({ "packages": packages, "resolve": { "nodes": nodes } })).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_neither_for_tests_nor_for_the_build() {
        let shipped = sample(std::path::Path::new("/x")).shipped(&["host"]).unwrap();
        let rows: Vec<_> = shipped.iter().map(|one| (one.package.reference(), one.uses.clone())).collect();
        let expected = [("host@1.0.0", vec!["json@1.0.0"]), ("json@1.0.0", vec!["text@1.0.0"]), ("text@1.0.0", vec![])];
        assert_eq!(rows, expected.map(|(name, uses)| (name.to_owned(), uses.into_iter().map(str::to_owned).collect())));
        assert!(sample(std::path::Path::new("/x")).shipped(&["json"]).is_err(), "it is not ours");
    }
}
