//! Why an attempt failed, in the contract's words.
//!
//! Only the host's name and fixed sentences enter a message: reqwest's own texts hold the whole address, and a query or
//! a header may hold a secret.

use std::{error::Error as StdError, io};

use connector_api::{ConnectorError, ErrorCode};

use super::resolver::ResolveError;

/// An attempt without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// Its kind.
    pub code: ErrorCode,
    /// What happened and what to do.
    pub message: String,
    /// Whether the platform may have seen the request.
    pub sent: bool,
    /// Whether another attempt can go better.
    pub transient: bool,
}

impl SendFailure {
    pub(super) fn transient(code: ErrorCode, message: String, sent: bool) -> Self {
        Self { code, message, sent, transient: true }
    }

    pub(super) fn lasting(code: ErrorCode, message: String, sent: bool) -> Self {
        Self { code, message, sent, transient: false }
    }

    /// What to tell the connector when it stays the last attempt.
    pub(super) fn into_error(self) -> ConnectorError {
        let error = ConnectorError::new(self.code, self.message);
        if self.transient { error.retry_with_backoff() } else { error }
    }

    pub(super) fn too_large(host: &str, limit: usize) -> Self {
        let message = format!("{host} answered with more than {limit} bytes; ask for smaller pages");
        Self::lasting(ErrorCode::TooLarge, message, true)
    }

    /// The time of one attempt is over.
    pub(super) fn timeout(host: &str, milliseconds: u128) -> Self {
        Self::transient(ErrorCode::Timeout, format!("{host} did not answer within {milliseconds} ms"), true)
    }

    /// A failure before the answer's headers.
    pub(super) fn of_request(error: &reqwest::Error, host: &str) -> Self {
        if let Some(resolve) = cause::<ResolveError>(error) {
            return Self::of_resolving(*resolve, host);
        }
        if !error.is_connect() {
            return if error.is_builder() {
                Self::lasting(ErrorCode::InvalidRequest, "the request cannot be built from its parts".to_owned(), false)
            } else {
                Self::broken(host)
            };
        }
        if error.is_timeout() {
            return Self::unreachable(format!(
                "{host} did not accept a connection in time; check the address, and whether a firewall blocks this host"
            ));
        }
        let io = cause::<io::Error>(error);
        match io.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => Self::unreachable(format!(
                "{host} refuses connections; check that the address is that of the store and that the store is online"
            )),
            // rustls wraps each of its own errors in this kind.
            Some(io::ErrorKind::InvalidData) => Self::unreachable(format!(
                "cannot open a secure connection to {host}: {}; check that the address opens in a browser without a warning",
                certificate_problem(io.map(ToString::to_string).unwrap_or_default().as_str())
            )),
            _ => Self::unreachable(format!("cannot connect to {host}: there is no network route now")),
        }
    }

    /// A failure after the answer's headers.
    pub(super) fn broken(host: &str) -> Self {
        let message = format!("{host} ended the connection before its answer was complete");
        Self::transient(ErrorCode::PlatformUnavailable, message, true)
    }

    fn unreachable(message: String) -> Self {
        Self::transient(ErrorCode::Unreachable, message, false)
    }

    fn of_resolving(error: ResolveError, host: &str) -> Self {
        match error {
            ResolveError::NotFound => Self::lasting(
                ErrorCode::Unreachable,
                format!("the name {host} does not exist; check its spelling"),
                false,
            ),
            ResolveError::Unavailable => {
                Self::unreachable(format!("cannot resolve {host}: the DNS server does not respond"))
            }
            ResolveError::Forbidden => Self::lasting(
                ErrorCode::AddressForbidden,
                format!("{host} resolves to an address that is not public, which is not allowed"),
                false,
            ),
        }
    }
}

/// What a merchant can act on among the many texts of a TLS library.
fn certificate_problem(text: &str) -> &'static str {
    const KNOWN: [(&str, &str); 5] = [
        ("Expired", "its certificate has expired"),
        ("NotValidForName", "its certificate is for another name"),
        ("UnknownIssuer", "its certificate is not from a known authority"),
        ("Revoked", "its certificate was revoked"),
        ("invalid peer certificate", "its certificate is not valid"),
    ];
    KNOWN.iter().find(|(part, _)| text.contains(part)).map_or("the TLS handshake failed", |(_, words)| words)
}

/// The innermost error of a type in the chain of causes.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let (mut next, mut found) = (Some(error), None);
    while let Some(error) = next {
        found = error.downcast_ref().or(found);
        // An I/O error hides the error it wraps: its `source` is already the source of that one.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map(|wrapped| -> &'a (dyn StdError + 'static) { wrapped }).or_else(|| error.source());
    }
    found
}
