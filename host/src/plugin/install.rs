//! Makes a file safe to load: read once, hashed, checked against the allow-list, copied to a content-addressed file.
//!
//! Loading a library runs its code, so trust comes first; and a library that is overwritten while mapped ends the
//! process, so what is mapped is a copy nobody else writes.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Refusal, RefusalCode, discover::EXTENSION, whole::bytes_missing_from};

/// Largest plugin file, in bytes.
pub const LARGEST_PLUGIN: u64 = 256 * 1024 * 1024;

/// A file that may be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Where it came from.
    pub source: PathBuf,
    /// The copy to load.
    pub path: PathBuf,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Its size, in bytes.
    pub size: u64,
}

/// Copies `source` into `vault` under the name of its hash. With an allow-list, only a hash that stands on it.
pub fn install(source: &Path, vault: &Path, allowed: Option<&BTreeSet<String>>) -> Result<Installed, Refusal> {
    let content = read_once(source)?;
    let sha256 = hex::encode(Sha256::digest(&content));
    if allowed.is_some_and(|allowed| !allowed.contains(&sha256)) {
        return Err(Refusal::new(
            source,
            RefusalCode::NotAllowed,
            format!("its SHA-256 {sha256} is not on the allow-list"),
            "Check where the file is from; if you trust it, add this hash to `plugins.allow`.",
        ));
    }
    if let Some(needed) = bytes_missing_from(&content) {
        return Err(Refusal::new(
            source,
            RefusalCode::NotALibrary,
            format!("it is cut off: it has {} bytes and should have {needed} at least", content.len()),
            "Copy it again, to another name first, and rename it when it is whole.",
        ));
    }
    let path = vault.join(format!("{sha256}.{EXTENSION}"));
    if !is_intact(&path, &sha256) {
        write_by_rename(&path, &content).map_err(|error| {
            Refusal::new(
                source,
                RefusalCode::Unreadable,
                format!("it cannot be copied to {}: {error}", vault.display()),
                "Give the host a data directory it may write, with space left.",
            )
        })?;
    }
    Ok(Installed { source: source.to_owned(), path, sha256, size: content.len() as u64 })
}

fn read_once(source: &Path) -> Result<Vec<u8>, Refusal> {
    let unreadable = |error: io::Error| {
        Refusal::new(
            source,
            RefusalCode::Unreadable,
            format!("it cannot be read: {error}"),
            "Check path and permissions.",
        )
    };
    let file = File::open(source).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Refusal::new(
            source,
            RefusalCode::Unreadable,
            "it is not a regular file",
            "Give the path of a file.",
        ));
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(Refusal::new(
            source,
            RefusalCode::Unsafe,
            "anyone on this machine may write it",
            "Run `chmod o-w` on it, after making sure that it is what you built.",
        ));
    }
    if metadata.len() > LARGEST_PLUGIN {
        return Err(Refusal::new(
            source,
            RefusalCode::TooLarge,
            format!("it has {} bytes; a plugin may have {LARGEST_PLUGIN}", metadata.len()),
            "Build it without debug information.",
        ));
    }
    let mut content = Vec::new();
    file.take(LARGEST_PLUGIN).read_to_end(&mut content).map_err(unreadable)?;
    Ok(content)
}

fn is_intact(path: &Path, sha256: &str) -> bool {
    std::fs::read(path).is_ok_and(|content| hex::encode(Sha256::digest(content)) == sha256)
}

fn write_by_rename(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let temporary = directory.join(format!(".{}.tmp", uuid::Uuid::now_v7()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o500).open(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&temporary, path)).inspect_err(|_| {
        std::fs::remove_file(&temporary).ok();
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_copy_is_named_by_its_content_and_read_only() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("a.so");
        std::fs::write(&source, b"library").unwrap();
        let installed = install(&source, &directory.path().join("vault"), None).unwrap();
        assert_eq!(std::fs::read(&installed.path).unwrap(), b"library");
        assert_eq!(std::fs::metadata(&installed.path).unwrap().permissions().mode() & 0o777, 0o500);
        assert!(installed.path.to_string_lossy().contains(&installed.sha256));
        assert_eq!(install(&source, &directory.path().join("vault"), None).unwrap(), installed);
    }

    #[test]
    fn a_hash_outside_the_allow_list_is_refused_before_anything_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("a.so");
        std::fs::write(&source, b"library").unwrap();
        let refusal = install(&source, &directory.path().join("vault"), Some(&BTreeSet::new())).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NotAllowed);
        assert!(!directory.path().join("vault").exists());
    }

    #[test]
    fn a_file_anyone_may_write_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("a.so");
        std::fs::write(&source, b"library").unwrap();
        std::fs::set_permissions(&source, PermissionsExt::from_mode(0o666)).unwrap();
        assert_eq!(install(&source, directory.path(), None).unwrap_err().code, RefusalCode::Unsafe);
    }
}
