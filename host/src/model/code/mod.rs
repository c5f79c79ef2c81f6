//! Error codes: one enum, and for each code one row with its HTTP status, exit code, retry class, meaning and remedy.
//!
//! Problems over HTTP, failures of commands, and errors of runs and intents carry these codes. `docs/errors.md` and
//! `schemas/codes.json` are generated from the rows.

mod command;
mod connection;
mod connector;
mod event;
mod host;
mod order;
mod request;
mod row;

use std::{borrow::Cow, fmt};

use connector_api::{ConnectorError, ErrorCode};
use row::Row;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

pub use row::RetryClass;

use super::Exit;

macro_rules! codes {
    ($($group:ident { $($variant:ident = $word:literal $row:ident),+ $(,)? })+) => {
        /// A stable word for programs. `docs/errors.md` has its meaning and what to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = concat!("`", $word, "`")] $variant,)+)+
        }

        impl Code {
            /// Every code, by group.
            pub const ALL: &[Self] = &[$($(Self::$variant),+),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $word,)+)+ }
            }

            pub(super) const fn group(self) -> &'static str {
                match self { $($(Self::$variant)|+ => stringify!($group),)+ }
            }

            pub(super) const fn row(self) -> &'static Row {
                match self { $($(Self::$variant => &$group::$row,)+)+ }
            }
        }
    };
}

codes! {
    connector {
        ConfigInvalid = "config_invalid" CONFIG_INVALID,
        AuthInvalid = "auth_invalid" AUTH_INVALID,
        AuthExpired = "auth_expired" AUTH_EXPIRED,
        AuthRevoked = "auth_revoked" AUTH_REVOKED,
        PermissionMissing = "permission_missing" PERMISSION_MISSING,
        SchemaIncompatible = "schema_incompatible" SCHEMA_INCOMPATIBLE,
        RateLimited = "rate_limited" RATE_LIMITED,
        Unreachable = "unreachable" UNREACHABLE,
        AddressForbidden = "address_forbidden" ADDRESS_FORBIDDEN,
        Timeout = "timeout" TIMEOUT,
        PlatformUnavailable = "platform_unavailable" PLATFORM_UNAVAILABLE,
        Blocked = "blocked" BLOCKED,
        PlatformAnswerInvalid = "platform_answer_invalid" PLATFORM_ANSWER_INVALID,
        TooLarge = "too_large" TOO_LARGE,
        PagingEndless = "paging_endless" PAGING_ENDLESS,
        LimitReached = "limit_reached" LIMIT_REACHED,
        NotFound = "not_found" NOT_FOUND,
        Conflict = "conflict" CONFLICT,
        InvalidRequest = "invalid_request" INVALID_REQUEST,
        CheckpointInvalid = "checkpoint_invalid" CHECKPOINT_INVALID,
        UnsupportedOperation = "unsupported_operation" UNSUPPORTED_OPERATION,
        PluginPanicked = "plugin_panicked" PLUGIN_PANICKED,
        PluginTimeout = "plugin_timeout" PLUGIN_TIMEOUT,
        PluginQuarantined = "plugin_quarantined" PLUGIN_QUARANTINED,
        PluginContractBroken = "plugin_contract_broken" PLUGIN_CONTRACT_BROKEN,
        ReplayMissing = "replay_missing" REPLAY_MISSING,
        HostFailed = "host_failed" HOST_FAILED,
        ConnectorFailed = "connector_failed" CONNECTOR_FAILED,
    }
    request {
        InvalidJson = "invalid_json" INVALID_JSON,
        InvalidQuery = "invalid_query" INVALID_QUERY,
        Refused = "refused" REFUSED,
        BodyIncomplete = "body_incomplete" BODY_INCOMPLETE,
        BodyTooSlow = "body_too_slow" BODY_TOO_SLOW,
        BodyTooLarge = "body_too_large" BODY_TOO_LARGE,
        UnsupportedMediaType = "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE,
        MethodNotAllowed = "method_not_allowed" METHOD_NOT_ALLOWED,
        IdempotencyKeyRequired = "idempotency_key_required" IDEMPOTENCY_KEY_REQUIRED,
        IdempotencyKeyInvalid = "idempotency_key_invalid" IDEMPOTENCY_KEY_INVALID,
        IdempotencyKeyReused = "idempotency_key_reused" IDEMPOTENCY_KEY_REUSED,
        InFlight = "in_flight" IN_FLIGHT,
        KeyRequired = "key_required" KEY_REQUIRED,
        KeyRefused = "key_refused" KEY_REFUSED,
        OperatorRequired = "operator_required" OPERATOR_REQUIRED,
        ChannelKeyRequired = "channel_key_required" CHANNEL_KEY_REQUIRED,
        OriginMismatch = "origin_mismatch" ORIGIN_MISMATCH,
        TooManyKeys = "too_many_keys" TOO_MANY_KEYS,
    }
    connection {
        SessionUnknown = "session_unknown" SESSION_UNKNOWN,
        SessionExpired = "session_expired" SESSION_EXPIRED,
        SessionUsed = "session_used" SESSION_USED,
        SecretInDraft = "secret_in_draft" SECRET_IN_DRAFT,
        TooManyChecks = "too_many_checks" TOO_MANY_CHECKS,
        NotChecked = "not_checked" NOT_CHECKED,
        ResultRefused = "result_refused" RESULT_REFUSED,
        NoChannel = "no_channel" NO_CHANNEL,
        AlreadyConnected = "already_connected" ALREADY_CONNECTED,
        ValidationFailed = "validation_failed" VALIDATION_FAILED,
        OtherStore = "other_store" OTHER_STORE,
        NotReady = "not_ready" NOT_READY,
        ConnectorUnavailable = "connector_unavailable" CONNECTOR_UNAVAILABLE,
        CapabilityOff = "capability_off" CAPABILITY_OFF,
        Cancelled = "cancelled" CANCELLED,
        Busy = "busy" BUSY,
        LeaseLost = "lease_lost" LEASE_LOST,
        DiskLow = "disk_low" DISK_LOW,
        Outdated = "outdated" OUTDATED,
        Incomplete = "incomplete" INCOMPLETE,
        DeletionsHeld = "deletions_held" DELETIONS_HELD,
    }
    order {
        CartRefused = "cart_refused" CART_REFUSED,
        RealtimeUnavailable = "realtime_unavailable" REALTIME_UNAVAILABLE,
        LocalQuoteBlocked = "local_quote_blocked" LOCAL_QUOTE_BLOCKED,
        QuoteStale = "quote_stale" QUOTE_STALE,
        ReferenceUsed = "reference_used" REFERENCE_USED,
        IntentSettled = "intent_settled" INTENT_SETTLED,
        OrderExpired = "order_expired" ORDER_EXPIRED,
        NotDone = "not_done" NOT_DONE,
        NotSettled = "not_settled" NOT_SETTLED,
        NotFoundOnce = "not_found_once" NOT_FOUND_ONCE,
        ManualResolution = "manual_resolution" MANUAL_RESOLUTION,
        DiffersFromAgreed = "differs_from_agreed" DIFFERS_FROM_AGREED,
    }
    event {
        TooManyEndpoints = "too_many_endpoints" TOO_MANY_ENDPOINTS,
        RotationRunning = "rotation_running" ROTATION_RUNNING,
        CursorExpired = "cursor_expired" CURSOR_EXPIRED,
        WebhookRefused = "webhook_refused" WEBHOOK_REFUSED,
        WebhookNotStored = "webhook_not_stored" WEBHOOK_NOT_STORED,
    }
    host {
        Unexpected = "unexpected" UNEXPECTED,
        Overloaded = "overloaded" OVERLOADED,
        TooSlow = "too_slow" TOO_SLOW,
        Draining = "draining" DRAINING,
        WorkStopped = "work_stopped" WORK_STOPPED,
        Keys = "keys" KEYS,
        Limit = "limit" LIMIT,
        EditConflict = "edit_conflict" EDIT_CONFLICT,
        DiskFull = "disk_full" DISK_FULL,
        DatabaseBusy = "database_busy" DATABASE_BUSY,
        DatabaseUnavailable = "database_unavailable" DATABASE_UNAVAILABLE,
        DatabaseReplaced = "database_replaced" DATABASE_REPLACED,
        DatabaseDamaged = "database_damaged" DATABASE_DAMAGED,
        DatabaseNewer = "database_newer" DATABASE_NEWER,
        DatabaseFailed = "database_failed" DATABASE_FAILED,
    }
    command {
        Configuration = "configuration" CONFIGURATION,
        File = "file" FILE,
        Stream = "stream" STREAM,
        State = "state" STATE,
        Unwritable = "unwritable" UNWRITABLE,
        Recording = "recording" RECORDING,
        Listen = "listen" LISTEN,
        PluginRefused = "plugin_refused" PLUGIN_REFUSED,
        Output = "output" OUTPUT,
        ReaderGone = "reader_gone" READER_GONE,
    }
}

impl Code {
    /// The HTTP status; 500 for codes that HTTP never answers with.
    pub const fn status(self) -> u16 {
        match self.row().status {
            Some(status) => status,
            None => 500,
        }
    }

    /// The exit code of a command that ends with it.
    pub const fn exit(self) -> Exit {
        self.row().exit
    }

    /// Whether the same request can succeed later.
    pub const fn retry(self) -> RetryClass {
        self.row().retry
    }

    /// Whether a healthy host answers so under load or while it shuts down.
    pub const fn is_expected(self) -> bool {
        self.row().expected
    }

    /// What it means, in one sentence.
    pub const fn meaning(self) -> &'static str {
        self.row().meaning
    }

    /// Whether what happened is for the log alone, because it names files of the host.
    pub const fn is_internal(self) -> bool {
        matches!(self.status(), 500)
            || matches!(self, Self::DatabaseBusy | Self::DatabaseUnavailable | Self::DatabaseReplaced)
    }

    /// The code of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }

    /// An error of the host in the form in which an intent or a run keeps it.
    pub fn error(self, message: impl Into<String>) -> ConnectorError {
        ConnectorError::new(ErrorCode::from(self.as_str()), message)
    }

    /// Whether the host itself puts it where connectors' errors stand: into an intent.
    const fn is_of_an_intent(self) -> bool {
        matches!(
            self,
            Self::OrderExpired
                | Self::NotDone
                | Self::NotSettled
                | Self::NotFoundOnce
                | Self::ManualResolution
                | Self::ConnectorUnavailable
                | Self::NotReady
        )
    }
}

/// A connector's code. One that the contract does not know is not taken for one of the host's own.
impl From<&ErrorCode> for Code {
    fn from(code: &ErrorCode) -> Self {
        let known = Self::from_word(code.as_str());
        match code {
            ErrorCode::Unknown(_) => known.filter(|known| known.is_of_an_intent()),
            _ => known,
        }
        .unwrap_or(Self::ConnectorFailed)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = Self::ALL.iter().map(|code| code.as_str()).collect();
        json_schema!({
            "description": "A stable word for programs. New codes may come; `docs/errors.md` explains each.",
            "type": "string",
            "anyOf": [{ "enum": words }, { "type": "string", "maxLength": 100 }],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_of_the_contract_is_one_of_the_host() {
        for word in ErrorCode::KNOWN {
            assert_eq!(Code::from(&ErrorCode::from(*word)).as_str(), *word);
        }
    }

    #[test]
    fn a_connector_cannot_speak_for_the_host() {
        for word in ["draining", "operator_required", "made_up", ""] {
            assert_eq!(Code::from(&ErrorCode::from(word)), Code::ConnectorFailed, "{word}");
        }
        assert_eq!(Code::from(&ErrorCode::from("not_done")), Code::NotDone);
    }

    #[test]
    fn words_are_unique_and_rows_are_whole() {
        let words: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            let row = code.row();
            assert_eq!(Code::from_word(code.as_str()), Some(*code));
            assert!(row.meaning.ends_with('.') && row.remedy.ends_with('.'), "{code}");
            assert!(row.status.is_none_or(|status| (400..=503).contains(&status)), "{code}");
            // A status that is sent with `Retry-After`, and only it, promises that waiting helps.
            assert!(row.retry != RetryClass::RetryAfter || matches!(row.status, Some(409 | 429 | 503)), "{code}");
        }
    }
}
