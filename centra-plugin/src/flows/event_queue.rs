//! `poll_events` and `confirm_events`: the Integration API's queue of events. Centra switches it on for a merchant, and the
//! merchant chooses it as a setting.

use std::sync::atomic::{AtomicBool, Ordering};

use connector_api::{
    ConnectorError, ErrorCode,
    connector::Level,
    wire::{
        pull::{EntityRef, Page, Stream},
        webhook::{EventDecision, EventReceipt, PlatformEvent, PollEventsResponse},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::source::{Source, read_rows};
use crate::{
    client::Variables,
    entity::{self, EVERY, order_number},
    map,
    operation::Operation,
    wire::event::Event,
};

/// Most events in one question.
const MOST_EVENTS: u32 = 200;

const ROOT: &str = "events";

/// What is listened to. Stock has events too, named by ids that nothing can be found by; its changes come with webhooks and syncs. A
/// row of a campaign has no type of its own: its change must show as one of its campaign \[I\].
const LISTENED: &[&str] = &[
    "AllocationRule",
    "Campaign",
    "Category",
    "Customer",
    "Display",
    "Language",
    "Market",
    "Order",
    "Price",
    "Pricelist",
    "ProductSize",
    "ProductVariant",
    "Return",
    "Shipment",
    "ShippingOption",
    "TaxRule",
    "Warehouse",
];

/// The queue as one connection uses it.
#[derive(Debug, Default)]
pub struct EventQueue {
    listening: AtomicBool,
}

impl EventQueue {
    /// Reads the oldest events that were not confirmed.
    pub async fn poll(&self, source: &Source, limit: u32) -> Result<PollEventsResponse, ConnectorError> {
        must_be_chosen(source)?;
        if !self.listening.load(Ordering::Relaxed) {
            listen(source).await?;
            self.listening.store(true, Ordering::Relaxed);
        }
        let limit = limit.clamp(1, MOST_EVENTS);
        let mut page = Page::default();
        let place = source.start(Operation::Events, limit).await?;
        // An event that cannot be read has no id to confirm it by: it stays in the queue, and what is behind it is read.
        let list = source.list(Operation::Events, ROOT, &Variables::new(), place, &mut page).await?;
        if !list.readable {
            return Err(no_queue());
        }
        let more = list.rows.len() >= place.size as usize;
        let events: Vec<Event> = read_rows(list.rows, &list.lost, &[ROOT], &mut page);
        for notice in &page.notices {
            source.client.host().log(Level::Warn, &notice.message, json!({ "list": ROOT }));
        }
        let store = source.store().await?;
        let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
        Ok(PollEventsResponse {
            events: events.iter().map(|event| reported(event, store)).collect(),
            more: more && !ids.is_empty(),
            receipt: (!ids.is_empty()).then(|| EventReceipt(json!(ids))),
        })
    }

    /// Takes events out of the queue.
    pub async fn confirm(&self, source: &Source, receipt: &EventReceipt) -> Result<(), ConnectorError> {
        must_be_chosen(source)?;
        let ids: Vec<i64> = serde_json::from_value(receipt.0.clone()).map_err(|_| {
            ConnectorError::new(ErrorCode::InvalidRequest, "the receipt was not issued by `poll_events`")
        })?;
        change(source, Operation::ConfirmEvents, &Variables::from([("events", json!(ids))])).await
    }
}

/// Reads one event, to see whether it can be done.
pub async fn try_reading(source: &Source) -> Result<(), ConnectorError> {
    let list = source.named(Operation::Events, ROOT, &Variables::new(), 1).await?;
    if list.readable { Ok(()) } else { Err(no_queue()) }
}

/// Subscribes to changes. Asking again changes nothing.
async fn listen(source: &Source) -> Result<(), ConnectorError> {
    let listeners: Vec<Value> = LISTENED.iter().map(|kind| json!({ "objectType": kind })).collect();
    change(source, Operation::SetEventListeners, &Variables::from([("listeners", json!(listeners))])).await
}

async fn change(source: &Source, operation: Operation, variables: &Variables) -> Result<(), ConnectorError> {
    if source.client.fitted(operation, variables).await?.is_empty() {
        return Err(no_queue());
    }
    let changed = source.client.change::<Changed>(operation, variables).await?;
    let errors = changed.set_event_listeners.or(changed.confirm_events).unwrap_or_default().user_errors;
    if errors.is_empty() {
        return Ok(());
    }
    Err(ConnectorError::new(
        ErrorCode::Conflict,
        format!(
            "Centra refuses `{}`. Its queue of events must be switched on by Centra, and the token must have an integration name.",
            operation.name()
        ),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    #[serde(default)]
    set_event_listeners: Option<Payload>,
    #[serde(default)]
    confirm_events: Option<Payload>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default, deserialize_with = "crate::wire::list")]
    user_errors: Vec<Value>,
}

fn must_be_chosen(source: &Source) -> Result<(), ConnectorError> {
    if source.chosen.event_queue {
        return Ok(());
    }
    Err(ConnectorError::new(
        ErrorCode::UnsupportedOperation,
        "the event queue is not enabled in the settings of this connection",
    ))
}

fn no_queue() -> ConnectorError {
    ConnectorError::new(
        ErrorCode::UnsupportedOperation,
        "the store's schema or token does not let the queue of events be read: it takes Event:read and Event:write",
    )
}

fn reported(event: &Event, store: Option<i64>) -> PlatformEvent {
    let elsewhere = event.store.as_ref().is_some_and(|own| store.is_some_and(|store| own.id != store));
    let refs = if elsewhere { vec![] } else { refs(&event.object_type, event.object_reference) };
    let reason = match (elsewhere, refs.is_empty()) {
        (true, _) => Some("The event is of another store."),
        (_, true) => Some("This version of the connector does not support this type."),
        _ => None,
    };
    PlatformEvent {
        topic: event.object_type.chars().take(64).collect(),
        action: Some(event.change_type.chars().take(64).collect()),
        dedupe_key: Some(format!("queue:{}", event.id)),
        occurred_at: map::time(event.created_at.as_deref()),
        decision: if reason.is_some() { EventDecision::Ignore } else { EventDecision::Route },
        reason: reason.map(str::to_owned),
        refs,
    }
}

fn refs(kind: &str, id: i64) -> Vec<EntityRef> {
    let one = |stream: Stream| vec![EntityRef { stream, id: id.into() }];
    let every = |stream: Stream| vec![EntityRef { stream, id: EVERY.into() }];
    match kind {
        "AllocationRule" => every(Stream::Markets),
        "Campaign" => vec![entity::campaign(id)],
        "Category" => one(Stream::Categories),
        "Customer" => one(Stream::Customers),
        "Display" => one(Stream::Offers),
        "Language" => one(Stream::Languages),
        "Market" => one(Stream::Markets),
        // The one type that is named by its number.
        "Order" => vec![order_number(id)],
        "Price" => vec![entity::price(id)],
        "Pricelist" => [one(Stream::Pricelists), vec![entity::every_price()]].concat(),
        "ProductSize" => one(Stream::Inventory),
        "ProductVariant" => one(Stream::Prices),
        "Return" => one(Stream::Returns),
        "Shipment" => one(Stream::Shipments),
        "ShippingOption" => one(Stream::ShippingOptions),
        "TaxRule" => every(Stream::TaxRules),
        "Warehouse" => one(Stream::Locations),
        _ => vec![],
    }
}
