//! What may be reached, how long it may take and how much may come back.

use std::time::Duration;

use ipnet::IpNet;

/// Limits of the guarded client. The default is the production setting: public addresses over https only.
#[derive(Debug, Clone)]
pub struct NetworkPolicy {
    /// Networks that are reachable although they are not public, also over plain http and on any port. For
    /// demonstrations, tests and stores inside a company network; empty in production.
    pub allow_private: Vec<IpNet>,
    /// Longest time to open a connection: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Longest time for one attempt, from resolving the name to the last byte of the answer.
    pub total_timeout: Duration,
    /// Most bytes of an answer, counted after decompression.
    pub max_body: usize,
    /// Most bytes of a request.
    pub max_request_body: usize,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// When and how often an attempt is repeated.
    pub retry: RetryPolicy,
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(30),
            max_body: 10 * 1024 * 1024,
            max_request_body: 10 * 1024 * 1024,
            user_agent: concat!("connector-host/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
        }
    }
}

/// How often a request is tried and how the pauses between the attempts grow.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Upper bound of the first pause; each further bound doubles.
    pub base: Duration,
    /// Upper bound of every pause that the platform does not dictate.
    pub cap: Duration,
    /// Most attempts, the first included.
    pub max_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: Duration::from_millis(250), cap: Duration::from_secs(8), max_attempts: 5 }
    }
}
