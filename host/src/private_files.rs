//! Files that are made beside their place and moved there when they are whole, each named by the process that makes it; and
//! folders for their owner only.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// What ends the name of a file that is being made.
const NEW: &str = ".new";

/// Where this process makes the file that is to be `path`.
pub(crate) fn fresh(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}{NEW}", std::process::id()));
    path.with_file_name(name)
}

/// The folder of a file; the current one when none is named.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder for its owner only, whatever the umask says, and the folders above it. One that is there stays as it is.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes what processes left that ended before the file was whole, with SQLite's logs beside it. What a process that is
/// still there makes is left alone.
pub(crate) fn remove_leftovers(path: &Path) {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return };
    // Elsewhere nobody says which processes there are.
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        let maker = entry.file_name().to_str().and_then(|found| maker(name, found));
        if maker.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// The process that makes a file of this name.
fn maker(name: &str, found: &str) -> Option<u32> {
    let (process, rest) = found.strip_prefix(name)?.strip_prefix('.')?.split_once('.')?;
    let is_new = rest == "new" || rest.starts_with("new-");
    process.parse().ok().filter(|_| is_new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_folder_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/b");
        private_folder(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        private_folder(&path).unwrap();
    }

    #[test]
    fn only_what_dead_processes_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let (own, dead) = (std::process::id(), u32::MAX);
        let kept =
            ["store.db", "store.db-wal", &format!("store.db.{own}.new"), "store.db.old", "other.db.4294967295.new"];
        let left = [format!("store.db.{dead}.new"), format!("store.db.{dead}.new-wal")];
        for name in kept.iter().copied().chain(left.iter().map(String::as_str)) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        remove_leftovers(&path);
        let there = |name: &str| folder.path().join(name).exists();
        assert!(kept.iter().all(|name| there(name)));
        assert!(!left.iter().any(|name| there(name)));
    }
}
