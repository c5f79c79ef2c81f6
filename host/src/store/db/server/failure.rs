//! From what PostgreSQL says to what the operator should do, and whether the work can be done again.

use std::time::Duration;

use sqlx::postgres::PgDatabaseError;

use crate::store::{
    db::failure::{Class, Failure},
    error::Error,
    server::ServerProblem,
};

/// What no error of the driver says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A standby, or a server that is set to read only.
    #[error("it accepts no writes")]
    ReadOnly,
    /// Nothing came back.
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The answer to a commit was lost, and the server has undone the transaction.
    #[error("the connection was lost, and the transaction was undone")]
    Undone,
    /// The answer to a commit was lost, and nobody could say in time whether it holds.
    #[error("the connection was lost while the transaction was committed")]
    Unknown,
}

impl From<Trouble> for sqlx::Error {
    fn from(trouble: Trouble) -> Self {
        Self::AnyDriverError(Box::new(trouble))
    }
}

/// What happened, on which server, and what to do.
pub(crate) fn explain(failure: Failure, address: &str) -> Error {
    let error = match failure {
        Failure::Store(error) => return error,
        Failure::Driver(error) => error,
    };
    match problem(&error) {
        Some(problem) => Error::Server { server: address.to_owned(), problem },
        None => Error::Driver(error.to_string()),
    }
}

/// What can be done after an error. What was lost before the commit was sent is undone by the server.
pub(crate) fn class(error: &sqlx::Error) -> Class {
    if is_stale_plan(error) {
        return Class::Lost;
    }
    if let Some(trouble) = trouble(error) {
        return match trouble {
            Trouble::ReadOnly | Trouble::Silent(_) | Trouble::Undone => Class::Lost,
            Trouble::Unknown => Class::Final,
        };
    }
    let Some(code) = code(error) else {
        return match error {
            sqlx::Error::Io(error) if is_certificate(error) => Class::Final,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Class::Lost,
            _ => Class::Final,
        };
    };
    match (code.get(..2).unwrap_or_default(), code.as_str()) {
        // Of two that depend on each other, one was undone; or what the transaction looked for was removed, or written by another,
        // before it wrote: run again, it sees that.
        (_, "40001" | "40P01" | "23503" | "23505") => Class::Conflict,
        // The session is gone, or the server goes down, comes up, writes no more, or has no session free.
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" | "40003" | "53300") => Class::Lost,
        _ => Class::Final,
    }
}

/// Of the errors of several hosts, the one with the most weight says best what is to be done.
pub(crate) fn weight(error: &sqlx::Error) -> u8 {
    match (class(error), trouble(error)) {
        (Class::Lost, Some(Trouble::ReadOnly)) => 1,
        (Class::Lost, _) => 0,
        _ => 2,
    }
}

/// The codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>; the class is in the first two characters.
fn problem(error: &sqlx::Error) -> Option<ServerProblem> {
    let detail = said(error);
    if let Some(trouble) = trouble(error) {
        return Some(match trouble {
            Trouble::ReadOnly => ServerProblem::ReadOnly,
            Trouble::Silent(_) | Trouble::Undone => ServerProblem::Unreachable(detail),
            Trouble::Unknown => ServerProblem::OutcomeUnknown,
        });
    }
    let Some(code) = code(error) else {
        return match error {
            sqlx::Error::PoolTimedOut => Some(ServerProblem::Busy("no connection became free".to_owned())),
            sqlx::Error::Io(error) if is_certificate(error) => Some(ServerProblem::Tls(detail)),
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Some(ServerProblem::Unreachable(detail))
            }
            sqlx::Error::Tls(_) => Some(ServerProblem::Tls(detail)),
            sqlx::Error::Configuration(_) => Some(ServerProblem::Address(detail)),
            _ => None,
        };
    };
    Some(match (code.get(..2).unwrap_or_default(), code.as_str()) {
        ("28", _) => ServerProblem::Login(detail),
        (_, "3D000") => ServerProblem::NoDatabase(detail),
        (_, "42501") => ServerProblem::Rights(detail),
        (_, "25006") => ServerProblem::ReadOnly,
        (_, "53100") => ServerProblem::Full,
        (_, "57P01" | "57P02" | "57P03" | "57P05") | ("08", _) => ServerProblem::Unreachable(detail),
        (_, "57014" | "55P03" | "25P03") | ("53" | "40", _) => ServerProblem::Busy(detail),
        _ => return None,
    })
}

fn trouble(error: &sqlx::Error) -> Option<&Trouble> {
    match error {
        sqlx::Error::AnyDriverError(error) => error.downcast_ref(),
        _ => None,
    }
}

/// Whether a TLS handshake failed, most often for the certificate: that is what the driver makes of it.
fn is_certificate(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::InvalidData
}

/// Whether a statement that the session keeps prepared would give other columns now: a newer version of this program has changed the
/// table. Another session prepares it again. The code (`0A000`) has other meanings, and the message is translated; drivers look at
/// the name of the function as well.
fn is_stale_plan(error: &sqlx::Error) -> bool {
    let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    error.is_some_and(|error| error.routine() == Some("RevalidateCachedQuery"))
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

fn said(error: &sqlx::Error) -> String {
    match (trouble(error), error.as_database_error()) {
        (Some(trouble), _) => trouble.to_string(),
        (None, Some(said)) => said.message().to_owned(),
        (None, None) => error.to_string(),
    }
}
