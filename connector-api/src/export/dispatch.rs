//! From an operation's name and bytes to the author's function, and back.

use std::{future::Future, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    ConnectorError, ErrorCode,
    connector::{Answer, Connector, PortReply},
    wire::{
        Op,
        envelope::{Call, Envelope},
    },
};

/// Runs one operation of `connector`. `meta` is an [`Envelope`] as JSON, `body` the bytes beside it.
///
/// ```
/// # use connector_api::testing::examples::*;
/// # connector_api::example_connector! {
/// #     async fn health(&self, _: &Call, _: HealthRequest) -> Answer<HealthResponse> { Ok(HealthResponse::default()) }
/// # }
/// use std::sync::Arc;
///
/// use connector_api::export::dispatch;
///
/// let shop = Arc::new(Shop::example());
/// let (answer, _) = block_on(dispatch(shop, br#"{ "op": "health", "request": {} }"#.to_vec(), vec![]))?;
/// assert_eq!(answer, b"{}");
/// # Ok::<(), ConnectorError>(())
/// ```
pub async fn dispatch<C: Connector>(connector: Arc<C>, meta: Vec<u8>, body: Vec<u8>) -> PortReply {
    let envelope: Envelope<&serde_json::value::RawValue> =
        serde_json::from_slice(&meta).map_err(|error| unreadable(&error))?;
    let (call, request) = envelope.open();
    let request = request.get();
    let c = connector.as_ref();
    match Op::from(call.op.as_str()) {
        Op::Validate => run(request, |request| c.validate(&call, request)).await,
        Op::Pull => run(request, |request| c.pull(&call, request)).await,
        Op::Fetch => run(request, |request| c.fetch(&call, request)).await,
        Op::Quote => run(request, |request| c.quote(&call, request)).await,
        Op::SubmitOrder => run(request, |request| c.submit_order(&call, request)).await,
        Op::FindOrders => run(request, |request| c.find_orders(&call, request)).await,
        Op::GetOrder => run(request, |request| c.get_order(&call, request)).await,
        Op::ConfirmOrder => run(request, |request| c.confirm_order(&call, request)).await,
        Op::HoldOrder => run(request, |request| c.hold_order(&call, request)).await,
        Op::CancelOrder => run(request, |request| c.cancel_order(&call, request)).await,
        Op::CreateShipment => run(request, |request| c.create_shipment(&call, request)).await,
        Op::CreateReturn => run(request, |request| c.create_return(&call, request)).await,
        Op::Refund => run(request, |request| c.refund(&call, request)).await,
        Op::Capture => run(request, |request| c.capture(&call, request)).await,
        Op::PollEvents => run(request, |request| c.poll_events(&call, request)).await,
        Op::ConfirmEvents => run(request, |request| c.confirm_events(&call, request)).await,
        Op::Probe => run(request, |request| c.probe(&call, request)).await,
        Op::Health => run(request, |request| c.health(&call, request)).await,
        Op::VerifyWebhook => run(request, |request| c.verify_webhook(&call, request, &body)).await,
        Op::ParseWebhook => run(request, |request| c.parse_webhook(&call, request, &body)).await,
        Op::Unknown(op) => Err(ConnectorError::unsupported(&op)),
    }
}

async fn run<Q, A, F>(request: &str, operation: impl FnOnce(Q) -> F) -> PortReply
where
    Q: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Answer<A>>,
{
    let request = serde_json::from_str(request).map_err(|error| unreadable(&error))?;
    let answer = operation(request).await?;
    let meta = serde_json::to_vec(&answer)
        .map_err(|error| ConnectorError::new(ErrorCode::PluginContractBroken, format!("the answer: {error}")))?;
    Ok((meta, vec![]))
}

fn unreadable(error: &serde_json::Error) -> ConnectorError {
    ConnectorError::new(ErrorCode::InvalidRequest, format!("the request cannot be read: {error}"))
}

impl Call {
    /// A call without a trace, for tests and tools.
    ///
    /// ```
    /// use connector_api::wire::{Op, envelope::Call};
    ///
    /// assert_eq!(Call::named(&Op::Pull).op, "pull");
    /// ```
    pub fn named(op: &Op) -> Self {
        Self { op: op.to_string(), ..Self::default() }
    }
}
