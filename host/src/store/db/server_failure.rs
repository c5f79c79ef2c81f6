//! From what PostgreSQL says to what the operator should do.

use crate::store::{db::failure::Failure, error::Error, server::ServerProblem};

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

/// The codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>; the class is in the first two characters.
fn problem(error: &sqlx::Error) -> Option<ServerProblem> {
    let detail = said(error);
    let Some(code) = code(error) else {
        return match error {
            sqlx::Error::PoolTimedOut => Some(ServerProblem::Busy("no connection became free".to_owned())),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Some(ServerProblem::Unreachable(detail))
            }
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

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

fn said(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    }
}
