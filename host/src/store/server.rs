//! Why a database server refused or failed, and what to do about it.

use crate::model::Code;

/// How many sessions a host has on the server at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// Those that write. Whoever waits for the row of a connection holds one of them.
    pub writers: u32,
    /// Those that read.
    pub readers: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { writers: 12, readers: 8 }
    }
}

/// What is wrong with a database server, or with the way to it. None of these texts holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerProblem {
    /// The address makes no sense.
    #[error(
        "has no usable address: {0}; write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, with a comma between several HOST:PORT"
    )]
    Address(String),
    /// It does not answer, or the connection broke.
    #[error("cannot be reached: {0}; check that it runs and that its address and TLS settings are right")]
    Unreachable(String),
    /// It offers no TLS, or another certificate than was expected.
    #[error(
        "cannot be reached by TLS: {0}; set `sslmode`, and `sslrootcert` to the certificate of its authority, as the server has them"
    )]
    Tls(String),
    /// It does not know the user, or the password is wrong.
    #[error("rejects the user ({0}); check user and password, and pg_hba.conf of the server")]
    Login(String),
    /// There is no such database.
    #[error("has no database of this name ({0}); create it, owned by the user the host connects as")]
    NoDatabase(String),
    /// The user may not do what is needed.
    #[error("does not allow this user what the host needs ({0}); let the user own the database or its schema")]
    Rights(String),
    /// It is an earlier version.
    #[error("is PostgreSQL {found}; the host needs {needed} or later, upgrade the server")]
    TooOld {
        /// What it says it is.
        found: String,
        /// The earliest version that will do.
        needed: u32,
    },
    /// Texts cannot be kept as they are.
    #[error("keeps texts as {0}; create the database with ENCODING 'UTF8'")]
    Encoding(String),
    /// It is a standby, or takes no writes for another reason.
    #[error(
        "accepts no writes: it is a standby or set to read only; connect to the primary server, or name all hosts in the address"
    )]
    ReadOnly,
    /// The connection broke in a commit, and the server could not be asked in time.
    #[error(
        "was lost while it committed, and could not say in time whether the change holds; look at the current state before you repeat it"
    )]
    OutcomeUnknown,
    /// Its disk is full.
    #[error("has no room left on its disk; make room there, nothing committed is lost")]
    Full,
    /// Everybody waits, or there are too many.
    #[error("did not answer in time ({0}); it is overloaded or out of connections, try again")]
    Busy(String),
}

impl ServerProblem {
    /// Its code.
    pub fn code(&self) -> Code {
        match self {
            Self::Full => Code::DiskFull,
            Self::Busy(_) | Self::OutcomeUnknown => Code::DatabaseBusy,
            _ => Code::DatabaseUnavailable,
        }
    }
}
