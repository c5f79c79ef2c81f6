//! The host's web page: whether `host/ui/dist` is what its source builds, and its walks in a browser.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::{
    artifacts::{Artifacts, succeed, workspace},
    provision,
};

/// Where the comparison builds to, below `host/ui`.
const BUILT: &str = "node_modules/.built";
/// Node, its packages, and a browser: what the page's tests need.
pub(crate) struct Tools {
    browser: PathBuf,
    npm: PathBuf,
    node: PathBuf,
}

/// Finds what is needed. The error says what is missing.
pub(crate) fn find() -> anyhow::Result<Tools> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    let browser = named.map_or_else(|| provision::require("chromium"), Ok)?;
    Ok(Tools { browser, npm: provision::require("npm")?, node: provision::require("node")? })
}

impl Tools {
    /// Fetches the packages that the lock file names.
    pub(crate) fn packages(&self) -> anyhow::Result<()> {
        succeed(&mut self.npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"]))
    }

    /// Whether the committed files are those the source builds, to the byte.
    pub(crate) fn dist_is_built(&self) -> anyhow::Result<()> {
        succeed(&mut self.npm(&["run", "--silent", "build", "--", "--outDir", BUILT, "--logLevel", "warn"]))?;
        let (committed, built) = (files(&folder().join("dist"))?, files(&folder().join(BUILT))?);
        let differs = |name: &&String| committed.get(*name) != built.get(*name);
        let mut names: Vec<_> = committed.keys().chain(built.keys()).filter(differs).cloned().collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        bail!("host/ui/dist is not what its source builds ({}): run `npm run build` in host/ui", names.join(", "))
    }

    /// Runs a script of the page's package.
    pub(crate) fn script(&self, name: &str) -> anyhow::Result<()> {
        succeed(self.npm(&["run", "--silent", name]).env("PROGRAMS", Artifacts::of("debug").directory()))
    }

    /// `npm` with these arguments, in the page's folder.
    pub(crate) fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.npm);
        command.args(arguments).current_dir(folder()).env("CHROMIUM", &self.browser);
        // Scripts start `node` by its name.
        let folders = [&self.node, &self.npm].into_iter().filter_map(|program| program.parent()).map(Path::to_owned);
        let path = std::env::var_os("PATH").unwrap_or_default();
        if let Ok(path) = std::env::join_paths(folders.chain(std::env::split_paths(&path))) {
            command.env("PATH", path);
        }
        command
    }
}

fn folder() -> PathBuf {
    workspace().join("host/ui")
}

/// Every file below a folder, by its path there.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(folder)?.display().to_string();
            found.insert(name, fs::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_below_a_folder_is_compared() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/deep"), "1").unwrap();
        fs::write(folder.path().join("flat"), "2").unwrap();
        let found: Vec<_> = files(folder.path()).unwrap().into_iter().collect();
        assert_eq!(found, [("a/b/deep".to_owned(), b"1".to_vec()), ("flat".to_owned(), b"2".to_vec())]);
    }
}
