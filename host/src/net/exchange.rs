//! The files of a recording: one header, one file per exchange.

use std::{collections::BTreeMap, io, path::PathBuf};

use connector_api::domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The format this version writes and reads.
pub(super) const FORMAT: u32 = 1;
/// Name of the header file.
pub(super) const HEADER_FILE: &str = "recording.json";
/// Stands in every recording where the store's host was.
pub(super) const PLACEHOLDER_HOST: &str = "store.example";

/// What a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingHeader {
    /// Version of the format.
    pub format: u32,
    /// When it was begun.
    pub recorded_at: Timestamp,
    /// Id of the connector.
    pub connector: String,
    /// Why it was made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl RecordingHeader {
    /// The header of a recording that begins now.
    pub fn new(recorded_at: Timestamp, connector: &str, note: &str) -> Self {
        Self { format: FORMAT, recorded_at, connector: connector.to_owned(), note: note.to_owned() }
    }
}

/// One request and its answer, scrubbed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Name of the operation.
    pub operation: String,
    /// What was sent.
    pub request: RecordedRequest,
    /// What came back.
    pub response: RecordedResponse,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRequest {
    /// Method.
    pub method: String,
    /// Address, the host replaced.
    pub url: String,
    /// Headers, secret values replaced; the values of a repeated one are joined by commas.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Body,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedResponse {
    /// Status code.
    pub status: u16,
    /// The headers that mean something to a connector.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Body,
}

/// A recorded body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// None.
    Empty,
    /// A JSON text.
    Json(Value),
    /// Another text.
    Text(String),
    /// Not text: nothing in it can be scrubbed, so it is not kept.
    Binary {
        /// How long it was.
        bytes: usize,
    },
}

impl Body {
    /// The bytes to answer with; `None` when they were not kept.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Empty => Some(Vec::new()),
            Self::Json(value) => Some(value.to_string().into_bytes()),
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Binary { .. } => None,
        }
    }

    fn canonical(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Json(value) => sorted(value).to_string(),
            Self::Text(text) => text.clone(),
            Self::Binary { bytes } => format!("binary:{bytes}"),
        }
    }
}

/// What two requests share when one can be answered by the other's recording: everything but headers, with the order of
/// JSON fields left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RequestKey([u8; 32]);

impl RequestKey {
    pub(super) fn of(operation: &str, request: &RecordedRequest) -> Self {
        let mut hash = Sha256::new();
        for part in [operation, &request.method, &request.url, &request.body.canonical()] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// A recording cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory holds something already.
    #[error("{} is not empty; name a new directory for the recording", .0.display())]
    NotEmpty(PathBuf),
    /// A file is not what its name promises.
    #[error("{} is not part of a recording: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another version wrote it.
    #[error("{} has format {found}, but this version reads format {FORMAT} only", path.display())]
    Format {
        /// Which.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}

impl RecordingError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
