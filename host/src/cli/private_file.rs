//! New files that only their owner can read: an existing one is never replaced.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::exit::Failure;
use crate::model::Code;

/// Makes an empty file.
pub(super) fn create(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| unwritable(path, &error))
}

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = create(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // Half of it is of no use to anybody.
        std::fs::remove_file(path).ok();
        unwritable(path, &error)
    })
}

/// Why a file cannot be written.
pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Unwritable, format!("{}: {error}", path.display()))
}
