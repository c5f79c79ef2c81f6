//! Known weaknesses of what the project is built from: `RustSec`'s database, live where it can be reached, else the copy of it
//! in `.ci/advisories.tsv`.
//!
//! `cargo xtask advisories FOLDER` writes the copy anew from a clone of that database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use semver::{Version, VersionReq};

use crate::{
    artifacts::{succeed, workspace},
    provision,
};

/// Where the database lives.
const DATABASE: &str = "https://github.com/rustsec/advisory-db";
/// The copy names no registry: which one serves the packages is the user's own configuration.
const REGISTRY: &str = concat!("crates", ".io");
/// Days after which a copy says too little to count.
const OLDEST_COPY: u64 = 180;

#[derive(Debug, Args)]
pub(crate) struct AdvisoryArgs {
    /// A clone of `RustSec`'s database to write the copy from; checks the dependencies when absent.
    folder: Option<PathBuf>,
}

/// Writes the copy, or checks.
pub(crate) fn run(args: &AdvisoryArgs) -> anyhow::Result<()> {
    match &args.folder {
        Some(folder) => {
            fs::write(copy(), written(folder)?)?;
            println!("{} is written", copy().display());
            Ok(())
        }
        None => check(),
    }
}

/// Whether the check says something here: the database can be reached, or the copy is young enough.
pub(crate) fn find() -> anyhow::Result<()> {
    if can_reach_database() {
        return provision::require("cargo-deny").map(drop);
    }
    let age = Snapshot::read()?.age_days;
    ensure!(
        age <= OLDEST_COPY,
        "{DATABASE} cannot be reached, and .ci/advisories.tsv is {age} days old: write it anew with `cargo xtask advisories \
         FOLDER`"
    );
    Ok(())
}

/// Fails when a dependency has an advisory that deny.toml does not name.
pub(crate) fn check() -> anyhow::Result<()> {
    if can_reach_database() {
        let mut deny = Command::new(provision::require("cargo-deny")?);
        return succeed(deny.args(["--all-features", "check", "advisories"]).current_dir(workspace()));
    }
    let copy = Snapshot::read()?;
    println!("  {DATABASE} cannot be reached: against the copy, which is {} days old", copy.age_days);
    let lock = fs::read_to_string(workspace().join("Cargo.lock"))?;
    let ignored = fs::read_to_string(workspace().join("deny.toml"))?;
    let found = copy.of(&packages(&lock)?, &|id| ignored.contains(&format!("\"{id}\"")));
    if found.is_empty() {
        return Ok(());
    }
    bail!("{}", found.join("\n"))
}

fn can_reach_database() -> bool {
    let mut ask = Command::new("timeout");
    ask.args(["20", "git", "ls-remote", "--quiet", DATABASE, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0");
    ask.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn copy() -> PathBuf {
    workspace().join(".ci/advisories.tsv")
}

struct Advisory {
    package: String,
    id: String,
    informational: String,
    patched: Vec<VersionReq>,
    unaffected: Vec<VersionReq>,
    title: String,
}

struct Snapshot {
    age_days: u64,
    advisories: Vec<Advisory>,
}

impl Snapshot {
    fn read() -> anyhow::Result<Self> {
        Self::parse(&fs::read_to_string(copy())?, SystemTime::UNIX_EPOCH.elapsed()?)
    }

    fn parse(text: &str, now: Duration) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        let made = lines.next().and_then(|head| head.strip_prefix("# ")?.split(' ').next()?.parse().ok());
        let made = Duration::from_secs(made.context("the first line of the copy has no time")?);
        let advisories =
            lines.filter(|line| !line.starts_with('#')).map(Advisory::parse).collect::<Result<Vec<_>, _>>()?;
        ensure!(!advisories.is_empty(), "the copy holds no advisory");
        Ok(Self { age_days: now.saturating_sub(made).as_secs() / 86_400, advisories })
    }

    fn of(&self, packages: &[(String, Version)], ignored: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut found = vec![];
        for (name, version) in packages {
            let advisories = self.advisories.iter().filter(|advisory| advisory.package == *name);
            for advisory in advisories.filter(|advisory| advisory.concerns(version) && !ignored(&advisory.id)) {
                found.push(format!("{name} {version}: {} {}", advisory.id, advisory.title));
            }
        }
        found
    }
}

impl Advisory {
    fn parse(line: &str) -> anyhow::Result<Self> {
        let fields: Vec<_> = line.split('\t').collect();
        let [package, id, informational, patched, unaffected, title] = fields[..] else {
            bail!("an advisory has {} columns: {line}", fields.len());
        };
        let requirements = |text: &str| {
            let parts = text.split("||").map(str::trim).filter(|part| !part.is_empty());
            parts.map(VersionReq::parse).collect::<Result<Vec<_>, _>>().with_context(|| id.to_owned())
        };
        Ok(Self {
            package: package.to_owned(),
            id: id.to_owned(),
            informational: informational.to_owned(),
            patched: requirements(patched)?,
            unaffected: requirements(unaffected)?,
            title: title.to_owned(),
        })
    }

    fn concerns(&self, version: &Version) -> bool {
        self.informational != "notice"
            && !self.patched.iter().chain(&self.unaffected).any(|requirement| requirement.matches(version))
    }
}

/// Names and versions of what the lock file takes from elsewhere.
fn packages(lock: &str) -> anyhow::Result<Vec<(String, Version)>> {
    let lock: toml::Table = toml::from_str(lock)?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("the lock file names no package")?;
    let foreign = packages.iter().filter(|package| package.get("source").is_some());
    foreign
        .map(|package| {
            let text = |key: &str| package.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            Ok((text("name").to_owned(), text("version").parse()?))
        })
        .collect()
}

/// The copy, from a clone of the database.
fn written(folder: &Path) -> anyhow::Result<String> {
    let git = Command::new("git").arg("-C").arg(folder).args(["log", "-1", "--format=%ct %cs %H"]).output()?;
    ensure!(git.status.success(), "{} is no clone of {DATABASE}", folder.display());
    let mut rows = vec![];
    for package in fs::read_dir(folder.join("crates"))? {
        for file in fs::read_dir(package?.path())? {
            let path = file?.path();
            rows.extend(row(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())?);
        }
    }
    rows.sort();
    let head = format!("# {}", String::from_utf8(git.stdout)?);
    let columns = "# package\tid\tinformational\tpatched\tunaffected\ttitle\n";
    Ok(head + columns + &rows.join("\n") + "\n")
}

/// One advisory as a line; nothing for one that was withdrawn.
fn row(text: &str) -> anyhow::Result<Option<String>> {
    let (_, rest) = text.split_once("```toml").context("no TOML begins it")?;
    let (head, body) = rest.split_once("```").context("its TOML does not end")?;
    let head: toml::Table = toml::from_str(head)?;
    let advisory = head.get("advisory").and_then(toml::Value::as_table).context("it has no [advisory]")?;
    if advisory.contains_key("withdrawn") {
        return Ok(None);
    }
    let text = |key: &str| advisory.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let versions = |key: &str| {
        let listed = head.get("versions").and_then(|versions| versions.get(key)).and_then(toml::Value::as_array);
        listed.into_iter().flatten().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(" || ")
    };
    let title = body.lines().find(|line| line.starts_with('#')).unwrap_or_default();
    let title = title.trim_start_matches(['#', ' ']).trim().replace('\t', " ").replace(REGISTRY, "the registry");
    let (patched, unaffected) = (versions("patched"), versions("unaffected"));
    let fields = [text("package"), text("id"), text("informational"), &patched, &unaffected, &title];
    Ok(Some(fields.join("\t")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# 1000000 2026-01-01 0123\n# package\tid\n\
        left\tRUSTSEC-1\t\t>= 1.2.3\t< 1.0.0\tIt leaks\n\
        left\tRUSTSEC-2\tunmaintained\t\t\tNobody is there\n\
        left\tRUSTSEC-3\tnotice\t\t\tA remark\n";

    #[test]
    fn what_is_neither_patched_nor_unaffected_nor_ignored_is_found() {
        let copy = Snapshot::parse(TEXT, Duration::from_secs(1_000_000 + 86_400 * 3)).unwrap();
        assert_eq!(copy.age_days, 3);
        let found = |version: &str| copy.of(&[("left".to_owned(), version.parse().unwrap())], &|id| id == "RUSTSEC-2");
        assert_eq!(found("1.2.2"), ["left 1.2.2: RUSTSEC-1 It leaks"]);
        assert_eq!((found("1.2.3"), found("0.9.0")), (vec![], vec![]));
        let all = copy.of(&[("left".to_owned(), Version::new(1, 2, 3))], &|_| false);
        assert_eq!(all, ["left 1.2.3: RUSTSEC-2 Nobody is there"]);
        assert!(Snapshot::parse("# 1 x\n", Duration::ZERO).is_err(), "a copy of nothing proves nothing");
    }

    #[test]
    fn an_advisory_becomes_a_line_that_is_refetched() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-9\"\npackage = \"left\"\n[versions]\n\
            patched = [\">= 2.0.0\", \"^1.4\"]\n```\n\n# It leaks\n";
        let line = row(text).unwrap().unwrap();
        let advisory = Advisory::parse(&line).unwrap();
        assert_eq!((advisory.patched.len(), advisory.title.as_str()), (2, "It leaks"));
        assert!(advisory.concerns(&Version::new(1, 3, 0)) && !advisory.concerns(&Version::new(1, 5, 0)));
        assert!(row(&text.replace("[versions]", "withdrawn = \"2020-01-01\"\n[versions]")).unwrap().is_none());
    }

    #[test]
    fn the_copy_and_the_lock_file_can_be_read() {
        assert!(Snapshot::read().unwrap().advisories.len() > 1_000);
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
        assert!(packages(&lock).unwrap().len() > 300);
    }
}
