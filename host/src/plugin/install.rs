//! Makes a file safe to load: read once, hashed, checked against the allow-list, copied to a content-addressed file.
//!
//! Loading a library runs its code, so trust comes first; and a library that is overwritten while mapped ends the
//! process, so what is mapped is a copy nobody else writes.

use std::{
    collections::BTreeSet,
    fs::{File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use sha2::{Digest, Sha256};

use super::{
    Refusal, RefusalCode,
    discover::EXTENSION,
    whole::{bytes_missing_from, damage_in, is_library},
};
use crate::private_files::private_folder;

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
    if !is_library(&content) {
        return Err(Refusal::new(
            source,
            RefusalCode::NotALibrary,
            "this machine cannot load it: it is not a library",
            "Build it as a `cdylib` for this system and processor.",
        ));
    }
    if let Some(needed) = bytes_missing_from(&content) {
        return Err(Refusal::new(
            source,
            RefusalCode::NotALibrary,
            format!("it is truncated: it has {} bytes, expected at least {needed}", content.len()),
            "Copy it again under a temporary name, and rename it when it is complete.",
        ));
    }
    if let Some(place) = damage_in(&content) {
        return Err(Refusal::new(
            source,
            RefusalCode::Damaged,
            format!("it is damaged: there are only zeros in its {} at byte {}", place.part, place.offset),
            "Copy or build it again.",
        ));
    }
    let path = vault.join(format!("{sha256}.{EXTENSION}"));
    if !is_intact(&path, &sha256) {
        write_by_rename(&path, &content, 0o500).map_err(|error| {
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
    let refused = |code, reason: String, remedy| Err(Refusal::new(source, code, reason, remedy));
    let unreadable = |error: io::Error| {
        let reason = format!("it cannot be read: {error}");
        Refusal::new(source, RefusalCode::Unreadable, reason, "Check path and permissions.")
    };
    let Some((file, metadata)) = open_regular(source).map_err(unreadable)? else {
        return refused(RefusalCode::Unreadable, "it is not a regular file".to_owned(), "Give the path of a file.");
    };
    if metadata.mode() & 0o002 != 0 {
        let remedy = "Run `chmod o-w` on it, after making sure that it is what you built.";
        return refused(RefusalCode::Unsafe, "anyone on this machine may write it".to_owned(), remedy);
    }
    let too_large = |bytes: u64| {
        let reason = format!("it has {bytes} bytes; a plugin may have {LARGEST_PLUGIN}");
        refused(RefusalCode::TooLarge, reason, "Build it without debug information.")
    };
    if metadata.len() > LARGEST_PLUGIN {
        return too_large(metadata.len());
    }
    let mut content = Vec::new();
    file.take(LARGEST_PLUGIN + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > LARGEST_PLUGIN {
        return too_large(content.len() as u64);
    }
    Ok(content)
}

/// Opens a regular file for reading; `None` when it is something else. Never waits: opening a pipe would, for ever, and opening a
/// device may do anything.
fn open_regular(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    if !std::fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// Reads a regular file of at most `largest` bytes.
pub(super) fn read_regular(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let Some((file, metadata)) = open_regular(path)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    };
    if metadata.len() > largest {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {largest} bytes")));
    }
    let mut content = Vec::new();
    file.take(largest).read_to_end(&mut content)?;
    Ok(content)
}

fn is_intact(path: &Path, sha256: &str) -> bool {
    read_regular(path, LARGEST_PLUGIN).is_ok_and(|content| hex::encode(Sha256::digest(content)) == sha256)
}

/// Puts a file in place whole or not at all.
pub(super) fn write_by_rename(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    private_folder(directory)?;
    let temporary = directory.join(format!(".{}.tmp", uuid::Uuid::now_v7()));
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&temporary, path)).inspect_err(|_| {
        std::fs::remove_file(&temporary).ok();
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::PermissionsExt, net::UnixListener};

    use super::*;

    /// The smallest file that passes for a library.
    const LIBRARY: &[u8] = b"\x7fELF library";

    fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("a.so");
        std::fs::write(&source, content).unwrap();
        (directory, source)
    }

    #[test]
    fn the_copy_is_named_by_its_content_and_read_only() {
        let (directory, source) = file(LIBRARY);
        let installed = install(&source, &directory.path().join("vault"), None).unwrap();
        assert_eq!(std::fs::read(&installed.path).unwrap(), LIBRARY);
        assert_eq!(std::fs::metadata(&installed.path).unwrap().permissions().mode() & 0o777, 0o500);
        assert!(installed.path.to_string_lossy().contains(&installed.sha256));
        assert_eq!(install(&source, &directory.path().join("vault"), None).unwrap(), installed);
    }

    #[test]
    fn a_copy_that_was_damaged_meanwhile_is_made_anew() {
        let (directory, source) = file(LIBRARY);
        let installed = install(&source, directory.path(), None).unwrap();
        for damage in [&b"\x7fELF"[..], b"\x7fELF LIBRARY", b""] {
            std::fs::remove_file(&installed.path).unwrap();
            std::fs::write(&installed.path, damage).unwrap();
            install(&source, directory.path(), None).unwrap();
            assert_eq!(std::fs::read(&installed.path).unwrap(), LIBRARY);
        }
        std::fs::remove_file(&installed.path).unwrap();
        make_pipe(&installed.path);
        install(&source, directory.path(), None).unwrap();
        assert_eq!(std::fs::read(&installed.path).unwrap(), LIBRARY);
    }

    #[test]
    fn a_hash_outside_the_allow_list_is_refused_before_anything_is_copied() {
        let (directory, source) = file(LIBRARY);
        let refusal = install(&source, &directory.path().join("vault"), Some(&BTreeSet::new())).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::NotAllowed);
        assert!(!directory.path().join("vault").exists());
    }

    #[test]
    fn a_file_anyone_may_write_is_refused() {
        let (directory, source) = file(LIBRARY);
        std::fs::set_permissions(&source, PermissionsExt::from_mode(0o666)).unwrap();
        assert_eq!(install(&source, directory.path(), None).unwrap_err().code, RefusalCode::Unsafe);
    }

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        make_pipe(&at("pipe.so"));
        let _socket = UnixListener::bind(at("socket.so")).unwrap();
        std::fs::create_dir(at("folder.so")).unwrap();
        for (name, target) in
            [("to_pipe.so", "pipe.so"), ("to_zero.so", "/dev/zero"), ("loop.so", "loop.so"), ("to_none.so", "none")]
        {
            std::os::unix::fs::symlink(target, at(name)).unwrap();
        }
        for name in ["pipe.so", "socket.so", "folder.so", "to_pipe.so", "to_zero.so", "loop.so", "to_none.so"] {
            let refusal = install(&at(name), directory.path(), None).unwrap_err();
            assert_eq!(refusal.code, RefusalCode::Unreadable, "{name}: {refusal}");
        }
    }

    #[test]
    fn a_huge_file_is_refused_without_being_read_and_what_is_no_library_without_being_copied() {
        let (directory, source) = file(b"");
        assert_eq!(install(&source, directory.path(), None).unwrap_err().code, RefusalCode::NotALibrary);
        File::options().write(true).open(&source).unwrap().set_len(10 * 1024 * 1024 * 1024).unwrap();
        assert_eq!(install(&source, directory.path(), None).unwrap_err().code, RefusalCode::TooLarge);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    fn make_pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }
}
