//! How the server listens and what it grants its clients: its share of the configuration.

use ipnet::IpNet;

use crate::config::{Config, Role};

/// Settings of the server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// What the process is for: without requests only operational URLs are served.
    pub role: Role,
    /// Requests worked on at the same time.
    pub max_requests: u32,
    /// Seconds a request may take.
    pub request_timeout_s: u64,
    /// Networks of proxies in front whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Hours an operator stays signed in.
    pub login_hours: u32,
    /// Seconds at shutdown between "not ready" and the last accepted request.
    pub drain_s: u64,
    /// Most client connections at the same time; 0 for as many as the limit of open files allows.
    pub max_connections: u32,
    /// Share of connections and of running requests of one client address, in per cent.
    pub client_share_percent: u8,
    /// Seconds the head of a request may take.
    pub header_timeout_s: u64,
    /// Seconds a connection may stay open without a request.
    pub idle_timeout_s: u64,
    /// Seconds the body of a request may take, and one more for every 8 KiB.
    pub body_timeout_s: u64,
    /// Seconds a client may take to read a response, and one more for every 8 KiB.
    pub unread_timeout_s: u64,
    /// Whether operators have a port of their own, which alone has the metrics.
    pub has_admin_port: bool,
}

impl From<&Config> for ServerSettings {
    fn from(config: &Config) -> Self {
        let Config { server, advanced, .. } = config;
        Self {
            role: server.role,
            max_requests: server.max_requests,
            request_timeout_s: server.request_timeout_s,
            trusted_proxies: server.trusted_proxies.clone(),
            login_hours: advanced.server_login_hours,
            drain_s: advanced.server_drain_s,
            max_connections: advanced.server_max_connections,
            client_share_percent: advanced.server_client_share_percent,
            header_timeout_s: advanced.server_header_timeout_s,
            idle_timeout_s: advanced.server_idle_timeout_s,
            body_timeout_s: advanced.server_body_timeout_s,
            unread_timeout_s: advanced.server_unread_timeout_s,
            has_admin_port: server.admin_listen.is_some(),
        }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self::from(&Config::default())
    }
}
