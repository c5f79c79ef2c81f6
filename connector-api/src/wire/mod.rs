//! The messages that cross the boundary: one request and one response struct per operation, JSON, additive only.
//!
//! Unknown fields are ignored and unknown enum values kept, on both sides. Raw bytes (a webhook's body, an HTTP body)
//! travel beside the JSON, never inside.
//!
//! ```
//! use connector_api::{domain::OrderStatus, wire::Op};
//!
//! // A value of a later version is kept, and written as it came.
//! let status: OrderStatus = serde_json::from_str("\"in_dispute\"")?;
//! assert_eq!(status, OrderStatus::Unknown("in_dispute".to_owned()));
//! assert_eq!(serde_json::to_string(&status)?, "\"in_dispute\"");
//! assert_eq!(Op::from("pull"), Op::Pull);
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod capability;
pub mod credentials;
pub mod envelope;
pub mod error;
pub mod health;
pub mod manifest;
pub mod order;
pub mod probe;
pub mod profile;
pub mod pull;
pub mod quote;
pub mod schemas;
pub mod service;
pub mod validate;
pub mod webhook;

open_enum! {
    /// What a connector can be asked. A new operation is a new name here and nothing else.
    pub enum Op {
        /// Check credentials visibly: [`validate::ValidateRequest`].
        Validate = "validate",
        /// Read one page of a stream: [`pull::PullRequest`].
        Pull = "pull",
        /// Read named entities again: [`pull::FetchRequest`].
        Fetch = "fetch",
        /// Price a cart: [`quote::QuoteRequest`].
        Quote = "quote",
        /// Place an order: [`order::SubmitOrderRequest`].
        SubmitOrder = "submit_order",
        /// Look for orders a submission may have made: [`order::FindOrdersRequest`].
        FindOrders = "find_orders",
        /// Read an order: [`order::GetOrderRequest`].
        GetOrder = "get_order",
        /// Accept an order: [`order::ConfirmOrderRequest`].
        ConfirmOrder = "confirm_order",
        /// Stop an order or let it go on: [`order::HoldOrderRequest`].
        HoldOrder = "hold_order",
        /// Cancel an order or some of its lines: [`order::CancelOrderRequest`].
        CancelOrder = "cancel_order",
        /// Send goods: [`order::CreateShipmentRequest`].
        CreateShipment = "create_shipment",
        /// Take goods back: [`order::CreateReturnRequest`].
        CreateReturn = "create_return",
        /// Give money back: [`order::RefundRequest`].
        Refund = "refund",
        /// Capture an authorized payment, or report a capture: [`order::CaptureRequest`].
        Capture = "capture",
        /// Decide whether a webhook is authentic: [`webhook::VerifyWebhookRequest`].
        VerifyWebhook = "verify_webhook",
        /// Read an authentic webhook: [`webhook::ParseWebhookRequest`].
        ParseWebhook = "parse_webhook",
        /// Read the platform's queue of events: [`webhook::PollEventsRequest`].
        PollEvents = "poll_events",
        /// Take events out of the platform's queue: [`webhook::ConfirmEventsRequest`].
        ConfirmEvents = "confirm_events",
        /// Hold what the connector assumes against a live account: [`probe::ProbeRequest`].
        Probe = "probe",
        /// A cheap sign of life: [`health::HealthRequest`].
        Health = "health",
    }
}
