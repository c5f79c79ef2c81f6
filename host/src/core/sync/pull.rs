//! One page, whatever it takes: again where that can help, then smaller, then without its first record.

use std::time::Duration;

use connector_api::{
    ConnectorError, ErrorCode, Retry,
    wire::{
        Op,
        manifest::StreamDeclaration,
        pull::{PullRequest, Stream},
    },
};
use serde::Serialize;

use super::{Error, Event, Progress, SyncSettings, apply::is_stored, paging::PageSize};
use crate::{
    model::sync::Lease,
    plugin::{Asked, ConnectorHandle},
    work::backoff::{Backoff, Jitter, random},
};

/// Pauses before a call is tried again.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), Jitter::TENTH_SOONER);
/// The longest pause a platform may ask for before the run is deferred instead.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_mins(2);

/// An answer, and what was asked of the platform for it.
pub(super) struct Answered {
    /// The answer's text.
    pub(super) text: Vec<u8>,
    /// What was asked for it; nothing of earlier attempts.
    pub(super) asked: Asked,
}

/// The outer error ends the run, the inner one only what was wanted.
pub(super) type Called<T> = Result<Result<T, ConnectorError>, Error>;

/// Calls a connector for one run.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) connector: &'a ConnectorHandle,
    pub(super) settings: &'a SyncSettings,
    pub(super) lease: &'a Lease,
    pub(super) progress: &'a dyn Progress,
    pub(super) declared: &'a [StreamDeclaration],
}

impl Caller<'_> {
    /// Reads one page; `size` follows what could be read.
    pub(super) async fn page(self, request: &PullRequest, size: &mut PageSize) -> Called<Answered> {
        let (stream, mut request) = (&request.stream, request.clone());
        let failure = match self.patiently(stream, &Op::Pull, &request).await? {
            Ok(answered) => {
                size.read(request.limit);
                return Ok(Ok(answered));
            }
            Err(failure) => failure,
        };
        if is_transient(&failure) && !self.answers_elsewhere(stream).await? {
            return Err(deferred(stream, failure));
        }
        if !may_be_one_record(&failure) {
            return Ok(Err(failure));
        }
        loop {
            if request.limit > 1 {
                request.limit /= 2;
            } else if request.pass_over {
                return Ok(Err(failure));
            } else {
                request.pass_over = true;
            }
            let reason = "retrying a failed page in smaller parts";
            self.progress.event(Event::Retry { stream, reason, pause_ms: 0 });
            if let Ok(answered) = self.once(stream, &Op::Pull, &request).await? {
                size.read(request.limit);
                return Ok(Ok(answered));
            }
        }
    }

    /// Calls again and again where that can help.
    pub(super) async fn patiently(
        self,
        stream: &Stream,
        op: &Op,
        request: &(impl Serialize + Sync),
    ) -> Called<Answered> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.once(stream, op, request).await? {
                Ok(answered) => return Ok(Ok(answered)),
                Err(error) => error,
            };
            let pause = match error.retry {
                Retry::Never => return Ok(Err(error)),
                Retry::Backoff => BACKOFF.pause(attempt, random()),
                Retry::After { ms } => Duration::from_millis(ms),
            };
            if attempt >= self.settings.page_attempts {
                return Ok(Err(error));
            }
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            self.progress.event(Event::Retry { stream, reason: &error.message, pause_ms });
            tokio::time::sleep(pause).await;
        }
    }

    /// Calls once. What concerns the whole connection ends the run.
    async fn once(self, stream: &Stream, op: &Op, request: &(impl Serialize + Sync)) -> Called<Answered> {
        let before = self.connector.asked();
        let error = match self.connector.call_raw(op, request, vec![], self.settings.page_timeout).await {
            Ok(text) => return Ok(Ok(Answered { text, asked: self.connector.asked().since(before) })),
            Err(error) => error,
        };
        if error.is_auth() {
            return Err(Error::Auth(error));
        }
        let asks_for_long =
            matches!(error.retry, Retry::After { ms } if Duration::from_millis(ms) > LONGEST_ASKED_PAUSE);
        let is_of_all = error.code.concerns_connection() && error.code != ErrorCode::Unreachable;
        if asks_for_long || is_of_all {
            return Err(deferred(stream, error));
        }
        Ok(Err(error))
    }

    /// Whether the platform answers when another stream is asked for: a page fails alone then, not the store.
    async fn answers_elsewhere(self, stream: &Stream) -> Result<bool, Error> {
        let Some(other) = self.declared.iter().map(|declared| &declared.stream).find(|other| *other != stream) else {
            return Ok(false);
        };
        let before = self.connector.asked();
        let answer = self.once(stream, &Op::Pull, &PullRequest::new(other.clone(), 1)).await?;
        let asked = self.connector.asked().since(before);
        Ok(asked.answered > 0 || asked.requests == 0 && answer.is_ok())
    }
}

/// The streams of a manifest that are read.
pub(super) fn read_streams(declared: &[StreamDeclaration]) -> Vec<StreamDeclaration> {
    declared.iter().filter(|declaration| is_stored(&declaration.stream)).cloned().collect()
}

fn deferred(stream: &Stream, error: ConnectorError) -> Error {
    Error::Deferred { stream: stream.to_string(), error }
}

/// Whether the whole store may be out of reach.
fn is_transient(error: &ConnectorError) -> bool {
    error.retry != Retry::Never || error.code == ErrorCode::Unreachable
}

/// Whether a smaller page may fare better: not where the connector itself is at fault, or says that it will not.
fn may_be_one_record(error: &ConnectorError) -> bool {
    !matches!(
        error.code,
        ErrorCode::PluginPanicked
            | ErrorCode::PluginContractBroken
            | ErrorCode::PluginTimeout
            | ErrorCode::PluginQuarantined
            | ErrorCode::UnsupportedOperation
            | ErrorCode::CheckpointInvalid
            | ErrorCode::PermissionMissing
            | ErrorCode::SchemaIncompatible
    )
}
