//! The host's web page: whether `host/ui/dist` is what its source builds, and its walks in a browser.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

use crate::artifacts::{Artifacts, shown, succeed, workspace};

/// Where the comparison builds to, below `host/ui`.
const BUILT: &str = "node_modules/.built";
/// What the tools of the page need.
const OLDEST_NODE: (u32, u32) = (20, 19);
/// Names a browser goes by.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Node, its packages, and a browser: what the page's tests need.
pub(crate) struct Tools {
    browser: PathBuf,
}

/// Finds what is needed, or, on Debian as root, installs the browser. The error says what is missing.
pub(crate) fn find() -> anyhow::Result<Tools> {
    let version = node_version().context("Node.js is not there")?;
    let (major, minor) = OLDEST_NODE;
    ensure!(version >= OLDEST_NODE, "Node.js {major}.{minor} is needed, this is {}.{}", version.0, version.1);
    ensure!(on_path("npm").is_some(), "npm is not there");
    let browser = match browser() {
        Some(found) => found,
        None => install_browser()?,
    };
    Ok(Tools { browser })
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

    fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("npm");
        command.args(arguments).current_dir(folder()).env("CHROMIUM", &self.browser);
        command
    }
}

fn folder() -> PathBuf {
    workspace().join("host/ui")
}

fn node_version() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut parts = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| BROWSERS.iter().find_map(|name| on_path(name)))
}

fn install_browser() -> anyhow::Result<PathBuf> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    ensure!(is_root && on_path("apt-get").is_some(), "Chromium is not there (apt-get install chromium)");
    println!("Chromium is not there: it is installed");
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    if succeed(&mut install).is_err() {
        succeed(Command::new("apt-get").args(["update", "--quiet"]))?;
        succeed(&mut install).with_context(|| format!("`{}` does not work", shown(&install)))?;
    }
    browser().context("Chromium was installed and is not there")
}

/// A program in one of the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
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
