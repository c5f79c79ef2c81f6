//! `fetch`: named entities again, after a webhook. One module per kind; each says what it found and what is gone.

mod after_sale;
mod details;
mod display_items;
mod found;
mod lists;
mod offers;
mod orders;
mod prices;

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    ConnectorError, ErrorCode,
    connector::Level,
    domain::ExternalId,
    wire::pull::{EntityRef, FetchRequest, FetchResponse, Stream},
};

use serde_json::json;

pub(super) use after_sale::rows as rows_by_id;
pub use display_items::can_resolve;
pub(super) use orders::{read as orders_by, rows as order_rows_by, rows_of_any_store as order_rows_anywhere};

use super::source::Source;
use crate::{client::is_of_page, entity::as_display_item};

/// How many in a row may be unreadable: more are no bad records.
const MOST_LOST: usize = 5;
/// Most entities in one request.
const MOST_REFS: usize = 100;

/// Reads them.
pub async fn fetch(source: &Source, request: FetchRequest) -> Result<FetchResponse, ConnectorError> {
    if request.refs.len() > MOST_REFS {
        return Err(ConnectorError::new(
            ErrorCode::InvalidRequest,
            format!("at most {MOST_REFS} refs can be fetched at once"),
        ));
    }
    let mut by_stream: BTreeMap<Stream, BTreeSet<ExternalId>> = BTreeMap::new();
    for entity in request.refs {
        by_stream.entry(entity.stream).or_default().insert(entity.id);
    }
    let mut reading = Reading::default();
    if let Some(offers) = by_stream.get_mut(&Stream::Offers) {
        let items: Vec<ExternalId> = offers.iter().filter(|id| as_display_item(id).is_some()).cloned().collect();
        offers.retain(|id| as_display_item(id).is_none());
        reading.read(source, &Kind::DisplayItems, items).await?;
    }
    for (stream, wanted) in by_stream {
        reading.read(source, &Kind::Of(stream), wanted.into_iter().collect()).await?;
    }
    reading.response()
}

/// What is read by one kind of question.
enum Kind {
    DisplayItems,
    Of(Stream),
}

/// Reading of what is wanted, so that what cannot be read does not keep the rest back: halves are asked for, down to the one, which is
/// neither found nor gone.
#[derive(Default)]
struct Reading {
    response: FetchResponse,
    has_read: bool,
    lost_in_a_row: usize,
    failure: Option<ConnectorError>,
}

impl Reading {
    async fn read(&mut self, source: &Source, kind: &Kind, wanted: Vec<ExternalId>) -> Result<(), ConnectorError> {
        let mut waiting = vec![wanted];
        while let Some(mut ids) = waiting.pop().filter(|ids| !ids.is_empty()) {
            match ask(source, kind, &ids.iter().cloned().collect()).await {
                Ok(answer) => {
                    self.response.records.extend(answer.records);
                    self.response.gone.extend(answer.gone);
                    (self.has_read, self.lost_in_a_row) = (true, 0);
                }
                Err(failure) if !is_of_page(&failure) => return Err(failure),
                Err(failure) => {
                    // When nothing else is answered either, nothing is wrong with what was asked for.
                    let is_first = self.failure.is_none();
                    if self.lost_in_a_row >= MOST_LOST || (is_first && source.client.ping().await.is_err()) {
                        return Err(failure);
                    }
                    if ids.len() > 1 {
                        let second = ids.split_off(ids.len() / 2);
                        waiting.extend([second, ids]);
                    } else {
                        self.lost_in_a_row += 1;
                        let reported = json!({ "ids": ids, "why": failure.message });
                        source.client.host().log(Level::Warn, "a requested record cannot be read", reported);
                    }
                    self.failure = Some(failure);
                }
            }
        }
        Ok(())
    }

    /// What was found and what is gone; the failure, when nothing could be read at all.
    fn response(self) -> Result<FetchResponse, ConnectorError> {
        match self.failure {
            Some(failure) if !self.has_read => Err(failure),
            _ => Ok(self.response),
        }
    }
}

/// One question.
async fn ask(source: &Source, kind: &Kind, wanted: &BTreeSet<ExternalId>) -> Result<FetchResponse, ConnectorError> {
    let stream = match kind {
        Kind::DisplayItems => {
            let items: BTreeSet<i64> = wanted.iter().filter_map(as_display_item).collect();
            let resolved = display_items::fetch(source, &items).await?;
            return Ok(FetchResponse { records: resolved.records, gone: resolved.gone });
        }
        Kind::Of(stream) => stream,
    };
    let found = match stream {
        Stream::Offers => offers::fetch(source, wanted).await?,
        Stream::Prices => prices::fetch(source, wanted).await?,
        Stream::Inventory => details::fetch(source, wanted).await?,
        Stream::Stores
        | Stream::Markets
        | Stream::Pricelists
        | Stream::Languages
        | Stream::Categories
        | Stream::Locations
        | Stream::ShippingOptions
        | Stream::TaxRules => lists::fetch(source, stream, wanted).await?,
        Stream::Orders => orders::fetch(source, wanted).await?,
        Stream::Shipments | Stream::Returns | Stream::Customers => after_sale::fetch(source, stream, wanted).await?,
        other => {
            return Err(ConnectorError::new(
                ErrorCode::UnsupportedOperation,
                format!("single entities of the stream `{other}` cannot be fetched"),
            ));
        }
    };
    let gone = found.gone.into_iter().map(|id| EntityRef { stream: stream.clone(), id }).collect();
    Ok(FetchResponse { records: found.records, gone })
}
