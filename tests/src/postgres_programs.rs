//! The programs of PostgreSQL, run by a user that has no rights: a server refuses to run as root.

use std::{
    env, fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Gives a folder to the user that the programs run as.
pub fn own(path: &Path) {
    if let Some((uid, gid)) = user() {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

/// Runs a program in a folder; panics when it fails.
pub fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let ended = command(folder, program, arguments).status().unwrap();
    assert!(ended.success(), "{program} {arguments:?} failed in {}", folder.display());
}

/// A program that is to be run in a folder.
pub fn command(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(tool(program));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((uid, gid)) = user() {
        command.uid(uid).gid(gid);
    }
    command.process_group(0);
    command
}

/// User and group that own nothing, where this is root.
fn user() -> Option<(u32, u32)> {
    rustix::process::getuid().is_root().then(unprivileged)
}

fn unprivileged() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.collect()))?;
        Some((fields.get(1)?.parse().ok()?, fields.get(2)?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).unwrap()
}

/// A program of the search path, or where Debian keeps PostgreSQL's.
pub fn tool(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let found = env::split_paths(&path).chain(debian).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("`{name}` is not here: install PostgreSQL, or name a server in CONNECTOR_HOST_TEST_POSTGRES")
    })
}
