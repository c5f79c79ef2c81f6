//! `cargo xtask schemas [--check]`: the JSON schemas others build on, exported by the host from the built plugins, and the
//! part of the documentation that is made from them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    artifacts::{Artifacts, BUILD_ALL, cargo, succeed, workspace},
    code_pages,
};

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Compare with what is committed instead of writing it.
    #[arg(long)]
    check: bool,
}

impl SchemaArgs {
    /// `--check`.
    pub(crate) fn checking() -> Self {
        Self { check: true }
    }
}

/// Writes or compares `schemas/`.
pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    succeed(&mut cargo(&BUILD_ALL))?;
    let committed = workspace().join("schemas");
    if !args.check {
        export(&committed)?;
        code_pages::write(workspace(), &committed)?;
        println!("schemas are written to {}", committed.display());
        return Ok(());
    }
    let exported = tempfile::tempdir()?;
    export(exported.path())?;
    let mut differences = differences(&schemas_below(&committed)?, &schemas_below(exported.path())?);
    if !code_pages::is_written(workspace(), exported.path())? {
        differences.push("docs/errors.md does not have the codes of host/src/model/code".to_owned());
    }
    if differences.is_empty() {
        println!("schemas are up to date");
        return Ok(());
    }
    bail!(
        "schemas are not up to date:\n  {}\nRun `cargo xtask schemas` and review the change.",
        differences.join("\n  ")
    )
}

fn export(directory: &Path) -> anyhow::Result<()> {
    let built = Artifacts::of("debug");
    let data = tempfile::tempdir()?;
    let mut command = Command::new(built.program("connector-host"));
    command.args(["schema", "export", "--data-dir"]).arg(data.path()).current_dir(data.path());
    for plugin in ["centra_plugin", "plugin_template"] {
        command.arg("--connector").arg(built.plugin(plugin));
    }
    succeed(command.arg("--out").arg(directory).stdout(Stdio::null()))
}

/// JSON files by their path below `directory`.
fn schemas_below(directory: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                found.insert(path.strip_prefix(directory)?.to_owned(), text);
            }
        }
    }
    Ok(found)
}

fn differences(committed: &BTreeMap<PathBuf, String>, exported: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let changed = exported.iter().filter_map(|(path, text)| match committed.get(path) {
        None => Some(format!("schemas/{} is not committed", path.display())),
        Some(other) if other != text => Some(format!("schemas/{} has changed", path.display())),
        Some(_) => None,
    });
    let stray = committed.keys().filter(|path| !exported.contains_key(*path));
    changed.chain(stray.map(|path| format!("schemas/{} is not exported any more", path.display()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_named() {
        let files = |list: &[(&str, &str)]| list.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        let committed: BTreeMap<PathBuf, String> = files(&[("a.json", "1"), ("b.json", "1"), ("old.json", "1")]);
        let exported = files(&[("a.json", "1"), ("b.json", "2"), ("new.json", "1")]);
        let expected = [
            "schemas/b.json has changed",
            "schemas/new.json is not committed",
            "schemas/old.json is not exported any more",
        ];
        assert_eq!(differences(&committed, &exported), expected);
        assert_eq!(differences(&committed, &committed), Vec::<String>::new());
    }
}
