//! The connector: one connection to one Centra environment.

use connector_api::{
    Connector, Host,
    connector::Answer,
    wire::{
        credentials::OpenConnection,
        envelope::Call,
        health::{HealthRequest, HealthResponse},
        manifest::Manifest,
        order::{
            AdjustmentResponse, CancelOrderRequest, CaptureRequest, ConfirmOrderRequest, CreateReturnRequest,
            CreateShipmentRequest, FindOrdersRequest, FindOrdersResponse, GetOrderRequest, HoldOrderRequest,
            OrderResponse, RefundRequest, ShipmentResponse, SubmitOrderRequest, SubmitOrderResponse,
        },
        probe::{ProbeRequest, ProbeResponse},
        pull::{FetchRequest, FetchResponse, Page, PullRequest, Stream},
        quote::{QuoteRequest, QuoteResponse},
        validate::{ValidateRequest, ValidateResponse},
        webhook::{
            ConfirmEventsRequest, ConfirmEventsResponse, ParseWebhookRequest, ParseWebhookResponse, PollEventsRequest,
            PollEventsResponse, VerifyWebhookRequest, VerifyWebhookResponse,
        },
    },
};

use crate::{
    checkout::{Attempts, Checkout, Ids, Payments, Pool},
    client::Client,
    flows,
    flows::{event_queue::EventQueue, quote::Quoting, source::Source},
    form::{Chosen, StorefrontPlugins},
    manifest::manifest,
    storefront::Storefront,
};

/// Centra.
#[derive(Debug)]
pub struct Centra {
    source: Source,
    queue: EventQueue,
    quoting: Quoting,
    connection: OpenConnection,
}

impl Connector for Centra {
    fn manifest() -> Manifest {
        manifest()
    }

    fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
        let chosen = Chosen::read(&connection.settings);
        let checkout = Checkout::new(host.clone(), &connection, &chosen.checkout_path);
        let quoting = Quoting {
            checkout,
            pool: Pool::default(),
            ids: Ids::default(),
            attempts: Attempts::default(),
            payments: Payments::default(),
        };
        let prices = Checkout::new(host.clone(), &connection, &chosen.checkout_path);
        let storefront = Storefront::new(host.clone(), StorefrontPlugins::read(&connection));
        let source = Source::new(Client::new(host, &connection), chosen, prices, storefront);
        Ok(Self { source, queue: EventQueue::default(), quoting, connection })
    }

    async fn validate(&self, _: &Call, request: ValidateRequest) -> Answer<ValidateResponse> {
        flows::validate::validate(&self.source, &self.connection, &request).await
    }

    async fn pull(&self, _: &Call, request: PullRequest) -> Answer<Page> {
        let has_prices = request.stream == Stream::Prices && !request.probe;
        let mut page = flows::pull::pull(&self.source, request).await?;
        if has_prices {
            flows::price_sample::check(&self.source, &self.quoting, &mut page).await;
        }
        Ok(page)
    }

    async fn fetch(&self, _: &Call, request: FetchRequest) -> Answer<FetchResponse> {
        flows::fetch::fetch(&self.source, request).await
    }

    async fn submit_order(&self, _: &Call, request: SubmitOrderRequest) -> Answer<SubmitOrderResponse> {
        flows::order::submit(&self.source, &self.quoting, &self.connection, &request.draft).await
    }

    async fn find_orders(&self, _: &Call, request: FindOrdersRequest) -> Answer<FindOrdersResponse> {
        flows::order::find(&self.source, &self.quoting, &request).await
    }

    async fn get_order(&self, _: &Call, request: GetOrderRequest) -> Answer<OrderResponse> {
        Ok(OrderResponse { order: flows::order::get(&self.source, &request.order_id).await? })
    }

    async fn confirm_order(&self, _: &Call, request: ConfirmOrderRequest) -> Answer<OrderResponse> {
        Ok(OrderResponse { order: flows::order::confirm(&self.source, &request).await? })
    }

    async fn hold_order(&self, _: &Call, request: HoldOrderRequest) -> Answer<OrderResponse> {
        Ok(OrderResponse { order: flows::order::hold(&self.source, &request).await? })
    }

    async fn cancel_order(&self, _: &Call, request: CancelOrderRequest) -> Answer<OrderResponse> {
        Ok(OrderResponse { order: flows::order::cancel(&self.source, &request).await? })
    }

    async fn create_shipment(&self, _: &Call, request: CreateShipmentRequest) -> Answer<ShipmentResponse> {
        Ok(ShipmentResponse { shipment: flows::order::create_shipment(&self.source, &request).await? })
    }

    async fn create_return(&self, _: &Call, request: CreateReturnRequest) -> Answer<AdjustmentResponse> {
        Ok(AdjustmentResponse { adjustment: flows::order::create_return(&self.source, &request).await? })
    }

    async fn refund(&self, _: &Call, request: RefundRequest) -> Answer<AdjustmentResponse> {
        Ok(AdjustmentResponse { adjustment: flows::order::refund(&self.source, &self.quoting, &request).await? })
    }

    async fn capture(&self, call: &Call, request: CaptureRequest) -> Answer<OrderResponse> {
        let key = call.idempotency_key.as_deref();
        let order = flows::order::capture(&self.source, &self.quoting, &self.connection, &request, key).await?;
        Ok(OrderResponse { order })
    }

    async fn quote(&self, _: &Call, request: QuoteRequest) -> Answer<QuoteResponse> {
        flows::quote::quote(&self.source, &self.quoting, &request).await
    }

    async fn verify_webhook(
        &self,
        _: &Call,
        request: VerifyWebhookRequest,
        body: &[u8],
    ) -> Answer<VerifyWebhookResponse> {
        Ok(flows::webhook::verify(&self.connection, &self.source.chosen, &request, body))
    }

    async fn parse_webhook(&self, _: &Call, _: ParseWebhookRequest, body: &[u8]) -> Answer<ParseWebhookResponse> {
        Ok(flows::webhook::parse(body))
    }

    async fn poll_events(&self, _: &Call, request: PollEventsRequest) -> Answer<PollEventsResponse> {
        self.queue.poll(&self.source, request.limit).await
    }

    async fn confirm_events(&self, _: &Call, request: ConfirmEventsRequest) -> Answer<ConfirmEventsResponse> {
        self.queue.confirm(&self.source, &request.receipt).await?;
        Ok(ConfirmEventsResponse {})
    }

    async fn health(&self, _: &Call, _: HealthRequest) -> Answer<HealthResponse> {
        flows::health::health(&self.source).await
    }

    async fn probe(&self, _: &Call, _: ProbeRequest) -> Answer<ProbeResponse> {
        flows::probe::probe(&self.source).await
    }
}
