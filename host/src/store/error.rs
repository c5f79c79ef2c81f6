//! Why the store refused or failed, and what to do about it.

use std::path::PathBuf;

use connector_api::domain::ConnectionId;

use crate::{
    model::{Code, Fault, paging::BadCursor},
    store::server::ServerProblem,
};

/// What a store operation returns. A thing that is not there is `Ok(None)`, not an error.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody changed the thing in between, or a thing of that name exists.
    #[error("{what} was changed or created by someone else in the meantime; fetch it again and repeat the change")]
    Conflict {
        /// What was to be written.
        what: String,
    },
    /// The channel has a connection to this store already.
    #[error("this store is connected already, as {connection}; renew that connection, or disconnect it first")]
    AlreadyConnected {
        /// The connection that is there.
        connection: ConnectionId,
    },
    /// Another worker has taken over the connection; nothing was written.
    #[error(
        "the sync lease of connection {connection} was taken over by another worker; stop this run, the other worker continues it"
    )]
    LeaseLost {
        /// The connection.
        connection: String,
    },
    /// Another worker has taken over the intent; nothing was written.
    #[error("{intent} is claimed by another worker or already settled; fetch it to see its current state")]
    ClaimLost {
        /// The intent.
        intent: String,
    },
    /// The thing to be changed does not exist.
    #[error("{what} does not exist; it may have been removed")]
    Gone {
        /// What was to be changed.
        what: String,
    },
    /// A limit of the store.
    #[error("{what} is over the limit of {limit}; make it smaller")]
    Limit {
        /// What is too large or too many.
        what: String,
        /// How much is allowed.
        limit: u64,
    },
    /// A call that would break a rule of the store; a mistake in the caller, or a cursor that is not ours.
    #[error("{0}")]
    Refused(String),
    /// The disk is full or does not accept writes; what was committed before is intact.
    #[error("cannot write to {}: the disk is full or failing; make room or move the data folder, then start again, nothing committed is lost", path.display())]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The file is damaged, cut off, or no database.
    #[error("{} is damaged or not a database of this program ({detail}); restore it from a backup, or move it away to start empty", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What the database engine says.
        detail: String,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}; run the newer program, or restore a backup made before the upgrade"
    )]
    Newer {
        /// Schema version of the database.
        found: i64,
        /// Newest schema version this program knows.
        known: i64,
    },
    /// The database was made by another build, whose schema of the same version differs.
    #[error(
        "schema version {version} of the database was made by a different build of this program; run that build, or use an empty database"
    )]
    Foreign {
        /// The schema version that differs.
        version: i64,
    },
    /// The database cannot be opened.
    #[error("cannot open {}: {detail}; check that the folder exists and belongs to the user the program runs as", path.display())]
    Unavailable {
        /// The database file.
        path: PathBuf,
        /// What went wrong.
        detail: String,
    },
    /// The file that was opened, or its log, is not there any more: what is written would be lost.
    #[error("{} was removed or replaced while the host was running; restore the right file, then restart the host", path.display())]
    Replaced {
        /// The database file, or the log beside it.
        path: PathBuf,
    },
    /// The database server refused or failed.
    #[error("the database {server} {problem}")]
    Server {
        /// Its address, without user and password.
        server: String,
        /// What is wrong.
        problem: ServerProblem,
    },
    /// Another process keeps the database locked.
    #[error("{} has been locked by another process for too long; stop the other process or try again", path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// Stored text that this program cannot read back.
    #[error("stored {what} cannot be read: {detail}; restore a backup or write it again")]
    Unreadable {
        /// Which value.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Anything else the database driver says.
    #[error("the database failed: {0}; see the log of the database and try again")]
    Driver(String),
}

impl Error {
    /// Its code.
    pub fn code(&self) -> Code {
        match self {
            Self::Conflict { .. } => Code::EditConflict,
            Self::AlreadyConnected { .. } => Code::AlreadyConnected,
            Self::Replaced { .. } => Code::DatabaseReplaced,
            Self::LeaseLost { .. } | Self::ClaimLost { .. } => Code::LeaseLost,
            Self::Gone { .. } => Code::NotFound,
            Self::Limit { .. } => Code::Limit,
            Self::Refused(_) => Code::Refused,
            Self::Full { .. } => Code::DiskFull,
            Self::Corrupt { .. } => Code::DatabaseDamaged,
            Self::Newer { .. } => Code::DatabaseNewer,
            Self::Unavailable { .. } => Code::DatabaseUnavailable,
            Self::Busy { .. } => Code::DatabaseBusy,
            Self::Server { problem, .. } => problem.code(),
            Self::Foreign { .. } | Self::Unreadable { .. } | Self::Driver(_) => Code::DatabaseFailed,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<BadCursor> for Error {
    fn from(cursor: BadCursor) -> Self {
        Self::Refused(cursor.to_string())
    }
}
