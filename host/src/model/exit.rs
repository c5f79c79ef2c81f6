//! Exit codes of commands.

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// An unexpected failure.
    Unexpected = 1,
    /// Wrong arguments, input or configuration.
    Usage = 2,
    /// Credentials, settings or a request were refused.
    Refused = 3,
    /// A plugin was refused or failed.
    Plugin = 4,
    /// The database or the keys cannot be used.
    Store = 5,
    /// The platform did not answer; try again later.
    Unavailable = 6,
    /// Done in part, or the outcome of an order is unknown or differs.
    Partial = 7,
    /// Another process is running.
    Busy = 8,
    /// There is no such thing.
    NotFound = 9,
    /// The result could not be written to standard output.
    Unwritten = 10,
    /// The reader of the result has gone away, as `head` does: what a shell reports for programs that SIGPIPE ended.
    ReaderGone = 141,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
