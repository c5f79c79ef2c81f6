//! Answers requests from a recording, without a network.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use connector_api::{
    ConnectorError, ErrorCode,
    wire::service::{Header, HttpRequest},
};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    client::Answer,
    exchange::{Exchange, FORMAT, HEADER_FILE, RecordedRequest, RecordingError, RecordingHeader, RequestKey},
    scrub::Scrubber,
};

/// Most bytes of one file of a recording.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Most files of a recording.
const MAX_FILES: usize = 100_000;

/// A recording that stands in for a platform. Equal requests get their answers in the order of the recording.
#[derive(Debug)]
pub struct Replayer {
    header: RecordingHeader,
    answers: Mutex<HashMap<RequestKey, VecDeque<PathBuf>>>,
}

impl Replayer {
    /// Reads a recording's index; the answers stay on disk until they are asked for.
    pub fn open(directory: &Path) -> Result<Self, RecordingError> {
        let path = directory.join(HEADER_FILE);
        let header: RecordingHeader = read(&path)?;
        if header.format != FORMAT {
            return Err(RecordingError::Format { path, found: header.format });
        }
        let mut answers: HashMap<RequestKey, VecDeque<PathBuf>> = HashMap::new();
        for path in exchanges(directory)? {
            let exchange: Exchange = read(&path)?;
            answers.entry(RequestKey::of(&exchange.operation, &exchange.request)).or_default().push_back(path);
        }
        Ok(Self { header, answers: Mutex::new(answers) })
    }

    /// What the recording is.
    pub fn header(&self) -> &RecordingHeader {
        &self.header
    }

    /// The next recorded answer to this request.
    pub fn answer(&self, scrubber: &Scrubber, request: &HttpRequest, body: &[u8]) -> Result<Answer, ConnectorError> {
        let url = Url::parse(&request.url)
            .map_err(|_| ConnectorError::new(ErrorCode::InvalidRequest, "the address of the request cannot be read"))?;
        let key = RequestKey::of(&request.operation, &RecordedRequest::scrubbed(scrubber, request, &url, body));
        let path = self.next(&key).ok_or_else(|| {
            let message = format!(
                "the recording contains no further response to `{}` with this method, path and body; record it again",
                request.operation
            );
            ConnectorError::new(ErrorCode::ReplayMissing, message)
        })?;
        let exchange: Exchange = read(&path).map_err(|error| host_failed(&error))?;
        let body = exchange.response.body.to_bytes().ok_or_else(|| {
            let message = format!("the recorded answer to `{}` was not text and was not kept", request.operation);
            ConnectorError::new(ErrorCode::ReplayMissing, message)
        })?;
        let headers = exchange.response.headers.into_iter();
        let headers = headers.map(|(name, value)| Header { name, value, secret: false }).collect();
        Ok(Answer { status: exchange.response.status, headers, body })
    }

    fn next(&self, key: &RequestKey) -> Option<PathBuf> {
        // A poisoned lock only means that another caller panicked between two whole operations on the queue.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get_mut(key)?.pop_front()
    }
}

/// The recording's own failure, in the contract's words.
pub(super) fn host_failed(error: &RecordingError) -> ConnectorError {
    ConnectorError::new(ErrorCode::HostFailed, format!("the recording failed: {error}"))
}

fn exchanges(directory: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let mut numbered = Vec::new();
    for entry in fs::read_dir(directory).map_err(RecordingError::io(directory))? {
        let path = entry.map_err(RecordingError::io(directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let number = name.split_once('-').and_then(|(number, _)| number.parse::<u32>().ok());
        if let Some(number) = number.filter(|_| is_json) {
            numbered.push((number, path));
        }
        if numbered.len() > MAX_FILES {
            let reason = format!("it contains more than {MAX_FILES} exchanges");
            return Err(RecordingError::Unreadable { path: directory.to_owned(), reason });
        }
    }
    numbered.sort_unstable();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, RecordingError> {
    let unreadable = |reason: String| RecordingError::Unreadable { path: path.to_owned(), reason };
    if fs::metadata(path).map_err(RecordingError::io(path))?.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!("it is larger than {MAX_FILE_BYTES} bytes")));
    }
    let text = fs::read(path).map_err(RecordingError::io(path))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}
