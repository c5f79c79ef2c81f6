//! One stream of a run: page by page to its end, then what it did not see is deleted, confirmed or held.

use connector_api::ConnectorError;

use super::{Error, Event, stream_run::StreamRun};
use crate::model::{
    Code,
    run::{Mode, StreamState, StreamView},
    sync::StreamEnd,
};

impl StreamRun<'_> {
    /// Reads it to its end, and says how it ended. An error when the run cannot go on.
    pub(super) async fn read(&mut self, stream: &StreamView) -> Result<StreamView, Error> {
        let mut skipped = stream.skipped;
        if stream.state != StreamState::Read {
            match self.pages(stream).await? {
                Ok(skipped_now) => skipped = skipped_now,
                Err(error) => {
                    let error = serde_json::to_value(&error).unwrap_or_default();
                    return self.finish(stream, StreamEnd::Failed { error }).await;
                }
            }
        }
        if skipped > 0 {
            return self.finish(stream, StreamEnd::Partial).await;
        }
        let delete = stream.mode == Mode::Full;
        if delete {
            self.confirm(stream).await?;
        }
        let rule = self.engine.settings.deletions;
        self.finish(stream, StreamEnd::Complete { delete, rule }).await
    }

    async fn finish(&self, stream: &StreamView, end: StreamEnd) -> Result<StreamView, Error> {
        let (store, lease) = (&self.engine.store, self.caller.lease);
        store.finish_stream(lease, &self.run.id, &stream.stream, &end, self.engine.clock.now()).await?;
        let run = store.run(&self.run.connection, &self.run.id).await?;
        let ended = run.into_iter().flat_map(|run| run.streams).find(|other| other.stream == stream.stream);
        let ended = ended.ok_or_else(|| Error::NotFound(format!("run {} has vanished", self.run.id)))?;
        self.caller.progress.event(Event::StreamEnded(&ended));
        Ok(ended)
    }
}

/// Why a stream makes its run partial, for the run.
pub(super) fn error_of(stream: &StreamView) -> Option<serde_json::Value> {
    let name = &stream.stream;
    let why =
        |code: Code, message: String| Some(serde_json::json!({ "code": code, "stream": name, "message": message }));
    if let Some(error) = &stream.error {
        let error: ConnectorError = serde_json::from_value(error.clone()).ok()?;
        return why(Code::from(&error.code), format!("stream `{name}`: {}", error.message));
    }
    if stream.held > 0 {
        let rows = stream.held;
        return why(
            Code::DeletionsHeld,
            format!("stream `{name}`: {rows} rows were not seen and are kept: {}", reasons(stream)),
        );
    }
    if stream.doubts.iter().any(|doubt| doubt.is_incomplete()) {
        return why(Code::Incomplete, format!("stream `{name}` was not read completely: {}", reasons(stream)));
    }
    None
}

/// The doubts of a pass, in words.
fn reasons(stream: &StreamView) -> String {
    stream.doubts.iter().map(|doubt| doubt.message()).collect::<Vec<_>>().join(" ")
}
