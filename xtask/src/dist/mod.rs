//! `cargo xtask dist`: what a release consists of: the program and the plugin without symbols, deployment files, the list of
//! dependencies (SBOM) with their licences, the version's changes, and checksums, in one archive.
//!
//! Two runs on one commit with one toolchain give the same bytes: order, times, owners and paths are fixed.

mod archive;
mod changelog;
mod dependencies;
mod licences;
mod sbom;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    artifacts::{Artifacts, cargo, succeed, workspace},
    sources::Sources,
    steps::step,
};
use archive::{Content, Release};
use dependencies::Metadata;

/// The profile of `Cargo.toml` that is shipped.
const PROFILE: &str = "dist";
const PROGRAM: &str = "connector-host";
/// Packages of the plugins that are shipped, and their libraries.
const PLUGINS: [(&str, &str); 1] = [("centra-plugin", "centra_plugin")];
/// Documents that are shipped.
const DOCUMENTS: [&str; 9] = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "SECURITY.md",
    "docs/connector-spec.md",
    "docs/errors.md",
    "docs/events.md",
    "docs/glossary.md",
    "docs/operations.md",
    "docs/runbooks.md",
];

#[derive(Debug, Args)]
pub(crate) struct DistArgs {
    /// Folder for the archive, the SBOM and their checksums.
    #[arg(long, default_value = "target/release-files")]
    out: PathBuf,
    /// Tag of the release, such as `v0.1.0`: version and changelog must have it. Without it, changes that are not released
    /// yet will do.
    #[arg(long)]
    tag: Option<String>,
}

/// Builds and assembles a release.
pub(crate) fn run(args: &DistArgs) -> anyhow::Result<()> {
    let target = target()?;
    let metadata = Metadata::of_workspace(&target)?;
    let version = metadata.version_of(PROGRAM)?;
    if let Some(tag) = &args.tag {
        ensure!(*tag == format!("v{version}"), "the tag is {tag}, and {PROGRAM} has the version {version}");
    }
    let sources = Sources::of_checkout(workspace())?;
    let changes = changelog::part(text_of(&sources, "CHANGELOG.md")?, &version, args.tag.is_none())?;
    step("programs and plugins are built", build)?;
    let roots: Vec<_> = PLUGINS.iter().map(|(package, _)| *package).chain([PROGRAM]).collect();
    let shipped = metadata.shipped(&roots)?;
    let time = commit_time("%ct", "unix")?.parse().context("git tells no time")?;
    let sbom = sbom::written(&shipped, PROGRAM, &commit_time("%cd", "format-local:%Y-%m-%dT%H:%M:%SZ")?)?;
    let mut release = Release::new(format!("{PROGRAM}-{version}-{target}"), time);
    release.add("CHANGELOG.md", Content::Text(changes));
    release.add("THIRD-PARTY-LICENCES.txt", Content::Text(licences::written(&shipped)?));
    release.add("sbom.cdx.json", Content::Text(sbom));
    add_built(&mut release, &Artifacts::of(PROFILE));
    for document in DOCUMENTS {
        release.add(document, Content::Text(text_of(&sources, document)?.to_owned()));
    }
    for source in sources.below("deploy/") {
        release.add(&source.path, Content::Text(source.text.clone()));
    }
    let files = step("the archive is written", || release.write(&workspace().join(&args.out)))?;
    for file in files {
        println!("{}", file.display());
    }
    Ok(())
}

/// Builds without paths of this machine in the programs.
fn build() -> anyhow::Result<()> {
    let mut build = cargo(&["build", "--locked", "--profile", PROFILE, "--package", PROGRAM]);
    for (package, _) in PLUGINS {
        build.args(["--package", package]);
    }
    let mut flags = vec![format!("--remap-path-prefix={}=/src", workspace().display())];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"))) {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    // Separated by what no path has in it, unlike the blanks of RUSTFLAGS.
    succeed(build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))
}

fn add_built(release: &mut Release, built: &Artifacts) {
    release.add(&format!("bin/{PROGRAM}"), Content::Program(built.program(PROGRAM)));
    for (_, library) in PLUGINS {
        let file = built.plugin(library);
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        release.add(&format!("plugins/{name}"), Content::File(file));
    }
}

fn text_of<'s>(sources: &'s Sources, path: &str) -> anyhow::Result<&'s str> {
    Ok(sources.get(path).with_context(|| format!("there is no file {path}"))?.text.as_str())
}

/// The target that this toolchain builds for.
fn target() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").current_dir(workspace()).output().context("cannot run rustc")?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?.to_owned())
}

/// The time of the commit that is built, as git writes it.
fn commit_time(placeholder: &str, date: &str) -> anyhow::Result<String> {
    let mut git = Command::new("git");
    git.args(["show", "--no-patch", &format!("--format={placeholder}"), &format!("--date={date}"), "HEAD"]);
    let output = git.env("TZ", "UTC").current_dir(workspace()).output().context("cannot run git")?;
    ensure!(output.status.success(), "git show failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_document_of_a_release_is_there() {
        for document in DOCUMENTS {
            assert!(workspace().join(document).is_file(), "{document}");
        }
    }

    #[test]
    fn built_files_have_their_places() {
        let mut release = Release::new("connector-host-1.0.0-x".to_owned(), 0);
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("built");
        fs::create_dir(&target).unwrap();
        let built = Artifacts::in_folder(&target);
        fs::write(built.program(PROGRAM), "program").unwrap();
        fs::write(built.plugin("centra_plugin"), "plugin").unwrap();
        add_built(&mut release, &built);
        release.write(folder.path()).unwrap();
        let root = folder.path().join("connector-host-1.0.0-x");
        assert_eq!(fs::read_to_string(root.join("bin/connector-host")).unwrap(), "program");
        assert_eq!(fs::read_to_string(root.join("plugins/libcentra_plugin.so")).unwrap(), "plugin");
    }
}
