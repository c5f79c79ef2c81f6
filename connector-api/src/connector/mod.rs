//! What a plugin author implements ([`Connector`]) and what an author may call ([`Host`]): plain async Rust.

mod host;

pub use host::{Host, HostPort, HttpAnswer, Level, PortFuture, PortReply};

use std::future::{Future, ready};

use crate::wire::{
    Op,
    credentials::OpenConnection,
    envelope::Call,
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
    validate::{ValidateRequest, ValidateResponse},
    webhook::{
        ConfirmEventsRequest, ConfirmEventsResponse, ParseWebhookRequest, ParseWebhookResponse, PollEventsRequest,
        PollEventsResponse, VerifyWebhookRequest, VerifyWebhookResponse,
    },
};

/// The answer of an operation.
pub type Answer<T> = Result<T, ConnectorError>;

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident($op:ident: $request:ty) -> $response:ty;)+) => {
        $(
            $(#[$meta])*
            fn $name(&self, _call: &Call, _request: $request) -> impl Future<Output = Answer<$response>> + Send {
                ready(Err(ConnectorError::unsupported(Op::$op.as_str())))
            }
        )+
    };
}

/// A platform, as one connection sees it. Implement the operations your manifest names, as `async fn`s; the others
/// answer `unsupported_operation` by themselves.
///
/// Rules: no threads, no sockets, no clock of your own (ask the [`Host`]); never block; an instance may be called
/// several times at once; a call may be dropped at any `await`, and the next call must work.
pub trait Connector: Sized + Send + Sync + 'static {
    /// The plugin's declaration. Called once at load, before anything else; must not fail.
    fn manifest() -> Manifest;

    /// Makes an instance for one connection. Must be quick and must not judge the credentials: they may be wrong,
    /// and [`validate`](Self::validate) is there to say so field by field.
    fn open(host: Host, connection: OpenConnection) -> Answer<Self>;

    operations! {
        /// Checks the credentials in visible steps and finds out what the connection can do.
        validate(Validate: ValidateRequest) -> ValidateResponse;
        /// Reads one page of a stream.
        pull(Pull: PullRequest) -> Page;
        /// Reads named entities again.
        fetch(Fetch: FetchRequest) -> FetchResponse;
        /// Has the platform price a cart.
        quote(Quote: QuoteRequest) -> QuoteResponse;
        /// Places an order. After a failure that leaves open whether it was placed, the host asks `find_orders` first.
        submit_order(SubmitOrder: SubmitOrderRequest) -> SubmitOrderResponse;
        /// Looks for orders a submission may have made.
        find_orders(FindOrders: FindOrdersRequest) -> FindOrdersResponse;
        /// Reads one order.
        get_order(GetOrder: GetOrderRequest) -> OrderResponse;
        /// Accepts an order.
        confirm_order(ConfirmOrder: ConfirmOrderRequest) -> OrderResponse;
        /// Stops an order from being sent, or lets it go on.
        hold_order(HoldOrder: HoldOrderRequest) -> OrderResponse;
        /// Cancels an order or some of its lines.
        cancel_order(CancelOrder: CancelOrderRequest) -> OrderResponse;
        /// Sends goods of an order.
        create_shipment(CreateShipment: CreateShipmentRequest) -> ShipmentResponse;
        /// Takes goods back.
        create_return(CreateReturn: CreateReturnRequest) -> AdjustmentResponse;
        /// Gives money back.
        refund(Refund: RefundRequest) -> AdjustmentResponse;
        /// Captures money that is reserved for an order, or reports to the platform that it was captured.
        capture(Capture: CaptureRequest) -> OrderResponse;
        /// Reads the platform's queue of events.
        poll_events(PollEvents: PollEventsRequest) -> PollEventsResponse;
        /// Takes events out of the platform's queue.
        confirm_events(ConfirmEvents: ConfirmEventsRequest) -> ConfirmEventsResponse;
        /// Holds what the connector assumes of its platform against a live account. It reads, and changes nothing.
        probe(Probe: ProbeRequest) -> ProbeResponse;
        /// Checks with as few requests as possible whether the credentials still work.
        health(Health: HealthRequest) -> HealthResponse;
    }

    /// Decides whether a webhook is authentic. The bytes are its body as received;
    /// nothing of it may be parsed here.
    fn verify_webhook(
        &self,
        _call: &Call,
        _request: VerifyWebhookRequest,
        _body: &[u8],
    ) -> impl Future<Output = Answer<VerifyWebhookResponse>> + Send {
        ready(Err(ConnectorError::unsupported(Op::VerifyWebhook.as_str())))
    }

    /// Reads a webhook that was found authentic. The bytes are its body as received.
    fn parse_webhook(
        &self,
        _call: &Call,
        _request: ParseWebhookRequest,
        _body: &[u8],
    ) -> impl Future<Output = Answer<ParseWebhookResponse>> + Send {
        ready(Err(ConnectorError::unsupported(Op::ParseWebhook.as_str())))
    }
}
