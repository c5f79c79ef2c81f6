//! What an error of a connector means for something that was asked of it. The only such table; the connector's side of the
//! promise stands in `docs/connector-spec.md`.

use connector_api::{ConnectorError, ErrorCode};

/// Whether it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Surely not, and the same request would fare the same.
    Refused,
    /// Surely not, but the same request may be tried again.
    NotNow,
    /// Nobody knows.
    Unknown,
}

/// What an answer to a change means. Whatever is not listed leaves it open: a second order costs more than a look.
pub fn of(error: &ConnectorError) -> Verdict {
    match error.code {
        ErrorCode::ConfigInvalid
        | ErrorCode::PermissionMissing
        | ErrorCode::SchemaIncompatible
        | ErrorCode::AddressForbidden
        | ErrorCode::NotFound
        | ErrorCode::Conflict
        | ErrorCode::InvalidRequest
        | ErrorCode::UnsupportedOperation => Verdict::Refused,
        ErrorCode::AuthInvalid
        | ErrorCode::AuthExpired
        | ErrorCode::AuthRevoked
        | ErrorCode::RateLimited
        | ErrorCode::PluginQuarantined => Verdict::NotNow,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ambiguous_or_new_leaves_it_open() {
        for code in [
            "timeout",
            "unreachable",
            "platform_unavailable",
            "platform_answer_invalid",
            "too_large",
            "plugin_timeout",
            "plugin_panicked",
            "plugin_contract_broken",
            "host_failed",
            "checkpoint_invalid",
            "replay_missing",
            "a_code_of_tomorrow",
        ] {
            assert_eq!(of(&ConnectorError::new(ErrorCode::from(code), "")), Verdict::Unknown, "{code}");
        }
    }
}
