//! Input of handlers: bodies, query parameters, path parts. What cannot be read is named without being repeated.

use axum::{
    Json, RequestPartsExt,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::QueryRejection},
    http::{StatusCode, header, request::Parts},
};
use connector_api::domain::ConnectionId;
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_path_to_error::Segment;

use super::problem::Problem;
use crate::core::connection::PageQuery;
use crate::model::Code;

/// What handlers return.
pub(super) type Answer<T> = Result<T, Problem>;
/// What most handlers return.
pub(super) type JsonAnswer<T> = Result<Json<T>, Problem>;

/// Longest name out of a body that is said again.
const LONGEST_NAME: usize = 40;
/// Longest list of known fields that is shown.
const LONGEST_LIST: usize = 600;

const NOT_JSON: &str = "the body must be sent as `application/json`";

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let has_kind = request.headers().contains_key(header::CONTENT_TYPE);
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if has_kind && !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(Code::UnsupportedMediaType, NOT_JSON));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(Code::BodyTooLarge, "the body is larger than the limit of this route")
            } else {
                Problem::new(Code::InvalidJson, "the body is incomplete")
            }
        })?;
        if !has_kind && !bytes.is_empty() {
            return Err(Problem::new(Code::UnsupportedMediaType, NOT_JSON));
        }
        // No body at all stands for one that leaves everything out.
        let bytes = if has_kind { bytes } else { Bytes::from_static(b"{}") };
        let mut reader = serde_json::Deserializer::from_slice(crate::bounded::without_mark(&bytes));
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| wrong_body(&error))?;
        reader.end().map_err(|error| not_json(&error))?;
        Ok(Self(value))
    }
}

/// The parser's own words may quote a secret: what is wrong is said without the value.
fn wrong_body(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return not_json(inner);
    }
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => index.to_string(),
        other => other.to_string(),
    };
    let text = inner.to_string();
    let is_unknown = text.starts_with("unknown field");
    let mut segments: Vec<_> = error.path().iter().map(segment).map(|name| safe_name(&name)).collect();
    if is_unknown {
        // The last part is what the caller made up, or a secret in the wrong place: it is not said again.
        segments.pop();
    }
    let pointer = if segments.is_empty() { String::new() } else { format!("/{}", segments.join("/")) };
    let field = text.split('`').nth(1).unwrap_or_default();
    if text.starts_with("missing field") {
        let detail = format!("`{field}` is missing");
        return Problem::new(Code::InvalidRequest, &detail).at(format!("{pointer}/{field}"), "required", &detail);
    }
    let (code, detail) = if is_unknown {
        ("unknown_field", unknown_field(&text))
    } else {
        ("type", "has the wrong type or form".to_owned())
    };
    Problem::new(Code::InvalidRequest, "the body does not match the expected schema").at(pointer, code, &detail)
}

/// Which fields there are instead: the parser lists them behind the name, which may hold anything.
fn unknown_field(text: &str) -> String {
    let known = text.rsplit_once("`, expected ").map_or("", |(_, known)| known.trim_start_matches("one of "));
    let known = known.split(" at line ").next().unwrap_or_default();
    if known.is_empty() || known.len() > LONGEST_LIST {
        return "has an unknown field".to_owned();
    }
    format!("has an unknown field; known fields: {known}")
}

/// A name out of a body as it may be said again: short, and made of what names are made of.
fn safe_name(name: &str) -> String {
    let is_plain = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { name.to_owned() } else { "…".to_owned() }
}

fn not_json(error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    Problem::new(Code::InvalidJson, format!("the body is not valid JSON ({place})"))
}

/// Query parameters.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = parts.extract::<Query<T>>().await;
        read.map(|Query(params)| Self(params)).map_err(|rejection| wrong_query(&rejection))
    }
}

/// Which parameter is wrong, without its value. A name that nobody knows may be a secret: it is not repeated.
fn wrong_query(rejection: &QueryRejection) -> Problem {
    type Wrong = serde_path_to_error::Error<serde::de::value::Error>;
    let first: &(dyn std::error::Error + 'static) = rejection;
    let mut causes = std::iter::successors(Some(first), |error| error.source());
    let wrong = causes.find_map(|error| error.downcast_ref::<Wrong>());
    let text = wrong.map(|wrong| wrong.inner().to_string()).unwrap_or_default();
    let quoted = text.split('`').nth(1).unwrap_or_default();
    let place = wrong.and_then(|wrong| wrong.path().iter().next()).map(|segment| safe_name(&segment.to_string()));
    let detail = if text.starts_with("unknown field") {
        format!("the query {}", unknown_field(&text))
    } else if text.starts_with("missing field") {
        format!("query parameter `{quoted}`: is missing")
    } else if text.starts_with("duplicate field") {
        format!("query parameter `{quoted}`: is given more than once")
    } else if let Some(name) = place {
        format!("query parameter `{name}`: has the wrong type or form")
    } else {
        "a query parameter has the wrong name, type or form".to_owned()
    };
    Problem::new(Code::InvalidQuery, format!("{detail}; `/openapi.json` lists the parameters of this operation"))
}

/// Variable parts of the path.
pub(super) struct Place<T>(pub(super) T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequestParts<S> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let refused = |_| Problem::new(Code::NotFound, "unknown route; `/openapi.json` lists all routes");
        parts.extract::<Path<T>>().await.map(|Path(path)| Self(path)).map_err(refused)
    }
}

/// The key under which a change is made once, from the header `Idempotency-Key`; quotes around it are left out.
pub(super) struct IdempotencyKey(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        const MISSING: &str = "send an `Idempotency-Key` header: a key is never processed twice";
        let value = parts.headers.get("idempotency-key");
        let value = value.ok_or_else(|| Problem::new(Code::IdempotencyKeyRequired, MISSING))?;
        let text = value.to_str().unwrap_or_default().trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        Ok(Self(quoted.unwrap_or(text).to_owned()))
    }
}

/// The connection named in the path.
pub(super) struct Named(pub(super) ConnectionId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Id {
            connection_id: ConnectionId,
        }
        let Place(Id { connection_id }) = Place::<Id>::from_request_parts(parts, state).await?;
        Ok(Self(connection_id))
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageParams {
    /// Maximum number of items to return (default 50).
    #[serde(default)]
    #[schemars(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    #[serde(default)]
    cursor: Option<String>,
}

impl PageParams {
    /// The page that is asked for.
    pub(super) fn page(self) -> Answer<PageQuery> {
        page_of(self.limit, self.cursor)
    }
}

/// A page from parameters that stand beside others.
pub(super) fn page_of(limit: Option<u32>, cursor: Option<String>) -> Answer<PageQuery> {
    match limit {
        Some(0 | 251..) => Err(Problem::new(Code::InvalidQuery, "`limit` must be between 1 and 250")),
        limit => Ok(PageQuery::after(limit.unwrap_or(0), cursor)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request_ids::RequestIds;

    fn refusal(query: &str) -> String {
        let address = format!("/v1/connections?{query}").parse().unwrap();
        let rejection = Query::<PageParams>::try_from_uri(&address).unwrap_err();
        let ids = RequestIds { request: String::new(), trace: None };
        let body = serde_json::to_value(wrong_query(&rejection).body(&ids)).unwrap();
        body["detail"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_wrong_query_parameter_is_named_without_its_value() {
        let wrong = refusal("limit=Zq8vX2");
        assert!(wrong.starts_with("query parameter `limit`: has the wrong type or form;"), "{wrong}");
        let twice = refusal("limit=1&limit=2");
        assert!(twice.starts_with("query parameter `limit`: is given more than once;"), "{twice}");
        let unknown = refusal("Zq8vX2=1");
        assert!(unknown.starts_with("the query has an unknown field; known fields: "), "{unknown}");
        for text in [wrong, unknown] {
            assert!(!text.contains("Zq8vX2") && text.contains("`/openapi.json`"), "{text}");
        }
    }
}
