//! From what SQLite says to what the operator should do.

use std::path::Path;

use sqlx::migrate::MigrateError;

use crate::{model::paging::BadCursor, store::error::Error};

/// What the functions of this module return inside; [`Failure::explain`] turns it into the store's error.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// What can be done after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Others were at work: all of it was undone, and may succeed at once.
    Conflict,
    /// The server, or the way to it, was lost: all of it was undone, and may succeed when there is one again.
    Lost,
    /// Nothing: it would fail again, or nobody knows whether it holds.
    Final,
}

/// A failure before it is known which file it happened in.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The driver failed.
    Driver(sqlx::Error),
    /// The store's own refusal.
    Store(Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<BadCursor> for Failure {
    fn from(cursor: BadCursor) -> Self {
        Self::Store(cursor.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// What happened, in which file, and what to do.
    pub(crate) fn explain(self, path: &Path) -> Error {
        let path = path.to_path_buf();
        let error = match self {
            Self::Store(error) => return error,
            Self::Driver(error) => error,
        };
        let detail = error.to_string();
        match extended_code(&error).map(primary) {
            Some(Primary::Busy) => Error::Busy { path },
            Some(Primary::Full) => Error::Full { path },
            Some(Primary::Corrupt) => Error::Corrupt { path, detail },
            Some(Primary::Unavailable) => Error::Unavailable { path, detail },
            Some(Primary::Other) | None => match error {
                sqlx::Error::PoolTimedOut => Error::Busy { path },
                sqlx::Error::Io(_) => Error::Unavailable { path, detail },
                _ => Error::Driver(detail),
            },
        }
    }

    /// Why the schema could not be brought up to date. `known` is the newest version this program has.
    pub(crate) fn of_migration(error: MigrateError, known: i64) -> Self {
        match error {
            MigrateError::VersionMissing(found) => Error::Newer { found, known }.into(),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::Driver(error),
            MigrateError::VersionMismatch(version) => Error::Foreign { version }.into(),
            other => Error::Driver(other.to_string()).into(),
        }
    }
}

/// Why a file cannot be opened or made.
pub(crate) fn unavailable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full { path: path.to_path_buf() },
        _ => Error::Unavailable { path: path.to_path_buf(), detail: error.to_string() },
    }
}

enum Primary {
    Busy,
    Full,
    Corrupt,
    Unavailable,
    Other,
}

fn extended_code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The result codes of <https://www.sqlite.org/rescode.html>; the primary one is in the low byte.
fn primary(extended: u32) -> Primary {
    const IOERR_READ: u32 = 266;
    const IOERR_SHORT_READ: u32 = 522;
    const IOERR_CORRUPTFS: u32 = 8458;
    match (extended & 0xff, extended) {
        (_, IOERR_READ | IOERR_SHORT_READ | IOERR_CORRUPTFS) | (11 | 26, _) => Primary::Corrupt,
        (5 | 6, _) => Primary::Busy,
        (10 | 13, _) => Primary::Full,
        (3 | 8 | 14 | 23, _) => Primary::Unavailable,
        _ => Primary::Other,
    }
}
