//! Why the platform refuses: a permission, a field of the query, the token. Only recognised words are taken from its
//! text; the text itself may repeat what we sent.

use connector_api::{ConnectorError, ErrorCode};
use serde_json::Value;

use super::graphql_error::GraphqlError;
use crate::schema::adapt::Adapted;

/// Most rows that are ever asked for at once.
const MOST_ROWS: u32 = 200;

/// What is asked for instead, when the platform does not say how many rows it allows.
const LIKELY_CAP: u32 = 100;

/// A field the token may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The permission it needs, if the platform names it.
    pub(super) permission: Option<String>,
    field: Option<String>,
    path: Vec<String>,
}

/// Reads "You need X:read permission to access y."; `extensions.category` is `authorization`.
pub(super) fn missing_permission(error: &GraphqlError) -> Option<Refusal> {
    let words: Vec<&str> = error.message.split_whitespace().collect();
    let permission = words
        .iter()
        .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()))
        .find(|word| is_permission(word))
        .map(str::to_owned);
    let says_so =
        words.windows(2).any(|pair| pair[0].eq_ignore_ascii_case("you") && pair[1].eq_ignore_ascii_case("need"));
    if error.category() != "authorization" && !(says_so && permission.is_some()) {
        return None;
    }
    let field = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("access"))
        .and_then(|index| words.get(index + 1))
        .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').to_owned())
        .filter(|word| is_identifier(word));
    let path = error.path.iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    Some(Refusal { permission, field, path })
}

impl Refusal {
    /// What it needs, in words.
    pub(super) fn needs(&self) -> String {
        self.permission.clone().unwrap_or_else(|| "a permission Centra does not name".to_owned())
    }

    /// The field to leave out: the refused one if the query works without it, else the nearest one around it.
    pub(super) fn droppable_field(&self, query: &Adapted) -> Option<String> {
        let path = self.path.join(".");
        let way = query.fields.keys().find(|key| **key == path).or_else(|| {
            let named = self.field.as_deref()?;
            let ends = |key: &&String| key.rsplit('.').next() == Some(named);
            query.fields.keys().filter(ends).find(|key| path.is_empty() || key.starts_with(&path))
        })?;
        let mut way = way.as_str();
        loop {
            if let Some(field) = query.fields.get(way).filter(|field| field.optional) {
                return Some(field.id.clone());
            }
            way = way.rsplit_once('.')?.0;
        }
    }
}

/// Fields the platform says it does not have: type and field.
pub(super) fn unknown_fields(errors: &[GraphqlError]) -> Vec<(String, String)> {
    errors.iter().filter_map(|error| unknown_field(&error.message)).collect()
}

fn unknown_field(message: &str) -> Option<(String, String)> {
    let mut names = message.split(['"', '`', '\'']).skip(1).step_by(2);
    let (first, second) = (names.next()?.to_owned(), names.next()?.to_owned());
    let pair = if message.contains("Cannot query field") { (second, first) } else { (first, second) };
    let says_so = message.contains("Cannot query field") || message.contains("does not have a field");
    (says_so && is_identifier(&pair.0) && is_identifier(&pair.1)).then_some(pair)
}

/// How many rows may be asked for at once, if the platform says that these were too many.
pub(super) fn row_cap(errors: &[GraphqlError]) -> Option<u32> {
    errors.iter().find_map(|error| {
        let message = error.message.to_lowercase();
        let words = message.split(|letter: char| !letter.is_ascii_alphanumeric());
        let speaks_of_rows = words.clone().any(|word| matches!(word, "limit" | "first"));
        let speaks_of_names = words.clone().any(|word| matches!(word, "argument" | "unknown" | "field" | "complexity"));
        let named =
            words.filter_map(|word| word.parse::<u32>().ok()).filter(|rows| (1..MOST_ROWS).contains(rows)).max();
        (speaks_of_rows && !speaks_of_names).then(|| named.filter(|rows| *rows > 1).unwrap_or(LIKELY_CAP))
    })
}

/// The token is refused; the answer may tell why.
pub(super) fn of_token(body: &[u8]) -> ConnectorError {
    let text = String::from_utf8_lossy(&body[..body.len().min(4_096)]).to_lowercase();
    let says = |word: &str| text.contains(word);
    let (code, what) = if says("revoked") {
        (ErrorCode::AuthRevoked, "Centra says that the Integration API token was revoked.")
    } else if says("expired") && !says("invalid") && !says("missing") {
        (ErrorCode::AuthExpired, "Centra says that the Integration API token has expired.")
    } else {
        (ErrorCode::AuthInvalid, "Centra refuses the Integration API token: it is wrong, has expired or was revoked.")
    };
    ConnectorError::new(code, what).at_field(
        "/integration_api_token",
        "refused",
        "Create a new token in System > Api Tokens and enter it here.",
    )
}

fn is_permission(word: &str) -> bool {
    word.len() <= 80
        && word.split_once(':').is_some_and(|(object, action)| {
            matches!(action, "read" | "write")
                && object.starts_with(|first: char| first.is_ascii_uppercase())
                && object.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
        })
}

fn is_identifier(word: &str) -> bool {
    (1..=60).contains(&word.len()) && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(value: Value) -> GraphqlError {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_missing_permission_is_read_from_the_sentence() {
        let refusal = missing_permission(&error(json!({
            "message": "You need Order:read permission to access orderConnection.",
            "extensions": { "category": "authorization" }, "path": ["orderConnection"] })))
        .unwrap();
        assert_eq!(
            (refusal.permission.as_deref(), refusal.field.as_deref()),
            (Some("Order:read"), Some("orderConnection"))
        );
    }

    #[test]
    fn text_that_is_no_permission_is_not_repeated() {
        let refusal = missing_permission(&error(json!({
            "message": "Bearer hunter2 is not enough", "extensions": { "category": "authorization" } })))
        .unwrap();
        assert!(!format!("{refusal:?}").contains("hunter2"));
        assert_eq!(missing_permission(&error(json!({ "message": "Something broke" }))), None);
    }

    #[test]
    fn unknown_fields_are_read_from_the_sentences_of_two_servers() {
        let expected = Some(("Display".to_owned(), "shade".to_owned()));
        assert_eq!(unknown_field("Cannot query field \"shade\" on type \"Display\"."), expected);
        assert_eq!(unknown_field("type `Display` does not have a field `shade`"), expected);
        assert_eq!(unknown_field("Syntax Error: expected \"Name\", found \"}\""), None);
    }

    #[test]
    fn how_many_rows_are_allowed_is_read_from_the_sentence() {
        let cap = |message: &str| row_cap(&[error(json!({ "message": message }))]);
        assert_eq!(cap("Limit must be in range 1 - 100."), Some(100));
        assert_eq!(cap("\"limit\" must not exceed 50"), Some(50));
        assert_eq!(cap("The limit is too large."), Some(100));
        assert_eq!(cap("Unknown argument \"limit\" on field \"displays\" of type \"Query\"."), None);
        assert_eq!(cap("The complexity 250001 exceeds the limit of 250000"), None);
        assert_eq!(cap("Internal server error"), None);
    }

    #[test]
    fn the_answer_reports_why_a_token_is_refused_or_does_not() {
        let code = |body: &str| of_token(body.as_bytes()).code;
        assert_eq!(code("{\"errors\":[{\"message\":\"Token has expired\"}]}"), ErrorCode::AuthExpired);
        assert_eq!(code("token revoked"), ErrorCode::AuthRevoked);
        assert_eq!(code("the token is missing, invalid or expired"), ErrorCode::AuthInvalid);
        assert_eq!(code(""), ErrorCode::AuthInvalid);
    }
}
