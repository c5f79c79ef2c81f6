//! The database file itself: made for its owner only, looked at before SQLite opens it.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{
    private_files::{folder, fresh},
    store::{
        db::failure::unavailable,
        error::{Error, Result},
    },
};

const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;

/// Refuses what SQLite would take for a new database (a file of a few bytes) or open and fail on later (a file that was
/// cut off). <https://www.sqlite.org/fileformat.html#the_database_header>
pub(crate) fn check(path: &Path) -> Result<()> {
    let corrupt = |detail: &str| Err(Error::Corrupt { path: path.to_path_buf(), detail: detail.to_owned() });
    let failed = |error: io::Error| unavailable(path, &error);
    // Asked before it is opened: opening a pipe waits for its other end.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Error::Unavailable { path: path.to_path_buf(), detail: "it is not a file".to_owned() });
    }
    let file = File::open(path).map_err(failed)?;
    let mut header = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(failed)?;
    if header.is_empty() {
        return corrupt("the file is empty");
    }
    if header.len() < HEADER_BYTES || !header.starts_with(MAGIC) {
        return corrupt("the file does not begin as a database does");
    }
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes.max(1)),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    // With a log beside it, the file may be behind: SQLite brings it up to date from the log.
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if !has_log && (metadata.len() % page_bytes != 0 || metadata.len() < pages * page_bytes) {
        return corrupt("the file is cut off");
    }
    Ok(())
}

/// Device and number of a file: what stays when it is renamed, and differs when it is replaced.
type Identity = (u64, u64);

/// Which file a path leads to now.
fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// The database file, its log and the log's index, as they were opened: what is written to a file whose name is gone, or
/// leads to another, is lost at the end.
#[derive(Debug)]
pub(crate) struct Opened {
    files: Vec<(PathBuf, Identity)>,
}

impl Opened {
    /// The files of a database that is open.
    pub(crate) fn look(path: &Path) -> io::Result<Self> {
        let mut files = vec![(path.to_path_buf(), identity(path)?)];
        let logs = ["-wal", "-shm"].map(|suffix| beside(path, suffix));
        files.extend(logs.into_iter().filter_map(|log| identity(&log).ok().map(|own| (log, own))));
        Ok(Self { files })
    }

    /// Takes the log for the one it is now; the database itself stays the one that was opened.
    pub(crate) fn look_again(&mut self) {
        let Some((path, own)) = self.files.first().cloned() else { return };
        if let Ok(now) = Self::look(&path)
            && now.files.first().is_some_and(|(_, same)| *same == own)
        {
            *self = now;
        }
    }

    /// The first of them that is not in its place any more.
    pub(crate) fn missing(&self) -> Option<PathBuf> {
        let is_gone = |(path, own): &&(PathBuf, Identity)| identity(path).ok() != Some(*own);
        self.files.iter().find(is_gone).map(|(path, _)| path.clone())
    }
}

/// Makes an empty file beside `path`, and the folders above, before SQLite would make one that others can read.
pub(crate) fn create_beside(path: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder(path))?;
    let fresh = fresh(path);
    remove_with_logs(&fresh);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    Ok(fresh)
}

/// Gives a finished database its name. If another process has been faster, its database is the one.
pub(crate) fn move_into_place(fresh: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(fresh, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => File::open(folder(path))?.sync_all(),
    }
}

/// Removes a file and SQLite's logs beside it, as far as they are there.
pub(crate) fn remove_with_logs(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        fs::remove_file(beside(path, suffix)).ok();
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
