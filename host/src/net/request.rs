//! What a connector may ask to send: checked before anything is opened, counted or waited for.

use std::time::Duration;

use bytes::Bytes;
use connector_api::{ConnectorError, ErrorCode, wire::service::HttpRequest};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use super::{
    address::{AddressRefusal, Reach, reach_of},
    policy::NetworkPolicy,
};

/// Most headers of a request.
const MAX_HEADERS: usize = 64;
/// Most bytes of a header's value.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Longest name of an operation.
const MAX_OPERATION_CHARS: usize = 100;
/// Headers that frame the message or name its target: the client's business.
const RESERVED: [&str; 12] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "accept-encoding",
    "proxy-authorization",
    "proxy-connection",
];

/// A request that has passed every check and may be sent, several times if need be.
#[derive(Debug, Clone)]
pub struct CheckedRequest {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) reach: Reach,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) host: String,
    pub(super) timeout: Option<Duration>,
}

impl CheckedRequest {
    /// Checks address, method, headers and size.
    pub fn new(request: &HttpRequest, body: Vec<u8>, policy: &NetworkPolicy) -> Result<Self, ConnectorError> {
        let operation = operation_name(&request.operation)?;
        let (url, reach) = reach_of(&request.url, policy).map_err(|refusal| address_error(&refusal))?;
        if body.len() > policy.max_request_body {
            return Err(ConnectorError::new(
                ErrorCode::TooLarge,
                format!(
                    "the request `{operation}` is larger than {} bytes; send less at once",
                    policy.max_request_body
                ),
            ));
        }
        Ok(Self {
            method: method(&request.method)?,
            host: url.host_str().unwrap_or_default().to_owned(),
            url,
            reach,
            headers: headers(request)?,
            body: body.into(),
            timeout: request.timeout_ms.map(Duration::from_millis),
        })
    }
}

fn invalid(message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorCode::InvalidRequest, message)
}

fn operation_name(name: &str) -> Result<&str, ConnectorError> {
    let fits = !name.is_empty()
        && name.len() <= MAX_OPERATION_CHARS
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:/".contains(c));
    if fits {
        Ok(name)
    } else {
        Err(invalid(format!(
            "`operation` must be 1 to {MAX_OPERATION_CHARS} letters, digits or `_-.:/`: it names the request in metrics and recordings"
        )))
    }
}

fn method(name: &str) -> Result<Method, ConnectorError> {
    match name {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        _ => Err(invalid("`method` must be GET, HEAD, POST, PUT, PATCH or DELETE")),
    }
}

fn headers(request: &HttpRequest) -> Result<HeaderMap, ConnectorError> {
    if request.headers.len() > MAX_HEADERS {
        return Err(invalid(format!("more than {MAX_HEADERS} headers")));
    }
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for (index, header) in request.headers.iter().enumerate() {
        // A value may be a credential with a line break pasted into it: the message names the place, never the text.
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| invalid(format!("the name of header {index} contains characters that are not allowed")))?;
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid(format!("the header `{name}` is set by the host; remove it")));
        }
        if header.value.len() > MAX_HEADER_BYTES {
            return Err(invalid(format!("the value of the header `{name}` is longer than {MAX_HEADER_BYTES} bytes")));
        }
        let mut value = HeaderValue::from_str(&header.value).map_err(|_| {
            invalid(format!(
                "the value of the header `{name}` contains a line break or another character that is not allowed"
            ))
        })?;
        value.set_sensitive(header.secret || is_secret_header(name.as_str()));
        map.append(name, value);
    }
    Ok(map)
}

/// Whether the value of a header of this name is always a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie" | "set-cookie")
        || ["secret", "token", "api-key", "apikey", "signature", "password", "session"]
            .iter()
            .any(|part| name.contains(part))
}

fn address_error(refusal: &AddressRefusal) -> ConnectorError {
    let code = match refusal {
        AddressRefusal::Unreadable | AddressRefusal::TooLong => ErrorCode::InvalidRequest,
        _ => ErrorCode::AddressForbidden,
    };
    ConnectorError::new(code, refusal.to_string())
}
