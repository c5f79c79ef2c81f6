//! `probe`: exercises every read against the real store and keeps scrubbed recordings: the first thing to run on a
//! new platform account. Nothing is stored in the catalog.

use std::{path::Path, sync::Arc, time::Duration};

use connector_api::{
    ConnectorError,
    domain::ConnectionId,
    wire::{
        Op,
        probe::{Assumption, ProbeRequest, ProbeResponse},
        pull::{PullRequest, Stream},
        validate::{SchemaDifference, ValidateResponse},
    },
};
use serde::Serialize;

use super::{Connectors, Error, stored, validate::validate};
use crate::{
    core::sync::apply::RawPage,
    model::ctx::Ctx,
    net::{Recorder, RecordingHeader, Tap},
};

/// Pages read of each stream: enough to see how paging goes on.
const PAGES: usize = 2;
/// Records asked for in a page.
const PAGE_LIMIT: u32 = 20;
/// How long all questions about assumptions may take.
const ASSUMPTIONS_DEADLINE: Duration = Duration::from_mins(5);
/// How long one page may take.
const PAGE_DEADLINE: Duration = Duration::from_mins(1);

/// What a probe found.
#[derive(Debug, Serialize)]
pub struct ProbeReport {
    /// What validation said; checks, capabilities, permissions.
    pub validation: ValidateResponse,
    /// What each stream gave.
    pub streams: Vec<StreamProbe>,
    /// Where the live platform differs from what the connector knows.
    pub schema_differences: Vec<SchemaDifference>,
    /// What the connector assumes of the platform, and what was seen of it; empty where it says nothing of the kind.
    pub assumptions: Vec<Assumption>,
    /// Why the assumptions could not be looked at.
    pub assumptions_error: Option<ConnectorError>,
    /// Requests sent.
    pub requests: u64,
}

/// What one stream gave.
#[derive(Debug, Serialize)]
pub struct StreamProbe {
    /// The stream.
    pub stream: Stream,
    /// Pages read.
    pub pages: usize,
    /// Records in them.
    pub records: u64,
    /// Records that could not be read.
    pub skipped: u64,
    /// Why it stopped early.
    pub error: Option<ConnectorError>,
}

/// Reads a little of everything, and records it into `directory` when given.
pub async fn probe(
    connectors: &Connectors,
    ctx: &Ctx,
    id: &ConnectionId,
    directory: Option<&Path>,
) -> Result<ProbeReport, Error> {
    let tap = match directory {
        Some(directory) => {
            let connection = stored::get(connectors.store(), id).await?;
            let header = RecordingHeader::new(ctx.now, &connection.connector_id, "probe");
            Tap::Record(Arc::new(Recorder::create(directory, &header)?))
        }
        None => Tap::Live,
    };
    let opened = connectors.open_with(id, tap, |_| {}).await?;
    let mut validation = validate(&opened.connector, &opened.services, None).await?;
    validation.normalized_credentials.clear();
    let mut streams = vec![];
    for declared in &opened.connector.plugin().manifest().streams {
        let mut probe = StreamProbe { stream: declared.stream.clone(), pages: 0, records: 0, skipped: 0, error: None };
        let mut request = PullRequest { probe: true, ..PullRequest::new(declared.stream.clone(), PAGE_LIMIT) };
        while probe.pages < PAGES {
            let text = match opened.connector.call_raw(&Op::Pull, &request, vec![], PAGE_DEADLINE).await {
                Ok(text) => text,
                Err(error) => {
                    probe.error = Some(error);
                    break;
                }
            };
            let page = RawPage::read(&text).map_err(|problem| opened.connector.broken(&Op::Pull, &problem))?;
            probe.pages += 1;
            probe.records += page.seen();
            probe.skipped += page.skipped;
            request.checkpoint = page.next;
            if request.checkpoint.is_none() {
                break;
            }
        }
        streams.push(probe);
    }
    let (mut assumptions, mut assumptions_error) = (vec![], None);
    if opened.connector.plugin().manifest().operations.contains(&Op::Probe) {
        let asked = opened.connector.call::<ProbeResponse>(&Op::Probe, &ProbeRequest {}, ASSUMPTIONS_DEADLINE).await;
        match asked {
            Ok(answer) => assumptions = answer.assumptions,
            Err(error) => assumptions_error = Some(error),
        }
    }
    let schema_differences = validation.schema_differences.clone();
    let requests = opened.services.network.traffic().requests;
    let report = ProbeReport { validation, streams, schema_differences, assumptions, assumptions_error, requests };
    Ok(report)
}
