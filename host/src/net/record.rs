//! Writes scrubbed exchanges to a directory.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use connector_api::wire::service::HttpRequest;
use serde::Serialize;
use url::Url;

use super::{
    client::Answer,
    exchange::{Exchange, FORMAT, HEADER_FILE, RecordedRequest, RecordedResponse, RecordingError, RecordingHeader},
    request::is_secret_header,
    scrub::{SCRUBBED, Scrubber},
};
use crate::private_files::private_folder;

/// Headers of an answer that may matter to a connector; others report the store's machinery.
const KEPT_HEADERS: [&str; 8] =
    ["content-type", "date", "etag", "last-modified", "link", "location", "retry-after", "www-authenticate"];

/// A recording that is being made.
#[derive(Debug)]
pub struct Recorder {
    directory: PathBuf,
    written: AtomicU32,
}

impl Recorder {
    /// Begins a recording in a new or empty directory.
    pub fn create(directory: &Path, header: &RecordingHeader) -> Result<Self, RecordingError> {
        private_folder(directory).map_err(RecordingError::io(directory))?;
        let mut entries = fs::read_dir(directory).map_err(RecordingError::io(directory))?;
        if entries.next().is_some() {
            return Err(RecordingError::NotEmpty(directory.to_owned()));
        }
        let recorder = Self { directory: directory.to_owned(), written: AtomicU32::new(0) };
        recorder.write(HEADER_FILE, &RecordingHeader { format: FORMAT, ..header.clone() })?;
        Ok(recorder)
    }

    /// Adds an exchange as `NNNN-operation.json`.
    pub fn record(&self, exchange: &Exchange) -> Result<(), RecordingError> {
        let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let operation: String = exchange
            .operation
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' })
            .collect();
        self.write(&format!("{number:04}-{operation}.json"), exchange)
    }

    /// How many exchanges it holds.
    pub fn len(&self) -> u32 {
        self.written.load(Ordering::Relaxed)
    }

    /// Whether it holds none yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn write(&self, name: &str, content: &impl Serialize) -> Result<(), RecordingError> {
        let path = self.directory.join(name);
        let mut text = serde_json::to_vec_pretty(content)
            .map_err(|error| RecordingError::Unreadable { path: path.clone(), reason: error.to_string() })?;
        text.push(b'\n');
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(RecordingError::io(&path))?;
        file.write_all(&text).map_err(RecordingError::io(&path))
    }
}

impl Exchange {
    /// The scrubbed form of a request and its answer.
    pub(super) fn scrubbed(
        scrubber: &Scrubber,
        request: &HttpRequest,
        url: &Url,
        body: &[u8],
        answer: &Answer,
    ) -> Self {
        let host = url.host_str().unwrap_or_default();
        let kept = answer.headers.iter().filter(|header| is_kept(&header.name));
        let headers = joined(kept.map(|header| (header.name.to_ascii_lowercase(), scrubber.text(host, &header.value))));
        Self {
            operation: request.operation.clone(),
            request: RecordedRequest::scrubbed(scrubber, request, url, body),
            response: RecordedResponse {
                status: answer.status,
                headers,
                body: scrubber.body(host, answer.header("content-type"), &answer.body),
            },
        }
    }
}

impl RecordedRequest {
    /// The scrubbed form of a request.
    pub(super) fn scrubbed(scrubber: &Scrubber, request: &HttpRequest, url: &Url, body: &[u8]) -> Self {
        let host = url.host_str().unwrap_or_default();
        let content_type = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
        let headers = joined(request.headers.iter().map(|header| {
            let secret = header.secret || is_secret_header(&header.name);
            let value = if secret { SCRUBBED.to_owned() } else { scrubber.text(host, &header.value) };
            (header.name.to_ascii_lowercase(), value)
        }));
        Self {
            method: request.method.clone(),
            url: scrubber.url(url),
            headers,
            body: scrubber.body(host, content_type.map(|header| header.value.as_str()), body),
        }
    }
}

fn joined(headers: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let values = map.entry(name).or_default();
        if !values.is_empty() {
            values.push_str(", ");
        }
        values.push_str(&value);
    }
    map
}

fn is_kept(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    KEPT_HEADERS.contains(&name.as_str()) || name.starts_with("x-ratelimit-") || name.starts_with("ratelimit")
}
