//! The host as a connector sees it.

use std::{future::Future, pin::Pin, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::Timestamp,
    wire::{
        error::{ConnectorError, ErrorCode},
        service::{
            ClockResponse, HttpRequest, HttpResponse, LogRecord, QuotaReport, Service, StateAction, StateRequest,
            StateResponse,
        },
        validate::Check,
    },
};

/// A service's answer: JSON, and the bytes beside it.
pub type PortReply = Result<(Vec<u8>, Vec<u8>), ConnectorError>;

/// A service's answer in the making.
pub type PortFuture = Pin<Box<dyn Future<Output = PortReply> + Send>>;

/// Where a [`Host`] leads: the ABI in a loaded plugin, a script in a test.
pub trait HostPort: Send + Sync + 'static {
    /// Asks a service: JSON, and the bytes beside it.
    fn call(&self, service: &str, meta: Vec<u8>, body: Vec<u8>) -> PortFuture;

    /// Writes a line into the host's log; `record` is a [`LogRecord`] as JSON.
    fn log(&self, level: Level, record: &str);
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// For the plugin's developer.
    Debug = 1,
    /// For the operator, when looking.
    Info = 2,
    /// For the operator, soon.
    Warn = 3,
    /// For the operator, now.
    Error = 4,
}

/// An answer of the platform with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status and headers.
    pub response: HttpResponse,
    /// The body, whole; the host bounds its size.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The first header of this name.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # let mut answer = ScriptedHost::text(200, "");
    /// # answer.response.headers.push(Header { name: "ETag".to_owned(), value: "v7".to_owned(), secret: false });
    /// assert_eq!(answer.header("etag"), Some("v7"));
    /// assert_eq!(answer.header("location"), None);
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }
}

/// The host as one connection's connector sees it: network, clock, small values, quota, progress, log.
#[derive(Clone)]
pub struct Host(Arc<dyn HostPort>);

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

impl HostPort for Host {
    fn call(&self, service: &str, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        self.0.call(service, meta, body)
    }

    fn log(&self, level: Level, record: &str) {
        self.0.log(level, record);
    }
}

impl Host {
    /// A host behind this port.
    ///
    /// A loaded plugin receives its host; a test makes one, most simply with `testing::ScriptedHost`.
    ///
    /// ```
    /// use connector_api::{Host, connector::{HostPort, Level, PortFuture}};
    ///
    /// struct Silent;
    ///
    /// impl HostPort for Silent {
    ///     fn call(&self, _service: &str, _meta: Vec<u8>, _body: Vec<u8>) -> PortFuture {
    ///         Box::pin(std::future::pending())
    ///     }
    ///
    ///     fn log(&self, _level: Level, _record: &str) {}
    /// }
    ///
    /// let host = Host::new(Silent);
    /// # let _ = host;
    /// ```
    pub fn new(port: impl HostPort) -> Self {
        Self(Arc::new(port))
    }

    /// Sends one HTTP request. An answer with any status is `Ok`; an error means that there was none.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// async fn shop_name(host: &Host, token: &str) -> Answer<String> {
    ///     let request = HttpRequest {
    ///         method: "GET".to_owned(),
    ///         url: "https://shop.example/shop".to_owned(),
    ///         headers: vec![Header { name: "authorization".to_owned(), value: format!("Bearer {token}"), secret: true }],
    ///         operation: "shop".to_owned(), // its name in metrics
    ///         idempotent: true,             // the host may send it again
    ///         cost: Cost::default(),
    ///         quota: None,
    ///         timeout_ms: None,
    ///     };
    ///     let answer = host.http(&request, vec![]).await?;
    ///     if answer.response.status == 401 {
    ///         return Err(ConnectorError::new(ErrorCode::AuthInvalid, "the shop refuses the token"));
    ///     }
    ///     Ok(String::from_utf8_lossy(&answer.body).into_owned())
    /// }
    /// # assert!(block_on(shop_name(&host().host(), "sesame"))?.contains("Corner shop"));
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn http(&self, request: &HttpRequest, body: Vec<u8>) -> Result<HttpAnswer, ConnectorError> {
        let (response, body) = self.ask(Service::Http, request, body).await?;
        Ok(HttpAnswer { response, body })
    }

    /// What time it is.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let host = ScriptedHost::offline().host();
    /// let valid_until = host.now().await?.plus_seconds(15 * 60);
    /// # assert_eq!(valid_until.to_string(), "2026-01-01T00:15:00Z");
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn now(&self) -> Result<Timestamp, ConnectorError> {
        let (clock, _): (ClockResponse, _) = self.ask(Service::Clock, &serde_json::json!({}), vec![]).await?;
        Ok(clock.now)
    }

    /// A value this connection kept, if there is one.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let host = ScriptedHost::offline().host();
    /// let session = match host.state_get("session").await? {
    ///     Some(session) => session,
    ///     None => {
    ///         let session = b"new session".to_vec(); // from the platform
    ///         host.state_put("session", session.clone()).await?;
    ///         session
    ///     }
    /// };
    /// # assert_eq!(host.state_get("session").await?, Some(session));
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn state_get(&self, key: &str) -> Result<Option<Vec<u8>>, ConnectorError> {
        let (answer, value) = self.state(StateAction::Get, key, vec![]).await?;
        Ok(answer.found.then_some(value))
    }

    /// Keeps a value for this connection, at most 1 MiB, sealed at rest.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let host = ScriptedHost::offline().host();
    /// host.state_put("cursor", b"41".to_vec()).await?;
    /// assert_eq!(host.state_get("cursor").await?.as_deref(), Some(&b"41"[..]));
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn state_put(&self, key: &str, value: Vec<u8>) -> Result<(), ConnectorError> {
        self.state(StateAction::Put, key, value).await.map(drop)
    }

    /// Forgets a value.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let host = ScriptedHost::offline().host();
    /// # host.state_put("session", vec![1]).await?;
    /// host.state_delete("session").await?;
    /// assert_eq!(host.state_get("session").await?, None);
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn state_delete(&self, key: &str) -> Result<(), ConnectorError> {
        self.state(StateAction::Delete, key, vec![]).await.map(drop)
    }

    /// Reports how much of the platform's quota is left.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let scripted = ScriptedHost::offline();
    /// # let host = scripted.host();
    /// // By the platform's answer, 37 of 100 requests are left for this minute.
    /// let window = QuotaWindow { kind: QuotaKind::Requests, interval_s: 60, quota: 100, remaining: 37 };
    /// host.report_quota(&QuotaReport { windows: vec![window], ..QuotaReport::default() }).await?;
    /// # assert_eq!(scripted.quota_reports()[0].windows[0].remaining, 37);
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn report_quota(&self, report: &QuotaReport) -> Result<(), ConnectorError> {
        let (serde_json::Value::Null | serde_json::Value::Object(_), _) =
            self.ask::<serde_json::Value>(Service::Quota, report, vec![]).await?
        else {
            return Err(contract_broken("quota", "an answer that is no object"));
        };
        Ok(())
    }

    /// Reports a finished check, so that it is shown immediately.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # block_on(async {
    /// # let scripted = ScriptedHost::offline();
    /// # let host = scripted.host();
    /// # let check = check_of(&Ok(json!({})));
    /// host.report_check(&check).await?;
    /// # assert_eq!(scripted.checks(), [check]);
    /// # Ok::<(), ConnectorError>(())
    /// # })?;
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub async fn report_check(&self, check: &Check) -> Result<(), ConnectorError> {
        self.ask::<serde_json::Value>(Service::Progress, check, vec![]).await.map(drop)
    }

    /// Writes a line into the host's log. Never a secret, never personal data.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # let scripted = ScriptedHost::offline();
    /// # let host = scripted.host();
    /// host.log(Level::Warn, "a product has no price", json!({ "product": "apple" }));
    /// # assert_eq!(scripted.logs()[0].record.fields["product"], "apple");
    /// ```
    pub fn log(&self, level: Level, message: &str, fields: serde_json::Value) {
        let fields = match fields {
            serde_json::Value::Object(fields) => fields,
            _ => serde_json::Map::new(),
        };
        if let Ok(record) = serde_json::to_string(&LogRecord { message: message.to_owned(), fields, fault: None }) {
            self.0.log(level, &record);
        }
    }

    async fn state(
        &self,
        action: StateAction,
        key: &str,
        value: Vec<u8>,
    ) -> Result<(StateResponse, Vec<u8>), ConnectorError> {
        self.ask(Service::State, &StateRequest { action, key: key.to_owned() }, value).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        service: Service,
        meta: &(impl Serialize + Sync),
        body: Vec<u8>,
    ) -> Result<(T, Vec<u8>), ConnectorError> {
        let meta = serde_json::to_vec(meta).map_err(|error| contract_broken(service.as_str(), &error.to_string()))?;
        let (meta, body) = self.0.call(service.as_str(), meta, body).await?;
        let answer =
            serde_json::from_slice(&meta).map_err(|error| contract_broken(service.as_str(), &error.to_string()))?;
        Ok((answer, body))
    }
}

fn contract_broken(service: &str, what: &str) -> ConnectorError {
    ConnectorError::new(ErrorCode::HostFailed, format!("the host's `{service}` service gave {what}"))
}
