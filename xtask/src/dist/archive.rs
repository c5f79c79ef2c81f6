//! The files of a release: a folder with checksums, and one archive of it whose bytes depend on nothing but its files.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::artifacts::succeed;

const CHECKSUMS: &str = "SHA256SUMS";
const SBOM: &str = "sbom.cdx.json";

/// Where the content of a file comes from.
pub(super) enum Content {
    Text(String),
    File(PathBuf),
    /// A file that can be executed.
    Program(PathBuf),
}

/// What is released.
pub(super) struct Release {
    name: String,
    /// Of every file, in seconds since 1970.
    time: u64,
    files: BTreeMap<String, Content>,
}

impl Release {
    pub(super) fn new(name: String, time: u64) -> Self {
        Self { name, time, files: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, path: &str, content: Content) {
        self.files.insert(path.to_owned(), content);
    }

    /// Writes the folder, its archive, the SBOM beside it and the checksums of both; gives the files for a download.
    pub(super) fn write(&self, out: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let folder = out.join(&self.name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        for (path, content) in &self.files {
            write_file(&folder.join(path), content).with_context(|| path.clone())?;
        }
        let inside: Vec<_> = self.files.keys().map(PathBuf::from).collect();
        write_checksums(&folder, &inside)?;
        let mut downloads = vec![PathBuf::from(format!("{}.tar.gz", self.name))];
        self.pack(out, &downloads[0])?;
        if self.files.contains_key(SBOM) {
            downloads.push(PathBuf::from(format!("{}.cdx.json", self.name)));
            fs::copy(folder.join(SBOM), out.join(&downloads[1]))?;
        }
        write_checksums(out, &downloads)?;
        downloads.push(PathBuf::from(CHECKSUMS));
        Ok(downloads.iter().map(|file| out.join(file)).collect())
    }

    fn pack(&self, out: &Path, archive: &Path) -> anyhow::Result<()> {
        let mut tar = Command::new("tar");
        tar.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"]);
        // No right comes from this machine's umask; gzip would write its own time.
        tar.arg("--mode=go=u-w");
        tar.arg(format!("--mtime=@{}", self.time)).args(["--use-compress-program=gzip -n -9", "--file"]);
        succeed(tar.arg(archive).arg(&self.name).current_dir(out)).context("GNU tar and gzip are needed")
    }
}

fn write_file(path: &Path, content: &Content) -> anyhow::Result<()> {
    let folder = path.parent().context("a file without a folder")?;
    fs::create_dir_all(folder)?;
    let mode = match content {
        Content::Text(text) => fs::write(path, text).map(|()| 0o644)?,
        Content::File(file) => fs::copy(file, path).map(|_| 0o644).with_context(|| file.display().to_string())?,
        Content::Program(file) => fs::copy(file, path).map(|_| 0o755).with_context(|| file.display().to_string())?,
    };
    Ok(fs::set_permissions(path, Permissions::from_mode(mode))?)
}

/// As `sha256sum --check` reads them.
fn write_checksums(folder: &Path, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut lines = String::new();
    for file in files {
        let bytes = fs::read(folder.join(file))?;
        let Some(name) = file.to_str() else { bail!("{} is not UTF-8", file.display()) };
        lines += &format!("{}  {name}\n", hex::encode(Sha256::digest(bytes)));
    }
    write_file(&folder.join(CHECKSUMS), &Content::Text(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parent: &Path) -> Vec<PathBuf> {
        let program = parent.join("built");
        fs::write(&program, b"\x7fELF").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        let mut release = Release::new("host-1.0.0-x".to_owned(), 1_700_000_000);
        release.add("plugins/z.so", Content::File(program.clone()));
        release.add("bin/host", Content::Program(program));
        release.add("README.md", Content::Text("read me".to_owned()));
        release.add(SBOM, Content::Text("{}".to_owned()));
        release.write(&parent.join("out")).unwrap()
    }

    #[test]
    fn the_same_files_give_the_same_archive_and_checksums_that_hold() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (files, again) = (written(first.path()), written(second.path()));
        for (file, same) in files.iter().zip(&again) {
            assert!(fs::read(file).unwrap() == fs::read(same).unwrap(), "{}", file.display());
        }
        let out = first.path().join("out");
        for folder in [out.clone(), out.join("host-1.0.0-x")] {
            let check = Command::new("sha256sum").args(["--check", "--strict", CHECKSUMS]).current_dir(folder).output();
            assert!(check.unwrap().status.success());
        }
        let list =
            Command::new("tar").args(["--list", "--verbose", "--utc", "--file"]).arg(&files[0]).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let rows: Vec<_> = list.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        let rows: Vec<_> = rows.iter().map(|row| [row[0], row[1], row[3], row[4], row[5]].join(" ")).collect();
        let at = "2023-11-14 22:13 host-1.0.0-x";
        let expected = [
            format!("drwxr-xr-x 0/0 {at}/"),
            format!("-rw-r--r-- 0/0 {at}/README.md"),
            format!("-rw-r--r-- 0/0 {at}/SHA256SUMS"),
            format!("drwxr-xr-x 0/0 {at}/bin/"),
            format!("-rwxr-xr-x 0/0 {at}/bin/host"),
            format!("drwxr-xr-x 0/0 {at}/plugins/"),
            format!("-rw-r--r-- 0/0 {at}/plugins/z.so"),
            format!("-rw-r--r-- 0/0 {at}/{SBOM}"),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_file_that_was_not_built_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut release = Release::new("host-1.0.0-x".to_owned(), 0);
        release.add("bin/host", Content::Program(folder.path().join("gone")));
        let error = format!("{:#}", release.write(folder.path()).unwrap_err());
        assert!(error.starts_with("bin/host: ") && error.contains("gone"), "{error}");
    }
}
