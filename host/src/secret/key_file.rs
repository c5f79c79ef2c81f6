//! The key file: made on the first start, readable by its owner only.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    error::{Error, Result},
    keyring::Keyring,
};
use crate::{
    bounded,
    private_files::{folder, fresh, remove_leftovers},
};

/// Most bytes that are read of a key file.
const MAX_BYTES: u64 = 64 * 1024;

/// A keyring and whether it was just made.
#[derive(Debug)]
pub struct Loaded {
    /// The keys.
    pub keyring: Keyring,
    /// Set when the file did not exist: to be said loudly, once.
    pub created: Option<Created>,
}

/// A key file that was just made.
#[derive(Debug)]
pub struct Created {
    /// The file.
    pub path: PathBuf,
}

impl std::fmt::Display for Created {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Created a new key file: {}. Back it up now, apart from the database: without it, no stored credential can \
             be read, and every merchant must connect again.",
            self.path.display()
        )
    }
}

/// Whether there is a key file.
pub fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|error| failed(path, &error))
}

/// Reads the key file; makes one with a random key when there is none.
pub fn load_or_create(path: &Path) -> Result<Loaded> {
    remove_leftovers(path);
    if !exists(path)? {
        let keyring = Keyring::generate()?;
        match write_new(path, &keyring) {
            Ok(()) => return Ok(Loaded { keyring, created: Some(Created { path: path.to_path_buf() }) }),
            // Another process was faster: its key is the one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(path, &error)),
        }
    }
    Ok(Loaded { keyring: load(path)?, created: None })
}

/// Reads a key file that only its owner can read.
pub fn load(path: &Path) -> Result<Keyring> {
    // Asked before it is opened: opening a pipe waits for its other end.
    if !fs::metadata(path).map_err(|error| failed(path, &error))?.is_file() {
        return Err(failed(path, &io::Error::other("it is not a file")));
    }
    let file = File::open(path).map_err(|error| failed(path, &error))?;
    let mode = file.metadata().map_err(|error| failed(path, &error))?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyFileMode { path: path.to_path_buf(), mode });
    }
    let bytes = bounded::whole(file, MAX_BYTES).map_err(|error| failed(path, &error))?;
    let text = bounded::text(path, &bytes);
    Keyring::parse(text.map_err(|error| Error::KeyFile { path: error.path, detail: error.problem })?)
}

/// Adds a random key to a key file and makes it the current one; the older keys stay until they are removed by hand.
pub fn add_current_key(path: &Path) -> Result<Keyring> {
    // One at a time: of two that read the same file, the second would write away the key of the first.
    let _lock = lock(path).map_err(|error| failed(path, &error))?;
    let mut keyring = load(path)?;
    keyring.add_current()?;
    let replace = || {
        let written = write_beside(path, &keyring)?;
        fs::rename(&written, path)?;
        sync_folder(path)
    };
    replace().map_err(|error| failed(path, &error))?;
    Ok(keyring)
}

/// Makes the file in one step: it exists whole or not at all, and an existing one is never replaced.
fn write_new(path: &Path, keyring: &Keyring) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let written = write_beside(path, keyring)?;
    let linked = fs::hard_link(&written, path);
    fs::remove_file(&written)?;
    linked?;
    sync_folder(path)
}

/// Writes the keys to a file beside `path`, safely on disk.
fn write_beside(path: &Path, keyring: &Keyring) -> io::Result<PathBuf> {
    let beside = fresh(path);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(keyring.to_text().as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// The right to change the key file, until it is dropped: a lock of its folder.
fn lock(path: &Path) -> io::Result<File> {
    let folder = File::open(folder(path))?;
    folder.lock()?;
    Ok(folder)
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::KeyFile { path: path.to_path_buf(), detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::provider::KeyProvider;

    #[test]
    fn a_missing_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/keys");
        let first = load_or_create(&path).unwrap();
        assert!(first.created.unwrap().to_string().contains("Back it up now"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let second = load_or_create(&path).unwrap();
        assert!(second.created.is_none());
        assert_eq!(second.keyring.current_kid(), first.keyring.current_kid());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left beside the key file");
    }

    #[test]
    fn a_file_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = load_or_create(&path).unwrap_err().to_string();
        assert!(refusal.contains("mode 640") && refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn an_added_key_is_current_and_the_older_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let before = load_or_create(&path).unwrap().keyring;
        let after = add_current_key(&path).unwrap();
        assert_ne!(after.current_kid(), before.current_kid());
        assert!(load(&path).unwrap().kids().eq([after.current_kid().as_str(), before.current_kid().as_str()]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
