//! Which plugin files there are.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Ending of plugin files on this system.
pub const EXTENSION: &str = std::env::consts::DLL_EXTENSION;

/// Plugin files of a directory, in the order of their names. A directory that is not there has none.
pub fn plugin_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let mut files = vec![];
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
