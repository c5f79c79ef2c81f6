//! `webhook verify`: what a plugin says of one delivery, without a connection.

use std::{sync::Arc, time::Duration};

use connector_api::{
    ConnectorError, ErrorCode,
    connector::{Level, PortFuture},
    domain::Timestamp,
    wire::{
        Op,
        capability::CapabilityName,
        credentials::{OpenConnection, Secret},
        manifest::Manifest,
        profile,
        service::{ClockResponse, Header, LogRecord, Service},
        webhook::{
            ParseWebhookRequest, ParseWebhookResponse, PlatformEvent, VerifyWebhookRequest, VerifyWebhookResponse,
            WebhookVerdict,
        },
    },
};
use serde::Serialize;

use crate::plugin::{HostServices, PluginHandle};

const DEADLINE: Duration = Duration::from_secs(10);

/// A delivery to be judged.
#[derive(Debug, Clone)]
pub struct Question {
    /// The secret, as a merchant would enter it.
    pub secret: Secret,
    /// Value of the header that carries the signature.
    pub signature: String,
    /// The raw body.
    pub body: Vec<u8>,
    /// When it was received.
    pub received_at: Timestamp,
    /// Judge the signature only, not its age.
    pub any_age: bool,
}

/// What the plugin says of it.
#[derive(Debug, Clone, Serialize)]
pub struct Judgement {
    /// Whether it is authentic.
    pub authentic: bool,
    /// The verdict and its likely cause.
    #[serde(flatten)]
    pub answer: VerifyWebhookResponse,
    /// What it says; absent unless it is authentic.
    pub events: Option<Vec<PlatformEvent>>,
}

/// Asks a plugin. Only an authentic delivery is read.
pub async fn verify(plugin: &PluginHandle, question: Question) -> Result<Judgement, ConnectorError> {
    let manifest = plugin.manifest();
    let setup = manifest.webhook_setup.as_ref();
    let header = setup.and_then(|setup| setup.signature_header.clone()).ok_or_else(|| {
        let text = format!("plugin `{}` does not declare which header carries a webhook's signature", manifest.id);
        ConnectorError::new(ErrorCode::UnsupportedOperation, text)
    })?;
    let credentials = secret_fields(manifest).map(|field| (field.to_owned(), question.secret.clone())).collect();
    let open = OpenConnection { credentials, ..OpenConnection::default() };
    let connector = plugin.open(Arc::new(ClockOnly(question.received_at)), &open).await?;
    let headers = vec![Header { name: header, value: question.signature, secret: true }];
    let request = VerifyWebhookRequest {
        headers: headers.clone(),
        received_at: question.received_at,
        max_age_s: None,
        any_age: question.any_age,
    };
    let answer = connector.call_raw(&Op::VerifyWebhook, &request, question.body.clone(), DEADLINE).await?;
    let answer: VerifyWebhookResponse =
        serde_json::from_slice(&answer).map_err(|error| connector.broken(&Op::VerifyWebhook, &error))?;
    let authentic = answer.verdict == WebhookVerdict::Authentic;
    let mut events = None;
    if authentic {
        let request = ParseWebhookRequest { headers };
        let parsed = connector.call_raw(&Op::ParseWebhook, &request, question.body, DEADLINE).await?;
        let parsed: ParseWebhookResponse =
            serde_json::from_slice(&parsed).map_err(|error| connector.broken(&Op::ParseWebhook, &error))?;
        events = Some(parsed.events);
    }
    Ok(Judgement { authentic, answer, events })
}

/// Secret fields that verified webhooks need.
fn secret_fields(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let declared = manifest.capabilities.iter().filter(|declared| declared.name == CapabilityName::WebhooksVerified);
    declared
        .flat_map(|declared| &declared.needs_fields)
        .map(String::as_str)
        .filter(|field| profile::is_secret(&manifest.credential_schema["properties"][*field]))
}

/// A host without a network: whether a delivery is authentic shows in itself.
struct ClockOnly(Timestamp);

impl HostServices for ClockOnly {
    fn call(self: Arc<Self>, service: String, _: Vec<u8>, _: Vec<u8>) -> PortFuture {
        Box::pin(async move {
            if Service::from(service.as_str()) != Service::Clock {
                let text = format!("a delivery is judged without `{service}`");
                return Err(ConnectorError::new(ErrorCode::UnsupportedOperation, text));
            }
            let now = serde_json::to_vec(&ClockResponse { now: self.0 })
                .map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))?;
            Ok((now, vec![]))
        })
    }

    fn log(&self, _: Level, _: LogRecord) {}
}
