//! A host that answers from a script: no sockets, a clock that stands still, memory for state.

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    ConnectorError, ErrorCode,
    connector::{Host, HostPort, HttpAnswer, Level, PortFuture, PortReply},
    domain::Timestamp,
    wire::{
        service::{
            ClockResponse, HttpRequest, HttpResponse, LogRecord, QuotaReport, Service, StateAction, StateRequest,
            StateResponse,
        },
        validate::Check,
    },
};

type Script = dyn Fn(&HttpRequest, &[u8]) -> Result<HttpAnswer, ConnectorError> + Send + Sync;

/// A log line a connector wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub record: LogRecord,
}

/// A scripted host. Clones share everything, so that a test can look after the connector has run.
#[derive(Clone)]
pub struct ScriptedHost {
    script: Arc<Script>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    now_ms: i64,
    tick_ms: i64,
    requests: Vec<(HttpRequest, Vec<u8>)>,
    state: BTreeMap<String, Vec<u8>>,
    quota: Vec<QuotaReport>,
    checks: Vec<Check>,
    logs: Vec<Logged>,
}

impl ScriptedHost {
    /// A host whose network is this function. The clock starts at 2026-01-01T00:00:00Z and stands still.
    ///
    /// ```
    /// use connector_api::testing::ScriptedHost;
    /// use serde_json::json;
    ///
    /// let host = ScriptedHost::new(|request, _body| match request.url.as_str() {
    ///     "https://shop.example/shop" => Ok(ScriptedHost::json(200, &json!({ "name": "Corner shop" }))),
    ///     _ => Ok(ScriptedHost::text(404, "")),
    /// });
    /// # let _ = host.host();
    /// ```
    pub fn new(
        script: impl Fn(&HttpRequest, &[u8]) -> Result<HttpAnswer, ConnectorError> + Send + Sync + 'static,
    ) -> Self {
        let seen = Seen { now_ms: 1_767_225_600_000, ..Seen::default() };
        Self { script: Arc::new(script), seen: Arc::new(Mutex::new(seen)) }
    }

    /// A host whose network never answers.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # connector_api::example_connector! {
    /// #     async fn health(&self, _: &Call, _: HealthRequest) -> Answer<HealthResponse> {
    /// #         self.get("/shop").await.map(|_| HealthResponse::default())
    /// #     }
    /// # }
    /// use connector_api::{ErrorCode, testing::ScriptedHost};
    ///
    /// let shop = Shop::open(ScriptedHost::offline().host(), OpenConnection::default())?;
    /// let error = block_on(shop.health(&Call::default(), HealthRequest::default())).unwrap_err();
    /// assert_eq!(error.code, ErrorCode::Unreachable);
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub fn offline() -> Self {
        Self::new(|_, _| {
            Err(ConnectorError::new(ErrorCode::Unreachable, "the address does not answer").retry_with_backoff())
        })
    }

    /// An answer with a JSON body.
    ///
    /// ```
    /// # use connector_api::testing::ScriptedHost;
    /// let answer = ScriptedHost::json(200, &serde_json::json!({ "stock": 7 }));
    /// assert_eq!(answer.body, br#"{"stock":7}"#);
    /// ```
    pub fn json(status: u16, body: &serde_json::Value) -> HttpAnswer {
        Self::text(status, &body.to_string())
    }

    /// An answer with a text body. Headers are added to its `response`.
    ///
    /// ```
    /// # use connector_api::{testing::ScriptedHost, wire::service::Header};
    /// let mut answer = ScriptedHost::text(503, "closed");
    /// let header = Header { name: "Retry-After".to_owned(), value: "30".to_owned(), secret: false };
    /// answer.response.headers.push(header);
    /// assert_eq!(answer.header("retry-after"), Some("30"));
    /// ```
    pub fn text(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer { response: HttpResponse { status, ..HttpResponse::default() }, body: body.as_bytes().to_vec() }
    }

    /// The same host whose clock moves on by so many milliseconds at every look.
    ///
    /// ```
    /// # use connector_api::testing::{ScriptedHost, block_on};
    /// let host = ScriptedHost::offline().ticking(1_000).host();
    /// let (first, second) = (block_on(host.now())?, block_on(host.now())?);
    /// assert_eq!(second, first.plus_seconds(1));
    /// # Ok::<(), connector_api::ConnectorError>(())
    /// ```
    #[must_use]
    pub fn ticking(self, tick_ms: i64) -> Self {
        self.lock().tick_ms = tick_ms;
        self
    }

    /// Sets the clock.
    ///
    /// ```
    /// # use connector_api::testing::{ScriptedHost, block_on};
    /// let host = ScriptedHost::offline();
    /// host.set_clock("2026-12-24T18:00:00Z".parse()?);
    /// assert_eq!(block_on(host.host().now())?.to_string(), "2026-12-24T18:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_clock(&self, now: Timestamp) {
        self.lock().now_ms = now.as_unix_ms();
    }

    /// What a connector is opened with.
    pub fn host(&self) -> Host {
        Host::new(self.clone())
    }

    /// Requests the connector sent, with their bodies.
    ///
    /// ```
    /// # use connector_api::testing::examples::*;
    /// # let host = host();
    /// # block_on(send(&host.host(), "POST", "/orders", json!({ "reference": "ord-7" })))?;
    /// let (request, body) = &host.requests()[0];
    /// assert_eq!((request.method.as_str(), request.idempotent), ("POST", false));
    /// assert_eq!(body, br#"{"reference":"ord-7"}"#);
    /// # Ok::<(), ConnectorError>(())
    /// ```
    pub fn requests(&self) -> Vec<(HttpRequest, Vec<u8>)> {
        self.lock().requests.clone()
    }

    /// Values the connector keeps.
    ///
    /// ```
    /// # use connector_api::testing::{ScriptedHost, block_on};
    /// # let host = ScriptedHost::offline();
    /// # block_on(host.host().state_put("cursor", b"41".to_vec()))?;
    /// assert_eq!(host.state()["cursor"], b"41");
    /// # Ok::<(), connector_api::ConnectorError>(())
    /// ```
    pub fn state(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().state.clone()
    }

    /// What the connector said of the platform's quota.
    pub fn quota_reports(&self) -> Vec<QuotaReport> {
        self.lock().quota.clone()
    }

    /// Checks the connector reported while validating.
    pub fn checks(&self) -> Vec<Check> {
        self.lock().checks.clone()
    }

    /// Lines the connector logged.
    ///
    /// ```
    /// # use connector_api::{connector::Level, testing::ScriptedHost};
    /// # let host = ScriptedHost::offline();
    /// # host.host().log(Level::Warn, "a product has no price", serde_json::json!({ "product": "apple" }));
    /// let logged = &host.logs()[0];
    /// assert_eq!((logged.level, logged.record.message.as_str()), (Level::Warn, "a product has no price"));
    /// ```
    pub fn logs(&self) -> Vec<Logged> {
        self.lock().logs.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, service: &str, meta: &[u8], body: Vec<u8>) -> PortReply {
        match Service::from(service) {
            Service::Http => {
                let request: HttpRequest = read(meta)?;
                self.lock().requests.push((request.clone(), body.clone()));
                let answer = (self.script)(&request, &body)?;
                Ok((write(&answer.response)?, answer.body))
            }
            Service::Clock => {
                let mut seen = self.lock();
                seen.now_ms += seen.tick_ms;
                let now = Timestamp::from_unix_ms(seen.now_ms)
                    .ok_or_else(|| ConnectorError::new(ErrorCode::HostFailed, "the script's clock ran off"))?;
                Ok((write(&ClockResponse { now })?, vec![]))
            }
            Service::State => {
                let request: StateRequest = read(meta)?;
                let mut seen = self.lock();
                let value = match request.action {
                    StateAction::Get => seen.state.get(&request.key).cloned(),
                    StateAction::Put => seen.state.insert(request.key, body),
                    _ => seen.state.remove(&request.key),
                };
                Ok((write(&StateResponse { found: value.is_some() })?, value.unwrap_or_default()))
            }
            Service::Quota => {
                self.lock().quota.push(read(meta)?);
                Ok((b"{}".to_vec(), vec![]))
            }
            Service::Progress => {
                self.lock().checks.push(read(meta)?);
                Ok((b"{}".to_vec(), vec![]))
            }
            Service::Unknown(name) => {
                Err(ConnectorError::new(ErrorCode::UnsupportedOperation, format!("there is no service `{name}`")))
            }
        }
    }
}

impl HostPort for ScriptedHost {
    fn call(&self, service: &str, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        Box::pin(ready(self.answer(service, &meta, body)))
    }

    fn log(&self, level: Level, record: &str) {
        if let Ok(record) = serde_json::from_str(record) {
            self.lock().logs.push(Logged { level, record });
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(meta: &[u8]) -> Result<T, ConnectorError> {
    serde_json::from_slice(meta).map_err(|error| ConnectorError::new(ErrorCode::InvalidRequest, error.to_string()))
}

fn write(answer: &impl serde::Serialize) -> Result<Vec<u8>, ConnectorError> {
    serde_json::to_vec(answer).map_err(|error| ConnectorError::new(ErrorCode::HostFailed, error.to_string()))
}
