//! A platform that prices carts as configured.

use std::sync::{
    Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use connector_api::{
    ConnectorError, ErrorCode,
    domain::ConnectionId,
    wire::{Op, quote::QuoteRequest},
};
use serde_json::{Value, json};

use super::sek;
use crate::{
    core::connection::{self, Connection, Platform, Question},
    store::suite::fixture::at,
};

/// What the platform does with the next quotes.
#[derive(Clone)]
pub(super) enum Script {
    Answers(Box<dyn Change>),
    Fails(ConnectorError),
    Hangs,
}

pub(super) trait Change: Send + Sync {
    fn apply(&self, quote: &mut Value);
    fn boxed(&self) -> Box<dyn Change>;
}

impl<F: Fn(&mut Value) + Clone + Send + Sync + 'static> Change for F {
    fn apply(&self, quote: &mut Value) {
        self(quote);
    }

    fn boxed(&self) -> Box<dyn Change> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Change> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// A platform that prices carts as configured.
pub(super) struct Scripted {
    pub(super) script: Mutex<Script>,
    pub(super) calls: AtomicU32,
}

#[async_trait]
impl Platform for Scripted {
    async fn open(&self, _: &Connection) -> Result<(), connection::Error> {
        Ok(())
    }

    fn broken(&self, _: &ConnectionId, _: &Op, problem: &str) -> ConnectorError {
        ConnectorError::new(ErrorCode::PluginContractBroken, problem)
    }

    fn forget(&self, _: &ConnectionId) {}

    async fn ask(&self, _: &Connection, question: Question) -> Result<Vec<u8>, ConnectorError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let request: QuoteRequest = serde_json::from_value(question.request).unwrap();
        let script = self.script.lock().unwrap().clone();
        let change = match script {
            Script::Fails(error) => return Err(error),
            Script::Hangs => std::future::pending().await,
            Script::Answers(change) => change,
        };
        let part = json!({ "source": "realtime" });
        let line = &request.cart.lines[0];
        let mut quote = json!({
            "source": "realtime", "currency": "SEK",
            "parts": { "prices": part, "discounts": part, "shipping": part, "tax": part, "availability": part },
            "lines": [{ "id": line.id, "variant_id": line.variant_id, "quantity": 1, "unit_price": sek(200),
                "total": sek(200), "availability": "in_stock" }],
            "totals": [{ "kind": "subtotal", "amount": sek(200) }, { "kind": "shipping", "amount": sek(49) },
                { "kind": "total", "amount": sek(249) }],
            "shipping_methods": [{ "id": "1", "price": sek(49), "cart_total": sek(249) }],
            "selected_shipping_id": "1",
            "computed_at": at(100), "valid_until": at(200), "latency_ms": 0,
        });
        change.apply(&mut quote);
        Ok(json!({ "quote": quote }).to_string().into_bytes())
    }
}
