//! The author's trait: a manifest, an instance for each connection, and one method for each operation.

use std::future::{Future, ready};

use super::Host;
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
///
/// The [front page](crate) shows a whole connector. The examples below show one operation each, of a shop with a REST API:
/// `self.get(path)` and `self.post(path, body)` send a request through [`Host::http`], and read the answer as JSON;
/// functions such as `order(&answer)` map it to the [`domain`](crate::domain).
pub trait Connector: Sized + Send + Sync + 'static {
    /// The plugin's declaration. Called once at load, before anything else; must not fail.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # #[derive(schemars::JsonSchema)]
    /// # struct Settings {}
    /// # use connector_api::wire::schemas::schema_of;
    /// # type Credentials = Settings;
    /// fn manifest() -> Manifest {
    ///     Manifest {
    ///         id: "corner-shop".to_owned(),
    ///         credential_schema: schema_of::<Credentials>().to_value(),
    ///         settings_schema: schema_of::<Settings>().to_value(),
    ///         operations: vec![Op::Validate, Op::Pull],
    ///         streams: vec![
    ///             StreamDeclaration::new(Stream::Offers, Degree::ModifiedSince).paged(Paging::Cursor),
    ///             StreamDeclaration::new(Stream::Prices, Degree::Enumerate).after([Stream::Offers]),
    ///         ],
    ///         // name, vendor, version, capabilities, permissions, webhooks, guide
    /// #       ..connector_api::testing::examples::manifest()
    ///     }
    /// }
    /// # assert_eq!(connector_api::wire::profile::check_streams(&manifest()), None);
    /// ```
    fn manifest() -> Manifest;

    /// Makes an instance for one connection. Must be quick and must not judge the credentials: they may be wrong,
    /// and [`validate`](Self::validate) is there to say so field by field.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # struct Shop { host: Host, connection: OpenConnection }
    /// # impl Shop {
    /// fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
    ///     Ok(Self { host, connection })
    /// }
    /// # }
    /// # Shop::open(host().host(), connection())?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    fn open(host: Host, connection: OpenConnection) -> Answer<Self>;

    operations! {
        /// Checks the credentials in visible steps and finds out what the connection can do.
        #[doc = include_str!("examples/validate.md")]
        validate(Validate: ValidateRequest) -> ValidateResponse;
        /// Reads one page of a stream.
        #[doc = include_str!("examples/pull.md")]
        pull(Pull: PullRequest) -> Page;
        /// Reads named entities again.
        #[doc = include_str!("examples/fetch.md")]
        fetch(Fetch: FetchRequest) -> FetchResponse;
        /// Has the platform price a cart.
        #[doc = include_str!("examples/quote.md")]
        quote(Quote: QuoteRequest) -> QuoteResponse;
        /// Places an order. After a failure that leaves open whether it was placed, the host asks `find_orders` first.
        #[doc = include_str!("examples/submit_order.md")]
        submit_order(SubmitOrder: SubmitOrderRequest) -> SubmitOrderResponse;
        /// Looks for orders a submission may have made.
        #[doc = include_str!("examples/find_orders.md")]
        find_orders(FindOrders: FindOrdersRequest) -> FindOrdersResponse;
        /// Reads one order.
        #[doc = include_str!("examples/get_order.md")]
        get_order(GetOrder: GetOrderRequest) -> OrderResponse;
        /// Accepts an order.
        #[doc = include_str!("examples/confirm_order.md")]
        confirm_order(ConfirmOrder: ConfirmOrderRequest) -> OrderResponse;
        /// Stops an order from being sent, or lets it go on.
        #[doc = include_str!("examples/hold_order.md")]
        hold_order(HoldOrder: HoldOrderRequest) -> OrderResponse;
        /// Cancels an order or some of its lines.
        #[doc = include_str!("examples/cancel_order.md")]
        cancel_order(CancelOrder: CancelOrderRequest) -> OrderResponse;
        /// Sends goods of an order.
        #[doc = include_str!("examples/create_shipment.md")]
        create_shipment(CreateShipment: CreateShipmentRequest) -> ShipmentResponse;
        /// Takes goods back.
        #[doc = include_str!("examples/create_return.md")]
        create_return(CreateReturn: CreateReturnRequest) -> AdjustmentResponse;
        /// Gives money back.
        #[doc = include_str!("examples/refund.md")]
        refund(Refund: RefundRequest) -> AdjustmentResponse;
        /// Captures money that is reserved for an order, or reports to the platform that it was captured.
        #[doc = include_str!("examples/capture.md")]
        capture(Capture: CaptureRequest) -> OrderResponse;
        /// Reads the platform's queue of events.
        #[doc = include_str!("examples/poll_events.md")]
        poll_events(PollEvents: PollEventsRequest) -> PollEventsResponse;
        /// Takes events out of the platform's queue.
        #[doc = include_str!("examples/confirm_events.md")]
        confirm_events(ConfirmEvents: ConfirmEventsRequest) -> ConfirmEventsResponse;
        /// Holds what the connector assumes of its platform against a live account. It reads, and changes nothing.
        #[doc = include_str!("examples/probe.md")]
        probe(Probe: ProbeRequest) -> ProbeResponse;
        /// Checks with as few requests as possible whether the credentials still work.
        #[doc = include_str!("examples/health.md")]
        health(Health: HealthRequest) -> HealthResponse;
    }

    /// Decides whether a webhook is authentic. The bytes are its body as received;
    /// nothing of it may be parsed here.
    #[doc = include_str!("examples/verify_webhook.md")]
    fn verify_webhook(
        &self,
        _call: &Call,
        _request: VerifyWebhookRequest,
        _body: &[u8],
    ) -> impl Future<Output = Answer<VerifyWebhookResponse>> + Send {
        ready(Err(ConnectorError::unsupported(Op::VerifyWebhook.as_str())))
    }

    /// Reads a webhook that was found authentic. The bytes are its body as received.
    #[doc = include_str!("examples/parse_webhook.md")]
    fn parse_webhook(
        &self,
        _call: &Call,
        _request: ParseWebhookRequest,
        _body: &[u8],
    ) -> impl Future<Output = Answer<ParseWebhookResponse>> + Send {
        ready(Err(ConnectorError::unsupported(Op::ParseWebhook.as_str())))
    }
}
