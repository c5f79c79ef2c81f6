//! The guarded HTTP client that every request of the host passes.

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use connector_api::wire::service::{Header, HttpResponse};
use reqwest::{
    Client,
    header::{HeaderMap, HeaderValue},
    redirect,
};
use tokio::time::{Instant, timeout_at};

use super::{
    address::Reach,
    budget::BudgetConfig,
    failure::SendFailure,
    policy::NetworkPolicy,
    request::{CheckedRequest, is_secret_header},
    resolver::{GuardedResolver, Lookup, SystemLookup},
    shared::{Shared, SharedStates},
};
use crate::trace;

/// Most bytes of a body that nobody wants …
const MOST_IGNORED: usize = 16 * 1024;
/// … and how long it may take.
const IGNORED_WITHIN: Duration = Duration::from_secs(1);

/// The TLS library or the machine's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot start: {0}; check that the machine has a set of root certificates")]
pub struct NetworkSetupError(#[from] reqwest::Error);

/// The pooled clients of this host: one for all connections.
///
/// Two of them, because a resolver gets only the name: the one for plain http or another port resolves to addresses of
/// `allow_private` and nothing else, so that no public address is ever reached without TLS.
#[derive(Debug)]
pub struct Network {
    policy: NetworkPolicy,
    standard: Client,
    private: Client,
    shared: SharedStates,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers, without those of the transport.
    pub headers: Vec<Header>,
    /// Body, decompressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }

    /// The answer in the contract's form.
    pub(super) fn into_parts(self, retries: u32) -> (HttpResponse, Vec<u8>) {
        (HttpResponse { status: self.status, headers: self.headers, retries }, self.body)
    }
}

impl Network {
    /// Builds the clients.
    pub fn new(policy: NetworkPolicy) -> Result<Self, NetworkSetupError> {
        let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
        Self::with_lookup(policy, &lookup)
    }

    pub(super) fn with_lookup(policy: NetworkPolicy, lookup: &Arc<dyn Lookup>) -> Result<Self, NetworkSetupError> {
        let client = |reach| -> Result<Client, NetworkSetupError> {
            let resolver = GuardedResolver {
                lookup: Arc::clone(lookup),
                reach,
                allow_private: policy.allow_private.clone().into(),
            };
            let client = Client::builder()
                .dns_resolver(resolver)
                // A proxy would resolve names itself, past the guard.
                .no_proxy()
                // A redirect could lead anywhere and would take the credentials along; the connector sees it instead.
                .redirect(redirect::Policy::none())
                // Repeating is decided in one place, where the quota is counted.
                .retry(reqwest::retry::never())
                .referer(false)
                .user_agent(&policy.user_agent)
                .connect_timeout(policy.connect_timeout)
                .pool_max_idle_per_host(8)
                .build()?;
            Ok(client)
        };
        Ok(Self {
            standard: client(Reach::Standard)?,
            private: client(Reach::PrivateOnly)?,
            policy,
            shared: SharedStates::default(),
        })
    }

    /// What all handles of a connection share, by its id.
    pub fn shared(&self, connection: &str, config: BudgetConfig) -> Arc<Shared> {
        self.shared.of(connection, config)
    }

    /// Connections for which anything was sent within the last while.
    pub fn used_within(&self, last: Duration) -> Vec<String> {
        self.shared.used_within(last)
    }

    /// Divides what may be in flight for a connection among so many replicas.
    pub fn share_with(&self, connection: &str, sharers: u32) {
        self.shared.share_with(connection, sharers);
    }

    /// The limits in force.
    pub fn policy(&self) -> &NetworkPolicy {
        &self.policy
    }

    /// Sends a request once and reads the whole answer, at most until `until`.
    pub async fn send_once(&self, request: &CheckedRequest, until: Instant) -> Result<Answer, SendFailure> {
        let started = Instant::now();
        let until = until.min(started + self.policy.total_timeout);
        timeout_at(until, self.exchange(request))
            .await
            .unwrap_or_else(|_| Err(SendFailure::timeout(&request.host, (until - started).as_millis())))
    }

    /// Sends a request once, for whoever wants to know no more than whether it was accepted: what stands in the body of the
    /// answer is not kept, and how it ends does not matter.
    pub async fn send_for_status(&self, request: &CheckedRequest, until: Instant) -> Result<Answer, SendFailure> {
        let started = Instant::now();
        let until = until.min(started + self.policy.total_timeout);
        let mut response = timeout_at(until, self.headers_of(request))
            .await
            .unwrap_or_else(|_| Err(SendFailure::timeout(&request.host, (until - started).as_millis())))?;
        let (status, headers) = (response.status().as_u16(), visible_headers(response.headers()));
        // A short body is read to its end, so that the connection can be used again.
        let mut left = MOST_IGNORED;
        let is_read = async {
            while let Ok(Some(chunk)) = response.chunk().await {
                left = left.saturating_sub(chunk.len());
                if left == 0 {
                    break;
                }
            }
        };
        timeout_at(until.min(Instant::now() + IGNORED_WITHIN), is_read).await.ok();
        Ok(Answer { status, headers, body: vec![] })
    }

    async fn exchange(&self, request: &CheckedRequest) -> Result<Answer, SendFailure> {
        let response = self.headers_of(request).await?;
        let (status, headers) = (response.status().as_u16(), visible_headers(response.headers()));
        let body = self.read_body(response, &request.host).await?;
        Ok(Answer { status, headers, body })
    }

    async fn headers_of(&self, request: &CheckedRequest) -> Result<reqwest::Response, SendFailure> {
        let client = match request.reach {
            Reach::Standard => &self.standard,
            Reach::PrivateOnly => &self.private,
        };
        let mut headers = request.headers.clone();
        // Here, so that no recording depends on it; an own one of the connector's is left as it is.
        if let Some(Ok(context)) = trace::traceparent().map(HeaderValue::try_from) {
            headers.entry(trace::TRACEPARENT).or_insert(context);
        }
        client
            .request(request.method.clone(), request.url.clone())
            .headers(headers)
            .body(request.body.clone())
            .send()
            .await
            .map_err(|error| SendFailure::of_request(&error, &request.host))
    }

    /// Counts the decompressed bytes as they come: a small answer that unpacks without end is cut off, too.
    async fn read_body(&self, mut response: reqwest::Response, host: &str) -> Result<Vec<u8>, SendFailure> {
        let limit = self.policy.max_body;
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(SendFailure::too_large(host, limit));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| SendFailure::broken(host))? {
            if body.len() + chunk.len() > limit {
                return Err(SendFailure::too_large(host, limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }
}

fn visible_headers(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            secret: is_secret_header(name.as_str()),
        })
        .collect()
}
