//! Bad plugin: places orders, changes them and prices carts otherwise than asked, as the channel's number of an order or the
//! id of a cart says. It keeps no orders: what is refetched is not there.
#![forbid(unsafe_code)]

use connector_api::{
    Connector, ConnectorError, ErrorCode, Host,
    connector::Answer,
    domain::{Cart, Order, OrderDraft, Quote},
    wire::{
        Op,
        capability::{CapabilityDeclaration, CapabilityName, CapabilityState},
        credentials::OpenConnection,
        envelope::Call,
        manifest::Manifest,
        order::{SubmitOrderRequest, SubmitOrderResponse},
        pull::{Page, PullRequest},
        quote::{QuoteRequest, QuoteResponse},
        validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};
use serde_json::{Value, json};

struct SellsOtherwise;

const CAN: [CapabilityName; 2] = [CapabilityName::OrderSubmit, CapabilityName::CartRealtime];

impl Connector for SellsOtherwise {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("sells-otherwise");
        manifest.operations.extend([Op::SubmitOrder, Op::FindOrders, Op::GetOrder, Op::Quote]);
        manifest.capabilities.extend(CAN.map(|name| CapabilityDeclaration {
            name,
            degree: None,
            needs_fields: vec![],
            summary: "Sells something else than was asked for.".to_owned(),
        }));
        manifest
    }

    fn open(_: Host, _: OpenConnection) -> Answer<Self> {
        Ok(Self)
    }

    async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
        let reason = "It answers whatever it likes.".to_owned();
        let can = |name| CapabilityState { name, on: true, degraded: false, reason: reason.clone() };
        let check = json!({ "id": "store_read", "title": "The store is read", "status": CheckStatus::Pass,
            "message": "It is there.", "duration_ms": 0 });
        let check: Check = read(check)?;
        let store = StoreIdentity { host: "bad.example".into(), store_id: "1".into(), name: "Bad".into() };
        let capabilities = CAN.map(can).to_vec();
        Ok(ValidateResponse { ok: true, checks: vec![check], store: Some(store), capabilities, ..Default::default() })
    }

    async fn pull(&self, _: &Call, _: PullRequest) -> Answer<Page> {
        Ok(Page::default())
    }

    async fn submit_order(&self, _: &Call, request: SubmitOrderRequest) -> Answer<SubmitOrderResponse> {
        Ok(SubmitOrderResponse { orders: vec![order(&request.draft)?] })
    }

    async fn quote(&self, _: &Call, request: QuoteRequest) -> Answer<QuoteResponse> {
        Ok(QuoteResponse { quote: quote(&request.cart)? })
    }
}

/// The order of a draft, with one thing wrong.
fn order(draft: &OrderDraft) -> Answer<Order> {
    let currency = draft.cart.currency;
    let money = |minor: i64| json!({ "amount_minor": minor, "currency": currency });
    let lines = draft.cart.lines.iter().map(|line| {
        json!({ "id": line.id, "variant_id": line.variant_id, "title": "Shirt", "ordered": line.quantity, "fulfilled": 0,
            "returned": 0, "canceled": 0, "unit_price": line.unit_price, "total": line.unit_price })
    });
    let total = draft.sum().map_or(0, |sum| sum.amount_minor);
    let reference = draft.channel_reference.clone().unwrap_or_default();
    let mut order = json!({ "id": format!("order-{reference}"), "currency": currency, "status": "open",
        "fulfillment_status": "unfulfilled", "financial_status": "pending", "channel_reference": reference,
        "lines": lines.collect::<Vec<_>>(), "totals": [{ "kind": "total", "amount": money(total) }] });
    match reference.as_str() {
        "jpy" => {
            order["currency"] = json!("JPY");
            order["totals"] = json!([{ "kind": "total", "amount": { "amount_minor": total, "currency": "JPY" } }]);
        }
        "other-reference" => order["channel_reference"] = json!("somebody-else"),
        "no-lines" => order["lines"] = json!([]),
        "dearer" => order["totals"] = json!([{ "kind": "total", "amount": money(total + 720) }]),
        "double" => order["lines"][0]["ordered"] = json!(2),
        _ => {}
    }
    read(order)
}

/// The quote of a cart, with one thing wrong.
fn quote(cart: &Cart) -> Answer<Quote> {
    let money = |minor: i64| json!({ "amount_minor": minor, "currency": cart.currency });
    let part = json!({ "source": "realtime" });
    let line = |quantity: u32, minor: i64| {
        let id = cart.lines.first().map_or("1", |line| line.id.as_str());
        let variant = cart.lines.first().map(|line| &line.variant_id);
        json!([{ "id": id, "variant_id": variant, "quantity": quantity, "unit_price": money(minor), "total": money(minor),
            "availability": "in_stock" }])
    };
    let totals = |goods: i64, whole: i64| json!([{ "kind": "subtotal", "amount": money(goods) }, { "kind": "total", "amount": money(whole) }]);
    let mut quote = json!({ "source": "realtime", "currency": cart.currency, "lines": line(1, 3_790),
        "parts": { "prices": part, "discounts": part, "shipping": part, "tax": part, "availability": part },
        "totals": totals(3_790, 3_790), "computed_at": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z",
        "latency_ms": 0 });
    match cart.id.as_str() {
        "jpy" => quote["currency"] = json!("JPY"),
        "sum" => quote["totals"] = totals(3_790, 13_790),
        "lines" => quote["totals"] = totals(13_790, 13_790),
        "double" => quote["lines"] = line(2, 3_790),
        "minus" => quote["lines"] = line(1, -3_790),
        _ => {}
    }
    read(quote)
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Answer<T> {
    serde_json::from_value(value).map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))
}

connector_api::export_connector!(SellsOtherwise);
