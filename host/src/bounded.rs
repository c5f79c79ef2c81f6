//! Reads what people name – files, pipes, standard input – whole and up to a limit: no device without an end fills the
//! memory, and no pipe that nobody writes to holds a command up for ever.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

/// What begins a text that some editors save.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How long a pipe may say nothing of its end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {problem}", path.display())]
pub(crate) struct Unreadable {
    /// What was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// Bytes of a regular file.
pub(crate) fn file(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let read = || {
        // Asked before it is opened: opening a pipe waits for its other end.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        whole(File::open(path)?, limit)
    };
    read().map_err(|error| unreadable(path, &error))
}

/// Bytes of a file, of a pipe, or of standard input when it is called `-`.
pub(crate) fn input(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    if path == Path::new("-") {
        return whole(io::stdin().lock(), limit).map_err(|error| unreadable(path, &error));
    }
    if fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_file() {
        return file(path, limit);
    }
    let (sender, receiver) = mpsc::channel();
    let named = path.to_owned();
    // Nobody waits for its end: what is stuck in it ends with the program.
    thread::spawn(move || sender.send(File::open(named).and_then(|file| whole(file, limit))));
    let silent = || Err(io::Error::other(format!("no end of input within {} s", PATIENCE.as_secs())));
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| silent()).map_err(|error| unreadable(path, &error))
}

/// Everything a reader gives; an error when there is more than `limit` bytes of it.
pub(crate) fn whole(reader: impl Read, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than the limit of {limit} bytes")));
    }
    Ok(bytes)
}

/// Bytes as text, without the mark that some editors begin a text with.
pub(crate) fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Unreadable> {
    let wrong = |problem: &str| Unreadable { path: path.to_owned(), problem: problem.to_owned() };
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(wrong("it is saved as UTF-16; save it as UTF-8"));
    }
    std::str::from_utf8(without_mark(bytes)).map_err(|_| wrong("it is not UTF-8 text"))
}

/// Bytes without a byte-order mark of UTF-8.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Unreadable {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist; check the path".to_owned(),
        _ => error.to_string(),
    };
    Unreadable { path: path.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused_at_the_limit() {
        for read in [file, input] {
            let refused = read(Path::new("/dev/zero"), 1_000).unwrap_err().to_string();
            assert!(refused.starts_with("cannot read /dev/zero: it "), "{refused}");
        }
        assert!(
            input(Path::new("/dev/zero"), 1_000).unwrap_err().problem.contains("larger than the limit of 1000 bytes")
        );
        assert!(file(Path::new("/dev/fd"), 1_000).unwrap_err().problem.contains("not a file"));
        assert!(input(Path::new("/dev/fd"), 1_000).is_err());
        let missing = input(Path::new("/nowhere/cart.json"), 1_000).unwrap_err().to_string();
        assert_eq!(missing, "cannot read /nowhere/cart.json: it does not exist; check the path");
    }

    #[test]
    fn a_file_may_be_as_large_as_the_limit() {
        let file_of_four = tempfile::NamedTempFile::new().unwrap();
        fs::write(file_of_four.path(), "four").unwrap();
        assert_eq!(file(file_of_four.path(), 4).unwrap().as_slice(), b"four");
        assert!(file(file_of_four.path(), 3).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text() {
        let path = Path::new("x");
        assert_eq!(text(path, b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(text(path, b"{}").unwrap(), "{}");
        assert!(text(path, b"\xff\xfe{\0}\0").unwrap_err().problem.contains("UTF-16"));
        assert!(text(path, b"\xc3\x28").unwrap_err().problem.contains("not UTF-8"));
    }
}
