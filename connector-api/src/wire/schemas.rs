//! The schema of every message, by name: what `schemas/wire/v1/` holds.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use super::{
    credentials::OpenConnection,
    envelope::Envelope,
    error::ConnectorError,
    health::{HealthRequest, HealthResponse},
    manifest::Manifest,
    order::{
        AdjustmentResponse, CancelOrderRequest, CaptureRequest, ConfirmOrderRequest, CreateReturnRequest,
        CreateShipmentRequest, FindOrdersRequest, FindOrdersResponse, GetOrderRequest, HoldOrderRequest, OrderResponse,
        RefundRequest, ShipmentResponse, SubmitOrderRequest, SubmitOrderResponse,
    },
    probe::{ProbeRequest, ProbeResponse},
    pull::{FetchRequest, FetchResponse, Page, PullRequest},
    quote::{QuoteRequest, QuoteResponse},
    service::{ClockResponse, HttpRequest, HttpResponse, LogRecord, QuotaReport, StateRequest, StateResponse},
    validate::{Check, ValidateRequest, ValidateResponse},
    webhook::{
        ConfirmEventsRequest, ConfirmEventsResponse, ParseWebhookRequest, ParseWebhookResponse, PollEventsRequest,
        PollEventsResponse, VerifyWebhookRequest, VerifyWebhookResponse,
    },
};

/// The JSON Schema (2020-12) of a type, as this project exports schemas.
///
/// ```
/// use connector_api::wire::schemas::schema_of;
///
/// #[derive(schemars::JsonSchema)]
/// struct Settings {
///     /// Offers with any other tag are left out.
///     only_tag: String,
/// }
///
/// let schema = schema_of::<Settings>().to_value();
/// assert_eq!(schema["properties"]["only_tag"]["description"], "Offers with any other tag are left out.");
/// ```
pub fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

/// Every message of contract version 1: file name without extension, and schema.
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("manifest", schema_of::<Manifest>()),
        ("open_connection", schema_of::<OpenConnection>()),
        ("envelope", schema_of::<Envelope<serde_json::Value>>()),
        ("error", schema_of::<ConnectorError>()),
        ("validate.request", schema_of::<ValidateRequest>()),
        ("validate.response", schema_of::<ValidateResponse>()),
        ("pull.request", schema_of::<PullRequest>()),
        ("pull.response", schema_of::<Page>()),
        ("fetch.request", schema_of::<FetchRequest>()),
        ("fetch.response", schema_of::<FetchResponse>()),
        ("quote.request", schema_of::<QuoteRequest>()),
        ("quote.response", schema_of::<QuoteResponse>()),
        ("submit_order.request", schema_of::<SubmitOrderRequest>()),
        ("submit_order.response", schema_of::<SubmitOrderResponse>()),
        ("find_orders.request", schema_of::<FindOrdersRequest>()),
        ("find_orders.response", schema_of::<FindOrdersResponse>()),
        ("get_order.request", schema_of::<GetOrderRequest>()),
        ("get_order.response", schema_of::<OrderResponse>()),
        ("confirm_order.request", schema_of::<ConfirmOrderRequest>()),
        ("confirm_order.response", schema_of::<OrderResponse>()),
        ("hold_order.request", schema_of::<HoldOrderRequest>()),
        ("hold_order.response", schema_of::<OrderResponse>()),
        ("cancel_order.request", schema_of::<CancelOrderRequest>()),
        ("cancel_order.response", schema_of::<OrderResponse>()),
        ("create_shipment.request", schema_of::<CreateShipmentRequest>()),
        ("create_shipment.response", schema_of::<ShipmentResponse>()),
        ("create_return.request", schema_of::<CreateReturnRequest>()),
        ("create_return.response", schema_of::<AdjustmentResponse>()),
        ("refund.request", schema_of::<RefundRequest>()),
        ("refund.response", schema_of::<AdjustmentResponse>()),
        ("capture.request", schema_of::<CaptureRequest>()),
        ("capture.response", schema_of::<OrderResponse>()),
        ("verify_webhook.request", schema_of::<VerifyWebhookRequest>()),
        ("verify_webhook.response", schema_of::<VerifyWebhookResponse>()),
        ("parse_webhook.request", schema_of::<ParseWebhookRequest>()),
        ("parse_webhook.response", schema_of::<ParseWebhookResponse>()),
        ("poll_events.request", schema_of::<PollEventsRequest>()),
        ("poll_events.response", schema_of::<PollEventsResponse>()),
        ("confirm_events.request", schema_of::<ConfirmEventsRequest>()),
        ("confirm_events.response", schema_of::<ConfirmEventsResponse>()),
        ("probe.request", schema_of::<ProbeRequest>()),
        ("probe.response", schema_of::<ProbeResponse>()),
        ("health.request", schema_of::<HealthRequest>()),
        ("health.response", schema_of::<HealthResponse>()),
        ("host.http.request", schema_of::<HttpRequest>()),
        ("host.http.response", schema_of::<HttpResponse>()),
        ("host.clock.response", schema_of::<ClockResponse>()),
        ("host.state.request", schema_of::<StateRequest>()),
        ("host.state.response", schema_of::<StateResponse>()),
        ("host.quota.request", schema_of::<QuotaReport>()),
        ("host.progress.request", schema_of::<Check>()),
        ("host.log", schema_of::<LogRecord>()),
    ]
}
