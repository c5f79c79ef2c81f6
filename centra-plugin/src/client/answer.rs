//! What an HTTP answer of the platform means.

use std::collections::BTreeMap;

use connector_api::{ConnectorError, ErrorCode, Retry, connector::HttpAnswer};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    graphql_error::GraphqlError,
    refusal::{self, Refusal},
};
use crate::{error, reported::reported};

/// What an answer means.
pub(super) enum Outcome<'a> {
    /// Data, perhaps with parts lost.
    Data {
        /// The answer's `data`.
        data: &'a str,
        /// What the platform says beside it.
        extensions: Extensions,
        /// What it failed to give.
        lost: Vec<LostPart>,
    },
    /// The token may not read some fields.
    Denied(Vec<Refusal>),
    /// The query does not fit the schema; type and field, where the platform names them.
    Refused(Vec<(String, String)>),
    /// More rows were asked for than these, which are allowed at once.
    TooMany(u32),
    /// Nothing, because a part that may not be null was lost, and took all that it stands in with it.
    Nothing {
        /// What it failed to give.
        lost: Vec<LostPart>,
        /// What to say where no row can be blamed.
        failure: ConnectorError,
    },
    /// Anything else.
    Failed(ConnectorError),
}

/// Where in the answer something is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LostPart {
    /// Keys and positions that lead there; empty when the platform does not say.
    pub path: Vec<Value>,
}

impl LostPart {
    /// The position in the list that stands at `keys`, if the lost part lies inside it. Positions on the way do not count.
    pub fn index_below(&self, keys: &[&str]) -> Option<usize> {
        self.row_below(keys).map(|(_, index)| index)
    }

    /// That position, if the answer has lost the whole list over it.
    pub(super) fn swallowed_below(&self, keys: &[&str], data: &Value) -> Option<usize> {
        let (length, index) = self.row_below(keys)?;
        let list = self.path.iter().take(length).try_fold(data, |here, step| match step {
            Value::String(key) => here.get(key),
            step => here.get(usize::try_from(step.as_u64()?).ok()?),
        });
        list.is_none_or(Value::is_null).then_some(index)
    }

    /// How many steps lead to the list at `keys`, and the position in it.
    fn row_below(&self, keys: &[&str]) -> Option<(usize, usize)> {
        let mut keys = keys.iter();
        let mut next = keys.next();
        for (length, part) in self.path.iter().enumerate() {
            match (next, part.as_str()) {
                (Some(key), Some(name)) if *key == name => next = keys.next(),
                (Some(_), Some(_)) => return None,
                (Some(_), None) => {}
                (None, _) => {
                    let index = part.as_u64().and_then(|index| usize::try_from(index).ok())?;
                    return Some((length, index));
                }
            }
        }
        None
    }
}

/// What the platform says beside the data.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Extensions {
    pub(super) complexity: Option<u64>,
    pub(super) permissions_used: Option<Vec<String>>,
    pub(super) deprecated_fields_used: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    errors: Option<Vec<GraphqlError>>,
    #[serde(default)]
    extensions: Option<Value>,
}

fn lost_parts(errors: Vec<GraphqlError>) -> Vec<LostPart> {
    errors.into_iter().map(|error| LostPart { path: error.path.unwrap_or_default() }).collect()
}

impl<'a> Outcome<'a> {
    /// Judges an answer, first by what its body says, then by its status. A refusal counts as the platform's when it has the form of
    /// its answers; all else is something on the way, and no reason to doubt the token.
    pub(super) fn of(answer: &'a HttpAnswer) -> Self {
        let status = answer.response.status;
        if status == 429 {
            return Self::Failed(limited(answer));
        }
        let Ok(body) = read(&answer.body) else {
            return Self::Failed(of_status(answer, None));
        };
        let errors = body.errors.unwrap_or_default();
        let says = errors.iter().find_map(|error| reported(&error.message));
        let mut denied: Vec<Refusal> = errors.iter().filter_map(refusal::missing_permission).collect();
        if matches!(status, 401 | 403) {
            // A refused token may be reported in the same words; only a permission's name says that the token is known.
            denied.retain(|refusal| refusal.permission.is_some());
        }
        if !denied.is_empty() {
            return Self::Denied(denied);
        }
        match (status, body.data) {
            (401 | 403, _) if !errors.is_empty() && says.is_some() && is_graphql(&answer.body) => {
                Self::Failed(refusal::of_token(&answer.body))
            }
            (200..=299, Some(data)) => {
                let extensions =
                    body.extensions.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
                Self::Data { data: data.get(), extensions, lost: lost_parts(errors) }
            }
            (200..=299 | 400, None) if let Some(rows) = refusal::row_cap(&errors) => Self::TooMany(rows),
            // Which status goes with it is not documented.
            (200..=299 | 400 | 500, None) if errors.iter().any(GraphqlError::is_of_a_row) => {
                Self::Nothing { lost: lost_parts(errors), failure: unavailable(answer, says.as_deref()) }
            }
            (200..=299, None) if errors.iter().any(|error| error.category() == "internal") => {
                Self::Failed(unavailable(answer, says.as_deref()))
            }
            (400, _) if !errors.is_empty() => Self::Refused(refusal::unknown_fields(&errors)),
            (200..=299, None) if !refusal::unknown_fields(&errors).is_empty() => {
                Self::Refused(refusal::unknown_fields(&errors))
            }
            _ => Self::Failed(of_status(answer, says.as_deref())),
        }
    }
}

/// A GraphQL answer. A byte-order mark before it changes nothing.
fn read(body: &[u8]) -> Result<Envelope<'_>, serde_json::Error> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// Whether an answer has nothing beside what a GraphQL answer has: others report errors, too.
fn is_graphql(body: &[u8]) -> bool {
    let parts: BTreeMap<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    parts.keys().all(|name| matches!(name.as_str(), "data" | "errors" | "extensions"))
}

/// Whether a failure may be that of the page that was asked for, so that a smaller one may come.
pub fn is_of_page(failure: &ConnectorError) -> bool {
    match failure.code {
        ErrorCode::PlatformUnavailable | ErrorCode::TooLarge | ErrorCode::Timeout => true,
        ErrorCode::PlatformAnswerInvalid => failure.retry == Retry::Backoff,
        _ => false,
    }
}

fn of_status(answer: &HttpAnswer, says: Option<&str>) -> ConnectorError {
    match answer.response.status {
        401 | 403 | 407 => error::blocked(answer),
        408 | 499 | 500..=599 => unavailable(answer, says),
        200..=299 => error::answer_invalid(&unreadable(answer, says)),
        status => ConnectorError::new(
            ErrorCode::PlatformAnswerInvalid,
            format!("The address answers with HTTP status {status}, not as Centra's Integration API does."),
        )
        .at_field("/store_url", "wrong", "The address is not that of a Centra AMS."),
    }
}

/// Why an answer that says that all is well cannot be used.
fn unreadable(answer: &HttpAnswer, says: Option<&str>) -> String {
    let body = answer.body.trim_ascii();
    if let Some(says) = says {
        format!("is an error without data: {says}")
    } else if std::str::from_utf8(body).is_err() {
        format!("is not text ({})", error::form(answer))
    } else if body.starts_with(b"{") && read(body).is_ok() {
        format!("contains no data and no reason ({})", error::form(answer))
    } else if body.starts_with(b"{") {
        format!("is truncated, or not JSON ({})", error::form(answer))
    } else {
        format!("is not a GraphQL answer ({})", error::form(answer))
    }
}

fn unavailable(answer: &HttpAnswer, says: Option<&str>) -> ConnectorError {
    let says = says.map(|says| format!(" and says: {says}")).unwrap_or_default();
    let message = format!("Centra is unavailable at the moment ({}){says}.", error::form(answer));
    ConnectorError::new(ErrorCode::PlatformUnavailable, message).retry_with_backoff()
}

/// The host has obeyed `Retry-After` already; what reaches us is that it did not help in time.
fn limited(answer: &HttpAnswer) -> ConnectorError {
    let error = ConnectorError::new(
        ErrorCode::RateLimited,
        "Centra's rate limit is reached: all integrations of this environment share it.",
    );
    match answer.header("retry-after").and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(seconds) if seconds <= 86_400 => error.retry_after_ms(seconds * 1_000),
        _ => error.retry_with_backoff(),
    }
}
