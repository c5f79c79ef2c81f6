//! A delivery comes in: verified on its raw bytes, kept, and only then answered.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    domain::ConnectionId,
    wire::{
        Op,
        service::Header,
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};

use super::{Batcher, Error, content::Content};
use crate::{
    clock::Clock,
    core::connection::{self, Connectors, Opened},
    model::webhook::{NewDelivery, NewRefusal, Proof},
    store::Store,
    trace,
};

/// Largest body, in bytes.
pub const LARGEST_BODY: usize = 1024 * 1024;
/// How long a connector may take to judge one delivery.
const VERIFY_DEADLINE: Duration = Duration::from_secs(2);

/// Takes deliveries in. Cheap to clone.
#[derive(Clone)]
pub struct Receiver {
    /// Connectors kept open.
    pub(super) pool: Connectors,
    /// Where it is said whether deliveries without proof are accepted.
    pub(super) store: Store,
    /// Where deliveries are kept.
    pub(super) inbox: Batcher,
    /// The clock.
    pub(super) clock: Arc<dyn Clock>,
}

impl Receiver {
    /// Whether somebody takes the deliveries of a connection: known before a body is read.
    pub async fn expects(&self, id: &ConnectionId) -> Result<(), Error> {
        self.pool.named(id).await.map(drop).map_err(|error| unavailable(id, &error))
    }

    /// Takes a delivery in: when it returns well, it is on disk. One that came before is not kept again and is as well.
    pub async fn receive(&self, id: &ConnectionId, headers: Vec<Header>, body: Vec<u8>) -> Result<(), Error> {
        let opened = self.pool.named(id).await.map_err(|error| unavailable(id, &error))?;
        let request = VerifyWebhookRequest { headers, received_at: self.clock.now(), max_age_s: None, any_age: false };
        let judged = judge(&opened, &request, body.clone()).await.map_err(|error| not_judged(id, &error))?;
        let proof = match judged.verdict {
            WebhookVerdict::Authentic => Proof::Authentic,
            WebhookVerdict::NoSecret if self.allows_unsigned(id).await? => Proof::Unsigned,
            verdict => {
                self.inbox.note(NewRefusal {
                    connection: id.clone(),
                    at: request.received_at,
                    verdict: verdict.to_string(),
                    likely_cause: judged.likely_cause,
                    bytes: body.len() as u64,
                });
                tracing::info!(connection = id.as_str(), %verdict, "webhook refused");
                return Err(Error::Refused);
            }
        };
        let bytes = body.len() as u64;
        let content = Content::new(request.headers, body).seal(&opened.seal).map_err(|error| {
            tracing::error!(connection = id.as_str(), %error, "cannot seal a webhook");
            Error::Failed
        })?;
        self.inbox
            .keep(NewDelivery {
                connection: id.clone(),
                received_at: request.received_at,
                proof,
                signed_at: judged.signed_at,
                dedupe_key: judged.dedupe_key,
                content,
                bytes,
                traceparent: trace::traceparent(),
            })
            .await
    }

    /// Whether unsigned deliveries are accepted as hints.
    async fn allows_unsigned(&self, id: &ConnectionId) -> Result<bool, Error> {
        let allowed = self.store.unsigned_allowed(id).await;
        allowed.map_err(|error| unavailable(id, &error.into()))
    }
}

async fn judge(
    opened: &Opened,
    request: &VerifyWebhookRequest,
    body: Vec<u8>,
) -> Result<VerifyWebhookResponse, ConnectorError> {
    let answer = opened.connector.call_raw(&Op::VerifyWebhook, request, body, VERIFY_DEADLINE).await?;
    serde_json::from_slice(&answer).map_err(|error| opened.connector.broken(&Op::VerifyWebhook, &error))
}

/// A connection that is not there, or has ended, does not exist for a sender.
fn unavailable(id: &ConnectionId, error: &connection::Error) -> Error {
    match error {
        connection::Error::NotFound(_) | connection::Error::Secret(crate::secret::Error::DataKeyDestroyed { .. }) => {
            Error::Unknown
        }
        // Every delivery would say it again: `readyz`, `doctor` and a counter do.
        connection::Error::NoConnector(connector) => {
            tracing::debug!(connection = id.as_str(), connector, "webhook received for a connector that is not loaded");
            Error::NotNow
        }
        connection::Error::Connector(error) if error.code == ErrorCode::PluginQuarantined => Error::NotNow,
        error => {
            tracing::error!(connection = id.as_str(), %error, "cannot verify a webhook");
            Error::Failed
        }
    }
}

fn not_judged(id: &ConnectionId, error: &ConnectorError) -> Error {
    if error.code == ErrorCode::UnsupportedOperation {
        return Error::Unknown;
    }
    if error.code == ErrorCode::PluginQuarantined {
        return Error::NotNow;
    }
    tracing::error!(connection = id.as_str(), %error, "cannot verify a webhook");
    Error::Failed
}
